"""A plausible quality evaluation."""

from typing import Any

from contract.keys import Partition
from drift_worker.record.quality.evaluation import QualityEvaluation


def quality_evaluation(partition: Partition, **changes: Any) -> QualityEvaluation:
    """An action of a binary model: its AUC fell from 0.83 to 0.48."""
    figure = {"metric": "auc", "value": 0.48, "low": 0.45, "high": 0.51, "reference": 0.83, "z": 11.0}
    figure |= {"estimate": 0.83, "estimate_error": 0.35}
    share = {"label": "true", "value": 0.26, "low": 0.24, "high": 0.28, "reference": 0.265}
    stretch = {
        "length": "short",
        "labels": 500,
        "rows": 600,
        "first_time": "2025-11-23T16:23:20+00:00",
        "last_time": "2025-11-23T16:24:52+00:00",
        "coverage": 5 / 6,
        "delay_p50": 3_600.0,
        "delay_p95": 7_200.0,
        "figures": [figure],
        "label_shares": [share],
        "target_drift": 0.005,
    }
    fields: dict[str, Any] = {
        "quality_id": f"{partition.window_prefix}-quality-1-1763915092123",
        "number": 1,
        "model": partition.model,
        "model_version": partition.version,
        "matured": 500,
        "stretches": [stretch],
        "decision": "RETRAINING_TRIGGERED",
        "reasons": ["auc 0.48 < 0.83 (z=11.0, labels=500)"],
        "length": "short",
        "finding": True,
        "severity": "high",
        "causes": ["performance"],
        "min_labels": 50,
        "evaluated_at": "2025-11-23T16:24:55.000+00:00",
    }
    return QualityEvaluation.model_validate({**fields, **changes})
