"""Whether a converted model answers as the original does."""

import numpy as np

from training.errors import TrainingError
from training.model.conversion.original import Answers

TO_DO = "use another estimator or other preparation steps, or export the model to ONNX yourself and check it"


def check_parity(original_answers: Answers, onnx_answers: Answers, tolerance: float = 1e-5) -> None:
    """Compare the answers of both models to the same rows; raises TrainingError where they differ.

    Probabilities, shape (rows, classes), may differ by the tolerance. The values of a regression, shape
    (rows,), may differ by the tolerance times the larger of the value itself and the standard deviation of
    all values: single precision keeps seven digits of the largest number in a sum, so that a value near zero
    can have fewer, and neither the unit nor the offset of the values matters.
    """
    if original_answers.shape != onnx_answers.shape:
        raise TrainingError(
            f"the converted model answers with shape {onnx_answers.shape}, the original with "
            f"{original_answers.shape}: {TO_DO}"
        )
    difference = _differences(original_answers, onnx_answers)
    # A missing answer on one side alone is as wrong as can be.
    difference[np.isnan(difference)] = np.inf
    differing = int((difference > tolerance).sum())
    if differing:
        relative = "" if original_answers.ndim > 1 else " of the value or of the values' standard deviation"
        raise TrainingError(
            f"the converted model differs from the original in {differing:,} of {len(difference):,} rows, by "
            f"up to {difference.max():.2g}{relative}; expected at most {_plain(tolerance)}: {TO_DO}"
        )


def _differences(original: Answers, converted: Answers) -> Answers:
    """Return the largest difference of each row, shape (rows,); two missing answers differ by nothing."""
    both_missing = np.isnan(original) & np.isnan(converted)
    difference = np.where(both_missing, 0.0, np.abs(original - converted))
    if original.ndim > 1:
        return np.asarray(difference.max(axis=1), np.float64)
    known = original[np.isfinite(original)]
    spread = float(known.std()) if len(known) else 0.0
    scale = np.fmax(np.fmax(np.abs(original), spread), np.finfo(np.float32).tiny)
    return np.asarray(difference / scale, np.float64)


def _plain(number: float) -> str:
    return f"{number:.10f}".rstrip("0")
