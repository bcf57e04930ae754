"""What a run in MLflow is told of an evaluation: always the same points of metrics, and tags."""

from collections.abc import Iterator
from datetime import datetime
from math import isfinite

from drift_worker.findings import ACTIONS, Decision
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.quality.evaluation import QualityEvaluation
from registry.rest.runs import Metric

MOST_TEXT = 4_000
"""Characters of a tag; MLflow takes 8,000."""


def window_points(evaluation: Evaluation) -> list[Metric]:
    """The points of a window: at the time of its last record, and with its number as the step."""
    figures: dict[str, float | None] = {
        "drift/rows": evaluation.rows,
        "drift/share": evaluation.drift_share,
        "drift/features": None if evaluation.drift_share is None else len(evaluation.drifted_features),
        "drift/prediction": _prediction_size(evaluation),
        "drift/action": _action(evaluation.decision),
    }
    for each in evaluation.estimate.figures if evaluation.estimate else ():
        figures[f"estimate/{each.metric}"] = each.value
    return list(_points(figures, evaluation.last_time, evaluation.number))


def quality_points(evaluation: QualityEvaluation) -> list[Metric]:
    """The points of a look at the labels: at the time of its newest labelled prediction, by its number."""
    shown = evaluation.shown
    figures: dict[str, float | None] = {
        "quality/labels": shown.labels,
        "quality/coverage": shown.coverage,
        "quality/action": _action(evaluation.decision),
    }
    for each in shown.figures:
        figures |= {f"quality/{each.metric}": each.value, f"quality/{each.metric}_z": each.z}
    return list(_points(figures, shown.last_time, evaluation.number))


def window_tags(evaluation: Evaluation, reports_page: str) -> dict[str, str]:
    """What stands: the newest window, what was decided, and where to read why."""
    tags = {
        "driftline.window": evaluation.window_id,
        "driftline.decision": evaluation.decision or evaluation.status,
        "driftline.reasons": " ".join(evaluation.reasons)[:MOST_TEXT],
    }
    if evaluation.reports:
        tags["driftline.report"] = f"{reports_page}{evaluation.reports.html}"
    return tags


def quality_tags(evaluation: QualityEvaluation, reports_page: str) -> dict[str, str]:
    """The same of the newest look at the labels."""
    tags = {
        "driftline.quality": evaluation.quality_id,
        "driftline.quality.decision": evaluation.decision,
        "driftline.quality.reasons": " ".join(evaluation.reasons)[:MOST_TEXT],
    }
    if evaluation.reports:
        tags["driftline.quality.report"] = f"{reports_page}{evaluation.reports.html}"
    return tags


def _prediction_size(evaluation: Evaluation) -> float | None:
    """How far the model's output moved, in standard deviations of the reference; the farthest of several."""
    found = (each.size for each in evaluation.findings if each.kind == "prediction_drift")
    return max((size for size in found if size is not None), default=None)


def _action(decision: Decision | None) -> float | None:
    """1 for an action, 0 for none; nothing where too little was known to decide."""
    if decision is None or decision == "INSUFFICIENT_DATA":
        return None
    return float(decision in ACTIONS)


def _points(figures: dict[str, float | None], time: str, step: int) -> Iterator[Metric]:
    timestamp = round(datetime.fromisoformat(time).timestamp() * 1000)
    for key, value in figures.items():
        if value is not None and isfinite(value):
            yield Metric(key, float(value), timestamp, step)
