"""Labels lead to evaluations of the model's quality: when, over which predictions, and what they decide."""

import json
from datetime import datetime
from typing import cast

import pytest

from drift_worker.record.quality.evaluation import QualityEvaluation
from tests.support.figures import Figures
from tests.support.labels import FixedHorizons, about
from tests.support.quality import Judge, labels_of, reference_draw, scored_records, shuffled


def only(judge: Judge) -> QualityEvaluation:
    """The one evaluation that there is."""
    (found,) = judge.found()
    return found


def test_500_labels_lead_to_an_evaluation(judge: Judge) -> None:
    """The first 499 lead to none."""
    scores, truth = reference_draw(judge.bundle, 600)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    labels = labels_of(records, truth)
    judge.label(labels[:499])
    assert judge.found() == []
    judge.label(labels[499:500])
    found = only(judge)
    assert (found.number, found.matured, found.decision) == (1, 500, "NO_ACTION")
    (stretch,) = found.stretches
    assert (stretch.length, stretch.labels, stretch.rows) == ("short", 500, 500)
    judge.label(labels[500:])
    assert len(judge.found()) == 1


def test_a_model_whose_labels_are_random_is_to_be_retrained(judge: Judge) -> None:
    """The line has the figure, the reference, by how much it is worse, and of how many labels."""
    scores, truth = reference_draw(judge.bundle, 500)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    judge.label(labels_of(records, shuffled(truth, 1.0)))
    found = only(judge)
    assert (found.decision, found.severity, found.causes) == ("RETRAINING_TRIGGERED", "high", ["performance"])
    figure = found.figure
    assert figure
    assert figure.reference == pytest.approx(0.828368, abs=1e-6)
    assert found.line.endswith(
        f"auc={figure.value:.2f} reference=0.83 -> RETRAINING_TRIGGERED "
        f"auc {figure.value:.2f} < 0.83 (z={figure.z:.1f}, labels=500)"
    )
    assert figure.z is not None
    assert figure.z > 8


def test_an_evaluation_is_told_to_programs(judge: Judge) -> None:
    """By an event among the decisions; consecutive actions are one incident."""
    scores, truth = reference_draw(judge.bundle, 2_000)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    labels = labels_of(records, shuffled(truth, 1.0))
    for first in range(0, 2_000, 500):
        judge.label(labels[first : first + 500])
    decided, incidents = (
        cast("list[tuple[bytes, dict[bytes, bytes]]]", judge.redis.xrange(key))
        for key in (judge.partition.decisions, judge.partition.incidents)
    )
    of_quality = [fields for _, fields in decided if b"quality_id" in fields]
    assert [each[b"quality_id"].decode() for each in of_quality] == [
        each.quality_id for each in judge.found()
    ]
    assert len(of_quality) == 4
    event = json.loads(of_quality[0][b"evaluation"])
    assert (event["decision"], event["causes"]) == ("RETRAINING_TRIGGERED", ["performance"])
    assert len(incidents) == 1


def test_the_newest_predictions_count_whenever_their_labels_came(judge: Judge, figures: Figures) -> None:
    """2,000 in the short stretch, 5,000 in the long one; a second of one core is enough beside the report."""
    scores, truth = reference_draw(judge.bundle, 6_000)
    records = scored_records(judge.bundle, scores)
    for first in range(0, 6_000, 1_000):
        judge.window(records[first : first + 1_000])
    judge.label(labels_of(records, truth)[::-1])
    short, long = only(judge).stretches
    assert (short.labels, long.labels) == (2_000, 5_000)
    assert short.last_time == long.last_time
    times = [each.timestamp_ms for each in records]
    assert _ms(short.first_time) == times[-2_000]
    assert _ms(long.first_time) == times[-5_000]
    seconds = min(judge.cpu_seconds() for _ in range(3))
    figures.add("quality of 5,000 labels", milliseconds_of_a_core=round(1_000 * seconds))
    assert seconds < 1


def _ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1_000)


def test_predictions_without_a_label_are_counted(judge: Judge) -> None:
    """Between the labelled ones; those after the last labelled one may get theirs yet."""
    scores, truth = reference_draw(judge.bundle, 1_200)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    judge.label(labels_of(records, truth)[:1_000:2])
    (stretch,) = only(judge).stretches
    assert (stretch.labels, stretch.rows) == (500, 999)
    assert stretch.coverage == 500 / 999


def test_with_a_horizon_labels_count_once_it_has_passed(judge: Judge) -> None:
    """For positive ones may come sooner than negative ones; the sweep knows when to look again."""
    judge.horizons = FixedHorizons(1_000_000)
    scores, truth = reference_draw(judge.bundle, 600)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    judge.label(labels_of(records, truth)[:500])
    assert judge.found() == []
    assert judge.quality_due() == records[-1].timestamp_ms // 1_000 + 1_000_001
    judge.now_ms = records[-1].timestamp_ms + 1_000_000_001
    judge.label([])
    (stretch,) = only(judge).stretches
    assert (stretch.labels, stretch.rows) == (500, 600)


def test_corrections_are_news(judge: Judge) -> None:
    """500 labels that say otherwise than those before them lead to another evaluation."""
    scores, truth = reference_draw(judge.bundle, 500)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    judge.label(labels_of(records, truth))
    judge.label([about(each.prediction_id, not true) for each, true in zip(records, truth, strict=True)])
    first, second = judge.found()
    assert first.figure
    assert second.figure
    assert first.figure.value is not None
    assert second.figure.value == pytest.approx(1 - first.figure.value)


def test_labels_by_score_are_weighted(judge: Judge) -> None:
    """Nine of ten of the high scores have one, one of ten of the others: nothing changed."""
    scores, truth = reference_draw(judge.bundle, 4_000)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    labels = [
        label
        for place, (label, score) in enumerate(zip(labels_of(records, truth), scores, strict=True))
        if (place % 10 == 0) != (score > 0.3)
    ]
    judge.label(labels)
    found = only(judge)
    assert (found.decision, found.finding) == ("NO_ACTION", False)


def test_scores_without_any_label_are_not_estimable(judge: Judge) -> None:
    """It is said, and nothing is decided."""
    scores, truth = reference_draw(judge.bundle, 2_000)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    judge.label([each for each, score in zip(labels_of(records, truth), scores, strict=True) if score < 0.5])
    found = only(judge)
    assert found.decision == "INSUFFICIENT_DATA"
    assert found.reasons[0].startswith("no label of ")
    assert found.stretches[0].unseen_cells


def test_an_evaluation_is_committed_once(judge: Judge) -> None:
    """Whoever looks at the same time: the second one finds that it is no longer the newest before it."""
    scores, truth = reference_draw(judge.bundle, 500)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    judge.label(labels_of(records, truth))
    found, store = only(judge), judge.evaluator().stores.evaluations
    assert not store.commit(found.model_copy(update={"quality_id": f"{found.quality_id}1"}), None)
    assert store.stands(found)
    assert len(judge.found()) == 1


def test_what_was_decided_stands_until_a_look_can_decide(judge: Judge) -> None:
    """So windows stay severe while an action stands, whatever a look without enough labels says."""
    scores, truth = reference_draw(judge.bundle, 500)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    judge.label(labels_of(records, truth))
    found, store = only(judge), judge.evaluator().stores.evaluations
    undecided = {"quality_id": f"{found.quality_id}1", "number": 2, "decision": "INSUFFICIENT_DATA"}
    assert store.commit(found.model_copy(update=undecided), found)
    newest = store.newest(judge.partition)
    assert newest
    assert newest.decision == "INSUFFICIENT_DATA"
    assert store.newest_decided(judge.partition) == found
