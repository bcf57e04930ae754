"""The model's output for data sets that are compared offline, and how good it is by their labels."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bundle import Bundle, Scorer, ScoringError
from contract.schema import Schema
from contract.task import Score
from dataset import DataSet, output_columns
from drift_worker.detect.quality.labelled import Labelled, ModelTask, labelled_rows
from drift_worker.detect.quality.measure import measure
from drift_worker.detect.unlabelled.estimator import PROBABILITIES, Estimator
from drift_worker.findings import Finding
from drift_worker.stretch import QualityFigure


def scored(data: DataSet, schema: Schema, bundle: Bundle) -> pd.DataFrame:
    """The frame with the model's output for each row; missing where the model has no answer.

    With several classes it has their probabilities too, as a window has them.
    """
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
    columns: dict[str, Any] = {}
    for feature in schema.features:
        values = data.frame[feature.name].astype(object)
        columns[feature.name] = values.where(values.notna(), other=None).tolist()  # type: ignore[call-overload]
    scores = _scores(scorer, columns, max(len(bundle.schema.classes or ()), 1))
    every = {bundle.schema.beside(PROBABILITIES): list(scores)} if scores.ndim > 1 else {}
    return data.frame.assign(**output_columns(bundle.schema, scores), **every)


def quality_of(
    reference: pd.DataFrame, current: pd.DataFrame, bundle: Bundle, estimator: Estimator | None
) -> list[QualityFigure]:
    """The figures of the model's output on both sides, by their labels; none where no side has labels.

    A side without labels has no figure. Beside those of the current data stands what the estimator says of
    the same rows. All of it decides nothing.
    """
    before, now = (_labelled(frame, bundle) for frame in (reference, current))
    measured = {name: each for name, each in before.figures().items() if each is not None}
    if not len(before.truth) and not len(now.truth):
        return []
    return measure(now, measured, estimator.estimate(current.loc[now.kept]) if estimator else None)


def _labelled(frame: pd.DataFrame, bundle: Bundle) -> Labelled:
    """The rows of a side that have a label and an output."""
    metadata, label = bundle.metadata, bundle.schema.label
    model = ModelTask.of(metadata.task, metadata.classes, metadata.threshold)
    unknown = pd.Series(np.nan, index=frame.index, dtype=object)
    labels = frame[label.name] if label is not None and label.name in frame else unknown
    return labelled_rows(frame, labels, bundle.schema, model)


def _scores(scorer: Scorer, columns: dict[str, Any], width: int) -> Any:
    """The scores of the rows; NaN where the model has no answer, as some have none to a null."""
    try:
        return scorer.score_columns(columns)
    except ScoringError:
        rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
        return np.array([_score(scorer, row, width) for row in rows])


def _score(scorer: Scorer, row: dict[str, Any], width: int) -> Score:
    try:
        return scorer.score_row(row)
    except ScoringError:
        return np.nan if width == 1 else (np.nan,) * width


def with_unscored(
    findings: Sequence[Finding], frames: Mapping[str, pd.DataFrame], output: str
) -> list[Finding]:
    """The findings, that of the model's output saying how many rows the model has no answer for."""
    missing = [
        f"the model has no answer for {count} of {len(frame)} {role} rows"
        for role, frame in frames.items()
        if (count := int(frame[output].isna().sum()))
    ]
    return [
        each.model_copy(update={"detail": "; ".join([*([each.detail] if each.detail else []), *missing])})
        if missing and each.kind == "prediction_drift"
        else each
        for each in findings
    ]
