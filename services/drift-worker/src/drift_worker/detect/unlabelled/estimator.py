"""What a bundle knows of its model's scores, and the estimate that it gives for rows without labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bundle import Bundle, Calibration, ClassCalibration
from contract.schema import Schema
from drift_worker.detect.quality.reference import QualityReference
from drift_worker.detect.unlabelled.calibrated import calibrated, calibrated_classes
from drift_worker.detect.unlabelled.expected import expected_of_classes, expected_of_two
from drift_worker.estimates import EstimatedFigure, QualityEstimate

PROBABILITIES: Final = "probabilities"
"""The column of a window with the probability of each class, where there are more than two."""

REGRESSION: Final = "a regression has no estimate: a predicted value does not say how far off it may be"
TRAINED_ON: Final = (
    "the bundle has no calibration: the reference's scores are those of rows that the model may have been "
    "trained on; `training build --held-out` says that it was not"
)
UNLABELLED: Final = "the bundle has no calibration: it was built without labels, or with too few of them"
OUTDATED: Final = "the bundle has no calibration; `training build` makes one that has"
NO_ROWS: Final = "no row has a score"
NO_PROBABILITIES: Final = "the rows hold the probability of the predicted class only"


@dataclass(frozen=True, slots=True)
class Estimator:
    """What a bundle says of its model's scores: what they mean, and how good they were in the reference."""

    schema: Schema
    curve: Calibration | None = None
    """Of two classes, by the score."""
    curves: Sequence[ClassCalibration] = ()
    """Of several classes, for each."""
    threshold: float = 0.5
    missing: str | None = None
    """Why nothing can be estimated; None where there is a calibration."""
    reference: Mapping[str, float] = field(default_factory=dict)
    """The figures of the reference by its labels, by metric: out of fold, where its scores are."""

    @classmethod
    def of(cls, bundle: Bundle, reference: pd.DataFrame) -> Self:
        """What a bundle says; `reference` is its reference, with the model's output."""
        metadata = bundle.metadata
        if metadata.calibration is None and not metadata.class_calibrations:
            return cls(bundle.schema, missing=_why_none(bundle))
        threshold = 0.5 if metadata.threshold is None else metadata.threshold
        measured = QualityReference.of(bundle, reference).figures
        return cls(
            bundle.schema,
            metadata.calibration,
            metadata.class_calibrations,
            threshold,
            reference={metric: each.value for metric, each in measured.items()},
        )

    def estimate(self, frame: pd.DataFrame, weights: NDArray[np.float64] | None = None) -> QualityEstimate:
        """Estimate the figures of rows by the model's output; rows that have none are left out.

        `weights`, shape (rows,), say how much each row counts.
        """
        if self.missing is not None:
            return QualityEstimate(missing=self.missing)
        scored = frame[next(iter(self.schema.outputs))].notna().to_numpy(bool)
        if not scored.any():
            return QualityEstimate(missing=NO_ROWS)
        if self.curve is None and self.schema.beside(PROBABILITIES) not in frame:
            return QualityEstimate(missing=NO_PROBABILITIES)
        rows = frame.loc[scored]
        counted = None if weights is None else weights[scored]
        figures = self._expected(rows, counted)
        return QualityEstimate(
            figures=[
                each.model_copy(update={"reference": self.reference.get(each.metric)}) for each in figures
            ],
            rows=len(rows),
        )

    def _expected(self, rows: pd.DataFrame, weights: NDArray[np.float64] | None) -> list[EstimatedFigure]:
        if self.curve is None:
            scores = np.array(rows[self.schema.beside(PROBABILITIES)].tolist(), np.float64)
            probabilities = calibrated_classes(scores, self.curves)
            return expected_of_classes(scores.argmax(axis=1), probabilities, weights)
        scores = rows[next(iter(self.schema.outputs))].to_numpy(np.float64)
        return expected_of_two(scores, calibrated(scores, self.curve), self.threshold, weights)


def _why_none(bundle: Bundle) -> str:
    metadata = bundle.metadata
    if metadata.task == "regression":
        return REGRESSION
    if metadata.format == 1:
        return OUTDATED
    if metadata.validation is None:
        return UNLABELLED
    return TRAINED_ON if metadata.reference.scores == "training" else OUTDATED
