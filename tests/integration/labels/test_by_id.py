"""Labels of predictions: each is joined with exactly its prediction, beside its window, and counted once."""

import fcntl
from pathlib import Path

from redis import Redis

from contract.keys import Partition
from contract.labels.keys import LabelKeys
from tests.support.labels import (
    NOW_MS,
    START_MS,
    about,
    account,
    closed_window,
    counting,
    evaluate,
    evaluated_window,
    joiner,
    prediction,
    rows_of,
    send,
)
from tests.support.records import PARTITION

MODEL = PARTITION.model


def test_a_label_stands_beside_the_window_of_its_prediction(redis: Redis, tmp_path: Path) -> None:
    """With prediction, entity, label and time; the ledger says that it is joined."""
    first = evaluated_window(redis, tmp_path, [prediction(number) for number in range(3)])
    second = evaluated_window(redis, tmp_path, [prediction(number) for number in range(3, 6)])
    labelled = prediction(4)
    send(redis, MODEL, about(labelled.prediction_id, value=True))

    joiner(redis, tmp_path).join(MODEL)

    assert not rows_of(first)
    (row,) = rows_of(second)
    assert row[:4] == (labelled.prediction_id, labelled.entity, "true", NOW_MS)
    assert row.state == "joined"
    found = account(redis, MODEL)
    assert (found.received, found.joined, found.waiting) == (1, 1, 0)


def test_a_label_waits_until_its_window_is_evaluated(redis: Redis, tmp_path: Path) -> None:
    """However early it comes."""
    window = closed_window(redis, [prediction(1)])
    send(redis, MODEL, about(prediction(1).prediction_id))
    labels = joiner(redis, tmp_path)

    labels.join(MODEL)
    assert account(redis, MODEL).waiting == 1
    folder = evaluate(redis, tmp_path, window)
    labels.join(MODEL)

    assert counting(folder) == {prediction(1).prediction_id: "true"}
    assert account(redis, MODEL).joined == 1


def test_the_last_label_of_a_prediction_counts(redis: Redis, tmp_path: Path) -> None:
    """One that says the same again is repeated; one that says otherwise corrects it, and both are counted."""
    folder = evaluated_window(redis, tmp_path, [prediction(1)])
    labels, id_ = joiner(redis, tmp_path), prediction(1).prediction_id
    send(redis, MODEL, about(id_, value=True), about(id_, value=True))
    labels.join(MODEL)
    send(redis, MODEL, about(id_, value=False))
    labels.join(MODEL)
    send(redis, MODEL, about(id_, value=False), about(id_, value=True))
    labels.join(MODEL)

    assert counting(folder) == {id_: "true"}
    found = account(redis, MODEL)
    assert (found.received, found.joined, found.repeated, found.superseded) == (5, 1, 2, 2)


def test_labels_of_a_version_that_is_no_longer_served_are_joined(redis: Redis, tmp_path: Path) -> None:
    """Labels belong to a model, whichever of its versions predicted; another model's are not theirs."""
    old, other = Partition(MODEL, "f" * 12), Partition("other", "e" * 12)
    evaluated_window(redis, tmp_path, [prediction(2)])
    folder = evaluated_window(redis, tmp_path, [prediction(1, partition=old)])
    theirs = evaluated_window(redis, tmp_path, [prediction(1, partition=other)])
    send(redis, MODEL, about(prediction(1).prediction_id))

    joiner(redis, tmp_path).join(MODEL)

    assert counting(folder) == {prediction(1).prediction_id: "true"}
    assert not rows_of(theirs)


def test_a_prediction_that_waited_in_the_spool_is_found(redis: Redis, tmp_path: Path) -> None:
    """Its window holds times that other windows hold as well."""
    late = prediction(3, at_ms=START_MS)
    evaluated_window(redis, tmp_path, [prediction(0), prediction(1), prediction(2)])
    folder = evaluated_window(redis, tmp_path, [prediction(4), late, prediction(5)])
    send(redis, MODEL, about(late.prediction_id, value=False))

    joiner(redis, tmp_path).join(MODEL)

    assert counting(folder) == {late.prediction_id: "false"}


