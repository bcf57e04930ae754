"""Labels of predictions that two versions made: each version has them, and the ledger counts them once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from contract.keys import Partition
from contract.labels.keys import LabelKeys
from contract.labels.ledger import LabelLedger
from contract.labels.progress import has_work
from contract.labels.settle import waiting_labels
from drift_worker.labels.file import LabelFile, LabelRow
from drift_worker.quality.news import label_counts
from tests.support.labels import (
    NOW_MS,
    START_MS,
    FixedHorizons,
    about,
    account,
    closed_window,
    counting,
    evaluate,
    evaluated_window,
    joiner,
    of_entity,
    prediction,
    rows_of,
    send,
)
from tests.support.records import PARTITION

MODEL = PARTITION.model
SHADOW = Partition(MODEL, "f" * 12)


def both(redis: Redis, root: Path, numbers: Sequence[int]) -> tuple[Path, Path]:
    """Evaluated windows of the served version and of its shadow, of the same predictions."""
    served = evaluated_window(redis, root, [prediction(number) for number in numbers])
    shadowed = evaluated_window(redis, root, [prediction(number, partition=SHADOW) for number in numbers])
    return served, shadowed


def counts(redis: Redis) -> tuple[int, int, int, int]:
    """Of the label ledger, which balances: received, joined, repeated, superseded."""
    found: LabelLedger = account(redis, MODEL)
    assert not found.unmatched
    return found.received, found.joined, found.repeated, found.superseded


def test_a_label_reaches_both_and_is_counted_once(redis: Redis, tmp_path: Path) -> None:
    """Each version's figures have it; of one that is corrected both have the correction."""
    served, shadowed = both(redis, tmp_path, [1, 2, 3])
    labels, id_ = joiner(redis, tmp_path), prediction(2).prediction_id
    send(redis, MODEL, about(id_, value=True), about(id_, value=True), about(prediction(3).prediction_id))
    labels.join(MODEL)
    send(redis, MODEL, about(id_, value=False))
    labels.join(MODEL)

    expected = {id_: "false", prediction(3).prediction_id: "true"}
    assert counting(served) == counting(shadowed) == expected
    assert counts(redis) == (4, 2, 1, 1)
    assert label_counts(redis, MODEL) == {served.name: [2, 1, 1, 0], shadowed.name: [2, 1, 1, 0]}
    assert sorted(row.copy for row in [*rows_of(served), *rows_of(shadowed)]) == [False] * 4 + [True] * 4


def test_a_window_that_is_evaluated_later_gets_the_labels_too(redis: Redis, tmp_path: Path) -> None:
    """Whichever version is late; the sweep knows that there is work, and then that there is none."""
    for number, late in enumerate((SHADOW, PARTITION)):
        early = PARTITION if late is SHADOW else SHADOW
        ids = [10 * number + place for place in range(3)]
        first = evaluated_window(redis, tmp_path, [prediction(each, partition=early) for each in ids])
        window = closed_window(redis, [prediction(each, partition=late) for each in [*ids[1:], 5]])
        labels = joiner(redis, tmp_path)
        send(redis, MODEL, *(about(prediction(each).prediction_id) for each in ids))
        labels.join(MODEL)
        assert len(counting(first)) == 3
        assert not has_work(redis, MODEL, patience=60)

        second = evaluate(redis, tmp_path, window)
        assert has_work(redis, MODEL, patience=60)
        labels.join(MODEL)
        assert not has_work(redis, MODEL, patience=60)

        assert counting(second) == {prediction(each).prediction_id: "true" for each in ids[1:]}
        assert counts(redis)[:2] == (3 * (number + 1), 3 * (number + 1))


