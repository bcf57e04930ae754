"""Labels that belong to no prediction: each has its reason, and is kept to be looked at."""

from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from contract.labels.label import Label
from contract.partition import register
from contract.stream.append import StreamWriter
from drift_worker.record.evaluation import evaluation_without_result
from drift_worker.record.store import EvaluationStore
from tests.support.labels import (
    START_MS,
    FixedHorizons,
    about,
    account,
    closed_window,
    counting,
    evaluate,
    evaluated_window,
    failed_window,
    joiner,
    of_entity,
    prediction,
    send,
    unmatched,
)
from tests.support.records import PARTITION, append_now

MODEL = PARTITION.model
STRANGER = prediction(77).prediction_id


@pytest.mark.parametrize("label", [about(STRANGER), of_entity("nobody")], ids=["id", "entity"])
def test_a_stranger_is_told_once_it_has_waited(redis: Redis, tmp_path: Path, label: Label) -> None:
    """Its prediction may be on its way, so it waits for a while; then it was never predicted."""
    evaluated_window(redis, tmp_path, [prediction(1)])
    send(redis, MODEL, label)

    joiner(redis, tmp_path, patience=60).join(MODEL)
    assert account(redis, MODEL).waiting == 1
    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert account(redis, MODEL).unmatched == {"never_predicted": 1}
    (kept,) = unmatched(redis, MODEL)
    assert kept[b"reason"] == b"never_predicted"
    assert kept[b"label"] == b"true"


def test_a_label_waits_for_a_prediction_that_is_in_the_stream(redis: Redis, tmp_path: Path) -> None:
    """However long, be its window open or closed."""
    register(redis, PARTITION)
    append_now(StreamWriter(PARTITION, 2, "test"), redis, 1, [prediction(number) for number in range(3)])
    send(redis, MODEL, *(about(prediction(number).prediction_id) for number in range(3)))

    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert (account(redis, MODEL).waiting, account(redis, MODEL).unmatched) == (3, {})


def test_a_label_waits_while_records_are_spooled(redis: Redis, tmp_path: Path) -> None:
    """Its prediction may be among them."""
    evaluated_window(redis, tmp_path, [prediction(1)])
    redis.hincrby(PARTITION.ledger, "spooled", 1)
    send(redis, MODEL, about(STRANGER), of_entity("user-1"))

    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert account(redis, MODEL).waiting == 2


@pytest.mark.parametrize(("what", "reason"), [("dropped", "not_logged"), ("lost", "not_logged")])
def test_a_prediction_may_not_have_been_logged(redis: Redis, tmp_path: Path, what: str, reason: str) -> None:
    """The ledger counts records that never came, and can't say which."""
    evaluated_window(redis, tmp_path, [prediction(1)])
    redis.hincrby(PARTITION.ledger, what, 1)
    send(redis, MODEL, about(STRANGER))

    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert account(redis, MODEL).unmatched == {reason: 1}


def test_an_unsampled_prediction_is_told_apart(redis: Redis, tmp_path: Path) -> None:
    """The service that took the label knew that it does not log such predictions."""
    evaluated_window(redis, tmp_path, [prediction(1)])
    send(redis, MODEL, replace(about(STRANGER), unsampled=True))
    send(redis, MODEL, replace(about(prediction(1).prediction_id), unsampled=True))

    joiner(redis, tmp_path, patience=0).join(MODEL)

    found = account(redis, MODEL)
    assert (found.unmatched, found.joined) == ({"unsampled": 1}, 1)


def test_a_prediction_that_could_not_be_read_is_dead_lettered(redis: Redis, tmp_path: Path) -> None:
    """Its label, by id or by entity, says so."""
    bad = replace(prediction(2, entity="ada"), features_json=b"{}")
    evaluated_window(redis, tmp_path, [prediction(1), bad])
    send(redis, MODEL, about(bad.prediction_id), of_entity("ada"))

    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert account(redis, MODEL).unmatched == {"dead_lettered": 2}


@pytest.mark.parametrize("how", ["expired", "removed"])
def test_a_prediction_whose_rows_are_gone_is_expired(redis: Redis, tmp_path: Path, how: str) -> None:
    """Its window expired, or somebody removed its files."""
    now = round(redis.time()[0] * 1000)
    gone = prediction(0, at_ms=now)
    window = closed_window(redis, [gone])
    if how == "expired":
        evaluation = evaluation_without_result(window, "expired", "no worker came", error=None)
        EvaluationStore(redis).commit(evaluation, {"expired": 1})
        redis.delete(PARTITION.stream)
    else:
        (evaluate(redis, tmp_path, window) / "window.parquet").unlink()
        redis.delete(PARTITION.stream)
    send(redis, MODEL, about(gone.prediction_id))

    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert account(redis, MODEL).unmatched == {"expired": 1}


@pytest.mark.parametrize("by", ["id", "entity"])
def test_a_label_waits_for_a_failed_window(redis: Redis, tmp_path: Path, by: str) -> None:
    """It may be evaluated by `drift-worker retry`, as long as its saved entries are there."""
    record = prediction(0, at_ms=round(redis.time()[0] * 1000), entity="ada")
    window_id = failed_window(redis, tmp_path, [record])
    later = record.timestamp_ms + 1_000
    label = about(record.prediction_id) if by == "id" else of_entity("ada", time_ms=later)
    send(redis, MODEL, label)

    joiner(redis, tmp_path, patience=0).join(MODEL)
    assert account(redis, MODEL).waiting == 1
    (tmp_path / window_id / "entries.jsonl").unlink()
    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert account(redis, MODEL).unmatched == {"never_predicted": 1}


def test_a_label_of_an_entity_does_not_wait_for_a_prediction_that_is_not_its_last_one(
    redis: Redis, tmp_path: Path
) -> None:
    """Whatever becomes of the failed window, the label is about the evaluated prediction after it."""
    failed_window(redis, tmp_path, [prediction(1, entity="ada")])
    newer = evaluated_window(redis, tmp_path, [prediction(5, entity="ada")])
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 4_000, value=False))
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 6_000, value=True))

    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert counting(newer) == {prediction(5).prediction_id: "true"}
    assert account(redis, MODEL).waiting == 1


def test_a_label_after_the_horizon_does_not_wait_for_a_failed_window(redis: Redis, tmp_path: Path) -> None:
    """It is too late for the prediction there, evaluated or not; one within the horizon waits."""
    failed_window(redis, tmp_path, [prediction(0, entity="ada"), prediction(1, entity="bob")])
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 60_001))
    send(redis, MODEL, of_entity("bob", time_ms=START_MS + 61_000))

    joiner(redis, tmp_path, FixedHorizons(60), patience=0).join(MODEL)

    found = account(redis, MODEL)
    assert (found.unmatched, found.waiting) == ({"too_late": 1}, 1)


def test_a_label_of_an_entity_waits_for_its_last_prediction_in_a_failed_window(
    redis: Redis, tmp_path: Path
) -> None:
    """It is not joined with an older one meanwhile; labels from before the failed one are."""
    older = evaluated_window(redis, tmp_path, [prediction(1, entity="ada")])
    failed_window(redis, tmp_path, [prediction(5, entity="ada")])
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 4_000, value=False))
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 6_000, value=True))

    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert counting(older) == {prediction(1).prediction_id: "false"}
    assert account(redis, MODEL).waiting == 1