def test_a_number_is_kept_as_a_number(redis: Redis, tmp_path: Path) -> None:
    """The labels of a regression are numbers; classes are text, as in answers."""
    folder = evaluated_window(redis, tmp_path, [prediction(1)])
    send(redis, MODEL, about(prediction(1).prediction_id, value=3.25))

    joiner(redis, tmp_path).join(MODEL)

    assert counting(folder) == {prediction(1).prediction_id: 3.25}


def test_a_worker_that_dies_before_its_commit_changes_no_count(redis: Redis, tmp_path: Path) -> None:
    """Its file is there and the labels still wait: the next job writes the same and counts each once."""
    folder = evaluated_window(redis, tmp_path, [prediction(1), prediction(2)])
    ids = [prediction(number).prediction_id for number in (1, 2)]
    send(redis, MODEL, about(ids[0]), about(ids[1]), about(ids[0], value=False))
    waiting, ledger = LabelKeys(MODEL).waiting, LabelKeys(MODEL).ledger
    before = {name: redis.dump(name) or b"" for name in (waiting, ledger)}
    labels = joiner(redis, tmp_path)
    labels.join(MODEL)
    written = rows_of(folder)
    redis.delete(LabelKeys(MODEL).windows)
    for name, content in before.items():
        redis.restore(name, 0, content, replace=True)

    labels.join(MODEL)

    assert rows_of(folder) == written
    found = account(redis, MODEL)
    assert (found.joined, found.superseded, found.waiting) == (2, 1, 0)


def test_labels_that_an_older_redis_does_not_know_are_received_again(redis: Redis, tmp_path: Path) -> None:
    """The file has them: the ledger counts what was received at least, and stays balanced."""
    folder = evaluated_window(redis, tmp_path, [prediction(1), prediction(2)])
    labels = joiner(redis, tmp_path)
    send(redis, MODEL, about(prediction(1).prediction_id))
    labels.join(MODEL)
    redis.delete(LabelKeys(MODEL).ledger, LabelKeys(MODEL).windows, LabelKeys(MODEL).waiting)
    send(redis, MODEL, about(prediction(2).prediction_id))

    labels.join(MODEL)

    assert len(rows_of(folder)) == 2
    assert (account(redis, MODEL).received, account(redis, MODEL).joined) == (2, 2)


def test_labels_whose_file_is_gone_count_as_lost(redis: Redis, tmp_path: Path) -> None:
    """Somebody removed it, and another label of that window comes."""
    folder = evaluated_window(redis, tmp_path, [prediction(1), prediction(2)])
    labels = joiner(redis, tmp_path)
    send(redis, MODEL, about(prediction(1).prediction_id))
    labels.join(MODEL)
    (folder / "labels.parquet").unlink()
    send(redis, MODEL, about(prediction(2).prediction_id))

    labels.join(MODEL)

    found = account(redis, MODEL)
    assert (found.received, found.joined, found.unmatched) == (2, 1, {"lost": 1})


def test_a_damaged_file_keeps_no_other_label_waiting(redis: Redis, tmp_path: Path) -> None:
    """The labels of its own window wait until it is removed."""
    damaged = evaluated_window(redis, tmp_path, [prediction(1)])
    other = evaluated_window(redis, tmp_path, [prediction(2)])
    (damaged / "labels.parquet").write_bytes(b"PAR1 and nothing else")
    send(redis, MODEL, about(prediction(1).prediction_id), about(prediction(2).prediction_id))
    labels = joiner(redis, tmp_path)

    labels.join(MODEL)
    assert counting(other) == {prediction(2).prediction_id: "true"}
    assert account(redis, MODEL).waiting == 1
    (damaged / "labels.parquet").unlink()
    labels.join(MODEL)

    assert counting(damaged) == {prediction(1).prediction_id: "true"}


def test_one_process_at_a_time_joins_labels(redis: Redis, tmp_path: Path) -> None:
    """While another one has the lock on the disk, whatever became of its lease, nothing is written."""
    folder = evaluated_window(redis, tmp_path, [prediction(1)])
    send(redis, MODEL, about(prediction(1).prediction_id))
    with (tmp_path / f".labels-{MODEL}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        joiner(redis, tmp_path).join(MODEL)
        assert not rows_of(folder)
    joiner(redis, tmp_path).join(MODEL)

    assert len(rows_of(folder)) == 1
