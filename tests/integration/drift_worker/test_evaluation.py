"""A closed window becomes one evaluation, with its reports, dead letters and decision event."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from redis import Redis

from contract.keys import Partition
from contract.partition import ledger, pending_windows
from contract.stream.record import FIELDS, Record
from contract.windows import Window
from drift_worker.cli.operations import wait_until_evaluated
from drift_worker.errors import StillPendingError
from drift_worker.evaluate.attempts import MAX_FAILURES, Attempts, waiting_windows
from drift_worker.evaluate.evaluator import WindowEvaluator
from tests.support.evaluations.windows import close_window


def test_a_month_that_moved_is_judged_by_its_features(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """month_001's drift is found, and the report, its rows and the decision event are there."""
    window = close_window(redis, partition, month_001)
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    drifted = [f.column for f in evaluation.findings if f.kind == "feature_drift" and f.drifted]
    assert drifted == ["rebuffer_events_7d"]
    assert len([f for f in evaluation.findings if f.kind == "feature_drift"]) == 14
    assert len([f for f in evaluation.findings if f.kind == "prediction_drift"]) == 1
    assert evaluation.decision == "NO_ACTION"
    assert evaluation.drift_share == pytest.approx(1 / 14)
    assert evaluation.reports is not None
    folder = evaluator.stores.files.folder(window.id)
    assert "rebuffer_events_7d" in (folder / "report.html").read_text()
    assert json.loads((folder / "report.json").read_text())["metrics"]
    assert len(pd.read_parquet(folder / "window.parquet")) == 7043
    assert ledger(redis, partition).differences == []
    assert ledger(redis, partition).evaluated == 7043


def test_an_evaluation_has_an_estimate_of_the_quality(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Of every row, beside the reference's figure; the report shows it, and it is in no reason."""
    window = close_window(redis, partition, month_001)
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    assert evaluation.estimate is not None
    auc, accuracy, f1 = evaluation.estimate.figures
    assert [each.metric for each in (auc, accuracy, f1)] == ["auc", "accuracy", "f1"]
    assert auc.value == pytest.approx(0.83, abs=0.01)
    assert auc.reference == pytest.approx(0.828368, abs=1e-6)
    assert (evaluation.estimate.rows, evaluation.estimate.missing) == (7043, None)
    report = (evaluator.stores.files.folder(window.id) / "report.html").read_text()
    assert f"<dt>Estimated AUC</dt><dd>{auc.value:.3f} ± " in report
    assert evaluation.estimate.caveat in report.replace("&#x27;", "'")
    assert "estimate" not in " ".join(evaluation.reasons)


def test_poisoned_entries_and_duplicates_are_put_aside(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """What can't be read goes to the dead-letter stream with its reason; the window goes on."""
    records = month_001[:300]
    window = close_window(redis, partition, [*records, *records[:20]])
    entry = dict(zip(FIELDS, records[0].values(), strict=True))
    redis.delete(partition.stream)
    for number in range(320):
        fields = dict(zip(FIELDS, [*records, *records[:20]][number].values(), strict=True))
        if number in (5, 7):
            fields = {**entry, "features": "{", "prediction_id": records[number].prediction_id}
        redis.xadd(partition.stream, fields, id=_ids(window)[number])  # type: ignore[arg-type]
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    assert (evaluation.rows, evaluation.dead_lettered, evaluation.duplicates) == (300, 2, 18)
    assert redis.xlen(partition.dead_letters) == 2
    assert ledger(redis, partition).differences == []


def _ids(window: Window) -> list[str]:
    """The stream ids of a window that one script call appended."""
    time = window.first.partition("-")[0]
    return [f"{time}-{sequence}" for sequence in range(window.rows)]


def test_a_small_window_is_insufficient_data(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Fewer rows than WINDOW_MIN_ROWS say nothing."""
    window = close_window(redis, partition, month_001[:49])
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    assert evaluation.decision == "INSUFFICIENT_DATA"
    assert evaluation.reasons[0] == "rows=49 < 50"


def test_evaluating_twice_commits_once_and_changes_nothing(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """The second job of a window finds it evaluated."""
    window = close_window(redis, partition, month_001[:300])
    evaluator.evaluate_window(window.id)
    first = evaluator.stores.evaluations.get(window.id)
    evaluator.evaluate_window(window.id)
    assert evaluator.stores.evaluations.get(window.id) == first
    assert redis.xlen(partition.decisions) == 1


def test_a_window_of_nothing_but_poison_is_insufficient_data(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """No readable row is no reason to fail for ever."""
    (record,) = month_001[:1]
    poisoned = [
        Record(record.prediction_id, 0, record.model, record.version, None, b"[]", 0.5, None)
        for _ in range(3)
    ]
    window = close_window(redis, partition, poisoned)
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    assert (evaluation.decision, evaluation.rows, evaluation.dead_lettered) == ("INSUFFICIENT_DATA", 0, 3)
    assert evaluation.reports is None


def test_an_evaluation_links_to_the_requests_of_its_window(
    redis: Redis,
    evaluator: WindowEvaluator,
    partition: Partition,
    month_001: list[Record],
    spans: InMemorySpanExporter,
) -> None:
    """The root span links to at most 128 sampled requests, and has a child for each stage."""
    traced = [
        replace(record, traceparent=f"00-{number:032x}-{1:016x}-{number % 2:02x}")
        for number, record in enumerate(month_001[:300], start=1)
    ]
    window = close_window(redis, partition, traced)
    evaluator.evaluate_window(window.id)
    *stages, root = spans.get_finished_spans()
    assert root.name == f"process {partition.stream}"
    assert root.parent is None
    assert [stage.name for stage in stages] == ["read", "detect", "report", "commit"]
    parents = {stage.parent.span_id for stage in stages if stage.parent}
    context = root.get_span_context()
    assert context is not None
    assert parents == {context.span_id}
    assert [link.context.trace_id for link in root.links] == list(range(1, 256, 2))


def test_a_window_of_another_version_waits_for_its_bundle(
    redis: Redis, evaluator: WindowEvaluator, month_001: list[Record], caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once and at once which bundle it is; however often it is tried, that is no failure."""
    other = Partition("churn", "0123456789ab")
    window = close_window(redis, other, month_001[:10])
    for _ in range(MAX_FAILURES + 1):
        evaluator.evaluate_window(window.id)
    assert [waiting.id for waiting in pending_windows(redis, other)] == [window.id]
    assert Attempts(redis, window).failures() == 0
    (said,) = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert said.startswith(f"window {window.id} waits: model churn 0123456789ab needs its bundle")
    assert said.endswith("start a worker with BUNDLE set to it once")
    assert waiting_windows(redis) == {said.partition(" waits: ")[2]: [window.id]}
    with pytest.raises(StillPendingError, match="needs its bundle"):
        wait_until_evaluated(redis, 0)


def test_a_window_that_waits_is_evaluated_once_its_bundle_is_there(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Whichever worker brings it."""
    bundles = evaluator.stores.files.root / "bundles"
    away = bundles.rename(bundles.with_name("away"))
    window = close_window(redis, partition, month_001[:100])
    evaluator.evaluate_window(window.id)
    assert [*waiting_windows(redis).values()] == [[window.id]]
    away.rename(bundles)
    evaluator.evaluate_window(window.id)
    assert evaluator.stores.evaluations.has(window.id)
    assert waiting_windows(redis) == {}
    assert redis.hlen(partition.attempts) == 0
