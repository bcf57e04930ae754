"""Evidently's presets for models with labels, over the labelled rows of now and of the reference."""

import warnings
from typing import Final

import pandas as pd
from evidently import (
    BinaryClassification,
    DataDefinition,
    Dataset,
    MulticlassClassification,
    Regression,
    Report,
)
from evidently.core.container import MetricContainer
from evidently.core.serialization import ReportModel, SnapshotModel
from evidently.presets import ClassificationPreset, RegressionPreset

from contract.task import Task
from drift_worker.detect.evidently.report import About

LABEL: Final = "label"
PREDICTION: Final = "prediction"
SCORE: Final = "score"
"""The columns that the presets read; the score only with two classes."""


def preset_snapshot(
    current: pd.DataFrame, reference: pd.DataFrame | None, task: Task, positive: str | None, about: About
) -> SnapshotModel:
    """Run the preset of a task over rows with LABEL, PREDICTION and, with two classes, SCORE.

    Each row counts alike. Where Evidently can't compute it, the snapshot has no figure and no widget, and its
    metadata say why.
    """
    definition = _definition(task, positive)
    preset: MetricContainer = RegressionPreset() if task == "regression" else ClassificationPreset()
    snapshot, reason = None, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn says of what is undefined that it is 0
            ran = Report([preset]).run(
                Dataset.from_pandas(current, definition),
                None if reference is None else Dataset.from_pandas(reference, definition),
            )
            snapshot = ran.to_snapshot_model()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # No picture is worth labels that can't be evaluated, and Evidently raises whatever it runs into.
        reason = f"{type(error).__name__}: {error}"
    told = {**about.metadata, **({} if reason is None else {"preset": reason})}
    if snapshot is None:
        return SnapshotModel(
            report=ReportModel(items=[]),
            name=about.name,
            timestamp=about.timestamp,
            metadata=told,
            tags=[],
            metric_results={},
            top_level_metrics=[],
            widgets=[],
            tests_widgets=[],
        )
    snapshot.name, snapshot.timestamp, snapshot.metadata = about.name, about.timestamp, told
    return snapshot


def _definition(task: Task, positive: str | None) -> DataDefinition:
    if task == "regression":
        regression = Regression(target=LABEL, prediction=PREDICTION)
        return DataDefinition(numerical_columns=[LABEL, PREDICTION], regression=[regression])
    columns = {"target": LABEL, "prediction_labels": PREDICTION}
    classification = (
        BinaryClassification(**columns, prediction_probas=SCORE, pos_label=positive)
        if task == "binary"
        else MulticlassClassification(**columns)
    )
    return DataDefinition(
        categorical_columns=[LABEL, PREDICTION],
        numerical_columns=[SCORE] if task == "binary" else [],
        classification=[classification],
    )
