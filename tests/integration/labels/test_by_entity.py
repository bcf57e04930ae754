"""Labels of entities: each is joined with the entity's last prediction before it, within the horizon."""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from contract.keys import Partition
from contract.labels.keys import LabelKeys
from drift_worker.sweep.audit import Auditor
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
    rows_of,
    send,
    unmatched,
)
from tests.support.records import PARTITION

MODEL = PARTITION.model


def test_a_label_is_about_the_last_prediction_before_it(redis: Redis, tmp_path: Path) -> None:
    """In whichever window that is, and whichever version made it; one at that very moment is before it."""
    old = Partition(MODEL, "f" * 12)
    first = evaluated_window(redis, tmp_path, [prediction(1, entity="ada"), prediction(2, entity="bob")])
    second = evaluated_window(redis, tmp_path, [prediction(3, entity="ada", partition=old)])
    third = evaluated_window(redis, tmp_path, [prediction(5, entity="ada")])
    send(redis, MODEL, of_entity("ada", value=True, time_ms=START_MS + 4_999))
    send(redis, MODEL, of_entity("ada", value=False, time_ms=START_MS + 5_000))
    send(redis, MODEL, of_entity("bob", value=False))

    joiner(redis, tmp_path).join(MODEL)

    assert counting(first) == {prediction(2).prediction_id: "false"}
    assert counting(second) == {prediction(3).prediction_id: "true"}
    assert counting(third) == {prediction(5).prediction_id: "false"}
    assert account(redis, MODEL).joined == 3


def test_a_label_waits_while_the_last_prediction_may_not_be_evaluated(redis: Redis, tmp_path: Path) -> None:
    """It is not joined with an older one in the meantime; labels from before it are."""
    older = evaluated_window(redis, tmp_path, [prediction(1, entity="ada")])
    window = closed_window(redis, [prediction(3, entity="ada"), prediction(4, entity="bob")])
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 2_000, value=False))
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 9_000, value=True))
    labels = joiner(redis, tmp_path)

    labels.join(MODEL)
    assert counting(older) == {prediction(1).prediction_id: "false"}
    assert account(redis, MODEL).waiting == 1
    newer = evaluate(redis, tmp_path, window)
    labels.join(MODEL)

    assert counting(newer) == {prediction(3).prediction_id: "true"}
    assert account(redis, MODEL).joined == 2


def test_a_label_after_the_horizon_is_too_late(redis: Redis, tmp_path: Path) -> None:
    """It is kept with its reason."""
    folder = evaluated_window(redis, tmp_path, [prediction(0, entity="ada"), prediction(1, entity="bob")])
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 60_001))
    send(redis, MODEL, of_entity("bob", time_ms=START_MS + 61_000))

    joiner(redis, tmp_path, FixedHorizons(60)).join(MODEL)

    assert counting(folder) == {prediction(1).prediction_id: "true"}
    assert account(redis, MODEL).unmatched == {"too_late": 1}
    (kept,) = unmatched(redis, MODEL)
    assert (kept[b"reason"], kept[b"entity"]) == (b"too_late", b"ada")


def test_labels_by_id_and_by_entity_correct_each_other(redis: Redis, tmp_path: Path) -> None:
    """The last one counts, however it names the prediction."""
    folder = evaluated_window(redis, tmp_path, [prediction(1, entity="ada")])
    id_ = prediction(1).prediction_id
    send(redis, MODEL, about(id_, value=True), of_entity("ada", value=False), about(id_, value=False))

    joiner(redis, tmp_path).join(MODEL)

    assert counting(folder) == {id_: "false"}
    found = account(redis, MODEL)
    assert (found.joined, found.superseded, found.repeated) == (1, 1, 1)


def test_an_entity_without_a_label_is_negative_when_the_horizon_has_passed(
    redis: Redis, tmp_path: Path
) -> None:
    """Not before; and nobody sent that label, so it is counted apart."""
    predictions = [prediction(number, entity=name) for number, name in enumerate(("ada", "bob", "eve"))]
    folder = evaluated_window(redis, tmp_path, predictions)
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 3_000))
    horizons = FixedHorizons(60, "false")

    joiner(redis, tmp_path, horizons, now_ms=START_MS + 62_000).join(MODEL)
    assert counting(folder) == {predictions[0].prediction_id: "true"}
    for _ in range(2):
        joiner(redis, tmp_path, horizons, now_ms=START_MS + 62_001).join(MODEL)

    assert counting(folder) == {
        predictions[0].prediction_id: "true",
        predictions[1].prediction_id: "false",
        predictions[2].prediction_id: "false",
    }
    found = account(redis, MODEL)
    assert (found.received, found.joined, found.implied) == (1, 1, 2)


def test_a_prediction_whose_entity_was_labelled_later_is_not_negative(redis: Redis, tmp_path: Path) -> None:
    """The label is about a later prediction, and it came within this one's horizon."""
    first = evaluated_window(redis, tmp_path, [prediction(0, entity="ada"), prediction(1, entity="bob")])
    second = evaluated_window(redis, tmp_path, [prediction(10, entity="ada"), prediction(11, entity="bob")])
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 20_000))
    send(redis, MODEL, of_entity("bob", time_ms=START_MS + 61_001))

    joiner(redis, tmp_path, FixedHorizons(60, "false"), now_ms=START_MS + 62_000).join(MODEL)

    assert counting(second) == {
        prediction(10).prediction_id: "true",
        prediction(11).prediction_id: "true",
    }
    assert counting(first) == {prediction(1).prediction_id: "false"}