def test_a_window_gets_the_labels_of_a_file_that_was_put_back(redis: Redis, tmp_path: Path) -> None:
    """While the file is damaged nobody knows what is in it, so the window is looked at again."""
    first = evaluated_window(redis, tmp_path, [prediction(1)])
    labels = joiner(redis, tmp_path)
    send(redis, MODEL, about(prediction(1).prediction_id))
    labels.join(MODEL)
    whole = (first / "labels.parquet").read_bytes()
    (first / "labels.parquet").write_bytes(b"PAR1 and nothing else")
    second = evaluated_window(redis, tmp_path, [prediction(1, partition=SHADOW)])
    labels.join(MODEL)
    assert counting(second) == {}

    (first / "labels.parquet").write_bytes(whole)
    labels.join(MODEL)

    assert counting(second) == counting(first) == {prediction(1).prediction_id: "true"}


def test_a_label_of_an_entity_reaches_both(redis: Redis, tmp_path: Path) -> None:
    """It is about the last prediction that was answered; a version that lacks it has no label of another."""
    served = evaluated_window(redis, tmp_path, [prediction(each, entity="ada") for each in (1, 2)])
    shadowed = evaluated_window(
        redis, tmp_path, [prediction(each, entity="ada", partition=SHADOW) for each in (1, 2)]
    )
    other = Partition(MODEL, "e" * 12)
    lacking = evaluated_window(redis, tmp_path, [prediction(1, entity="ada", partition=other)])
    send(redis, MODEL, of_entity("ada"))
    joiner(redis, tmp_path).join(MODEL)

    assert counting(served) == counting(shadowed) == {prediction(2).prediction_id: "true"}
    assert counting(lacking) == {}
    assert counts(redis) == (1, 1, 0, 0)


def test_no_label_waits_for_a_shadow(redis: Redis, tmp_path: Path) -> None:
    """Its window may stay open for long: the served version has the label at once, and the shadow then."""
    served = evaluated_window(redis, tmp_path, [prediction(1, entity="ada")])
    window = closed_window(redis, [prediction(1, entity="ada", partition=SHADOW)])
    send(redis, MODEL, of_entity("ada"))
    labels = joiner(redis, tmp_path)
    labels.join(MODEL)
    assert counting(served) == {prediction(1).prediction_id: "true"}
    assert counts(redis) == (1, 1, 0, 0)

    shadowed = evaluate(redis, tmp_path, window)
    labels.join(MODEL)
    assert counting(shadowed) == counting(served)
    assert counts(redis) == (1, 1, 0, 0)


def test_what_is_implied_is_implied_of_both(redis: Redis, tmp_path: Path) -> None:
    """A label of one is there before the horizon of the other has passed, so that nothing else is implied."""
    served = evaluated_window(redis, tmp_path, [prediction(1, entity="ada"), prediction(2, entity="bob")])
    labels = joiner(redis, tmp_path, FixedHorizons(60, "false"), now_ms=START_MS + 3_600_000)
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 2_000))
    labels.join(MODEL)
    shadowed = evaluated_window(
        redis,
        tmp_path,
        [prediction(1, entity="ada", partition=SHADOW), prediction(2, entity="bob", partition=SHADOW)],
    )
    labels.join(MODEL)

    expected = {prediction(1).prediction_id: "true", prediction(2).prediction_id: "false"}
    assert counting(served) == counting(shadowed) == expected
    assert counts(redis) == (1, 1, 0, 0)
    assert account(redis, MODEL).implied == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_implied_of_both_is_counted_once(redis: Redis, tmp_path: Path, at_once: bool) -> None:
    """Whichever window comes later, and also where a worker ended before it noted that one was written."""
    labels = joiner(redis, tmp_path, FixedHorizons(60, "false"), now_ms=START_MS + 3_600_000)
    folders = []
    for partition in (SHADOW, PARTITION):
        folders.append(evaluated_window(redis, tmp_path, [prediction(1, partition=partition)]))
        if not at_once:
            labels.join(MODEL)
    labels.join(MODEL)
    redis.delete(LabelKeys(MODEL).implied)
    labels.join(MODEL)

    assert [counting(folder) for folder in folders] == [{prediction(1).prediction_id: "false"}] * 2
    assert account(redis, MODEL).implied == 1
    send(redis, MODEL, about(prediction(1).prediction_id, value=True))
    labels.join(MODEL)

    assert [counting(folder) for folder in folders] == [{prediction(1).prediction_id: "true"}] * 2
    assert (account(redis, MODEL).implied, counts(redis)) == (0, (1, 1, 0, 0))