def test_a_label_takes_the_place_of_an_implied_one(redis: Redis, tmp_path: Path) -> None:
    """It came after the horizon, by the prediction's id."""
    folder = evaluated_window(redis, tmp_path, [prediction(1)])
    labels = joiner(redis, tmp_path, FixedHorizons(60, "false"), now_ms=START_MS + 90_000)
    labels.join(MODEL)
    assert account(redis, MODEL).implied == 1
    send(redis, MODEL, about(prediction(1).prediction_id, value=True))

    labels.join(MODEL)

    assert [row.state for row in rows_of(folder)] == ["joined"]
    assert (account(redis, MODEL).implied, account(redis, MODEL).joined) == (0, 1)


def test_nothing_is_written_where_nothing_is_implied(redis: Redis, tmp_path: Path) -> None:
    """The entity's label is about a later prediction: the window has no labels, and none are counted."""
    first = evaluated_window(redis, tmp_path, [prediction(0, entity="ada")])
    evaluated_window(redis, tmp_path, [prediction(10, entity="ada")])
    send(redis, MODEL, of_entity("ada", time_ms=START_MS + 20_000))

    joiner(redis, tmp_path, FixedHorizons(60, "false"), now_ms=START_MS + 62_000).join(MODEL)

    assert not (first / "labels.parquet").exists()
    (found,) = Auditor(redis, tmp_path).audit_all()
    assert not [note for note in found.notes if "labels" in note]


def test_a_damaged_file_keeps_back_what_it_concerns_alone(
    redis: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its labels may be about the window before it; others get what is implied, and it is due again."""
    before = evaluated_window(redis, tmp_path, [prediction(0, entity="ada")])
    damaged = evaluated_window(redis, tmp_path, [prediction(10, entity="ada")])
    after = evaluated_window(redis, tmp_path, [prediction(100, entity="bob")])
    (damaged / "labels.parquet").write_bytes(b"PAR1 and nothing else")
    looked_at = list[str]()
    labels = joiner(redis, tmp_path, FixedHorizons(60, "false"), now_ms=START_MS + 200_000)
    labels.after = looked_at.append

    labels.join(MODEL)
    assert (counting(before), counting(after)) == ({}, {prediction(100).prediction_id: "false"})
    assert looked_at == [MODEL]
    assert "labels.parquet is damaged; remove it" in caplog.text
    assert redis.hget(LabelKeys(MODEL).progress, "due") == b"%d" % (START_MS // 1_000 + 500)
    (damaged / "labels.parquet").unlink()
    labels.join(MODEL)

    assert len(counting(before)) == len(counting(damaged)) == 1
    assert account(redis, MODEL).implied == 3


MOMENTS = st.integers(0, 40)
ENTITIES = st.sampled_from(["ada", "bob", "eve"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(st.tuples(MOMENTS, ENTITIES), min_size=1, max_size=12, unique_by=lambda each: each[0]),
    labelled=st.lists(st.tuples(MOMENTS, ENTITIES), min_size=1, max_size=12),
    horizon=st.integers(1, 20),
    fails=st.booleans(),
)
def test_every_label_finds_what_a_search_by_hand_finds(
    redis: Redis,
    tmp_path: Path,
    *,
    made: list[tuple[int, str]],
    labelled: list[tuple[int, str]],
    horizon: int,
    fails: bool,
) -> None:
    """For any predictions in any windows, any labels, and any horizon; the first window may have failed."""
    redis.flushall()
    shutil.rmtree(tmp_path, ignore_errors=True)
    parts = [[prediction(second, entity=who) for second, who in part] for part in (made[:5], made[5:])]
    waits = {second for second, _ in made[:5]} if fails else set()
    if fails:
        failed_window(redis, tmp_path, parts[0])
    folders = [evaluated_window(redis, tmp_path, part) for part in parts[fails:] if part]
    send(redis, MODEL, *(of_entity(who, time_ms=START_MS + 1_000 * at) for at, who in labelled))

    joiner(redis, tmp_path, FixedHorizons(horizon), patience=0).join(MODEL)

    expected, counted = set[str](), Counter[str]()
    for at, who in labelled:
        last = max((second for second, entity in made if entity == who and second <= at), default=None)
        if last is None or at - last > horizon:
            counted["never_predicted" if last is None else "too_late"] += 1
        elif last not in waits:
            expected.add(prediction(last).prediction_id)
        else:
            counted["waiting"] += 1
    assert {id_ for folder in folders for id_ in counting(folder)} == expected
    found = account(redis, MODEL)
    assert Counter(found.unmatched) + Counter(waiting=found.waiting) == counted
    assert found.joined == len(expected)


def test_predictions_of_nobody_are_left_alone(redis: Redis, tmp_path: Path) -> None:
    """A window in which no prediction has an entity; its predictions can be labelled by id."""
    nobody = [replace(prediction(number), entity=None) for number in (1, 2)]
    folder = evaluated_window(redis, tmp_path, nobody)
    send(redis, MODEL, of_entity("ada"), about(nobody[1].prediction_id))

    joiner(redis, tmp_path, patience=0).join(MODEL)

    assert counting(folder) == {nobody[1].prediction_id: "true"}
    assert account(redis, MODEL).unmatched == {"never_predicted": 1}