def test_labels_from_before_the_first_window_that_is_due_count(redis: Redis, tmp_path: Path) -> None:
    """The window that ends first need not begin first: another version's window was long open."""
    horizons = FixedHorizons(60, "false")
    evaluated_window(redis, tmp_path, [prediction(20, entity="ada", partition=SHADOW)])
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 30_000))
    joiner(redis, tmp_path, horizons, now_ms=START_MS + 90_000).join(MODEL)
    long = evaluated_window(redis, tmp_path, [prediction(0, entity="ada"), prediction(99, entity="bob")])
    evaluated_window(redis, tmp_path, [prediction(50, entity="eve", partition=SHADOW)])

    joiner(redis, tmp_path, horizons, now_ms=START_MS + 200_000).join(MODEL)

    assert counting(long) == {prediction(99).prediction_id: "false"}


def test_a_worker_that_ends_between_two_files_is_made_up_for(redis: Redis, tmp_path: Path) -> None:
    """Files were written whose labels still wait, as copies or not: the next job counts each label once."""
    served, shadowed = both(redis, tmp_path, [1, 2])
    first, second = prediction(1).prediction_id, prediction(2).prediction_id
    send(redis, MODEL, about(first), about(second))
    label_ids = [each.id for batch in waiting_labels(redis, MODEL, 10) for each in batch]
    rows = [
        LabelRow(id_, None, "true", NOW_MS, label_id)
        for id_, label_id in zip((first, second), label_ids, strict=True)
    ]
    LabelFile(shadowed).add([rows[0]])
    LabelFile(served).add([rows[1]._replace(copy=True)])

    for _ in range(2):
        joiner(redis, tmp_path).join(MODEL)
        assert counting(served) == counting(shadowed) == {first: "true", second: "true"}
        assert counts(redis) == (2, 2, 0, 0)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("label"), st.integers(0, 11), st.booleans()),
        st.tuples(st.just("evaluate"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("join"), st.just(0), st.just(True)),
    ),
    max_size=30,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.sets(st.integers(0, 11)))
def test_in_whatever_order_things_happen_both_end_up_alike(
    redis: Redis, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, bool]], shed: set[int]
) -> None:
    """Each prediction has the same labels wherever it is, and the ledger is that of the answers alone."""
    redis.flushall()
    root = tmp_path_factory.mktemp("windows")
    windows = {}
    for place in range(3):
        numbers = range(4 * place, 4 * place + 4)
        windows[place] = closed_window(redis, [prediction(each) for each in numbers])
        if kept := [prediction(each, partition=SHADOW) for each in numbers if each not in shed]:
            windows[3 + place] = closed_window(redis, kept)
    labels, folders, sent = joiner(redis, root), dict[int, Path](), list[tuple[int, bool]]()
    for what, number, flag in [*steps, *(("evaluate", place, True) for place in range(6)), ("join", 0, True)]:
        if what == "label":
            sent.append((number, flag))
            send(redis, MODEL, about(prediction(number).prediction_id, value=flag))
        elif what == "evaluate" and number in windows and number not in folders:
            folders[number] = evaluate(redis, root, windows[number])
        elif what == "join":
            labels.join(MODEL)

    last = {prediction(number).prediction_id: str(flag).lower() for number, flag in sent}
    served = {id_: label for place in range(3) for id_, label in counting(folders[place]).items()}
    assert served == last
    for place in range(3, 6):
        if place in folders:
            of_window = {prediction(each).prediction_id for each in range(4 * place - 12, 4 * place - 8)} - {
                prediction(each).prediction_id for each in shed
            }
            assert counting(folders[place]) == {id_: last[id_] for id_ in of_window if id_ in last}
    received, joined, repeated, superseded = counts(redis)
    assert received == len(sent) == joined + repeated + superseded
    assert joined == len(last)
