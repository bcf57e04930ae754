"""The scorer: runs a bundle's model on rows."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from bundle.errors import BundleError, ScoringError
from bundle.scoring.inputs import Feeds, encoder_for
from bundle.scoring.outputs import (
    Scores,
    Values,
    numbers,
    probabilities,
    probability,
    reader_for,
    score_of,
)
from bundle.signature import Signature
from contract.schema import Feature, FeatureValue, Schema
from contract.task import Score

_ORT_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)

_LONGEST_MESSAGE: Final = 500

_SOURCE: Final = re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : |/\S+\.(?:cc|h):\d+ [^(]*\(.*?\) (?=[A-Z])")

_TOO_NEW: Final = (
    f"; this is ONNX Runtime {onnxruntime.__version__}: export the model for an older version "
    "(the exporter's target_opset), or run a newer ONNX Runtime"
)


class Scorer:
    """A model in memory that fits the schema; several threads may use it at once."""

    def __init__(
        self, model: Path | bytes, schema: Schema, signature: Signature | None = None, *, threads: int = 1
    ) -> None:
        """Load an ONNX file or its bytes.

        Raises BundleError where the model is corrupt, where its inputs don't fit the schema, or where it
        doesn't answer a row as the schema's task asks.
        """
        where = f"{model}: " if isinstance(model, Path) else ""
        self.feature_names: Final = tuple(schema.feature_names)
        self._one_probability = (schema.task or "binary") == "binary"
        self._check = numbers if schema.task == "regression" else probabilities
        try:
            self._session = _load(model, threads)
            self._encoder = encoder_for(schema, self._session.get_inputs(), signature)
            self._outputs, self._read = reader_for(self._session.get_outputs(), schema, signature)
            self.score_row({feature.name: _typical(feature) for feature in schema.features})
        except (BundleError, ScoringError) as error:
            raise BundleError(f"{where}{error}") from error

    def score_row(self, features: Mapping[str, FeatureValue]) -> Score:
        """Return the score of one row; an unknown category is allowed.

        Raises ScoringError where the model fails or has no answer to the row.
        """
        return self.score_rows([features])[0]

    def score_rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> Sequence[Score]:
        """Return the scores of a few rows by one run of the model; one row costs little less.

        Raises ScoringError where the model fails, or has no answer to a row.
        """
        answers = self._run(self._encoder.rows(rows))
        if len(answers) != len(rows):
            raise ScoringError(f"the model gives {len(answers)} answers to {len(rows)} rows")
        if self._one_probability:
            return [probability(float(answer)) for answer in answers]
        return [score_of(answer) for answer in self._check(answers)]

    def score_columns(self, columns: Mapping[str, Sequence[FeatureValue]]) -> Scores:
        """Return the scores for columns of equal length, shape (rows,) or (rows, classes).

        Raises ScoringError where the model fails, or has no answer to a row.
        """
        return self._check(self._run(self._encoder.columns(columns)))

    def _run(self, feeds: Feeds) -> Values:
        try:
            answers: list[Any] = self._session.run(self._outputs, feeds)
        except _ORT_ERRORS as error:
            raise ScoringError(f"the model fails: {_first_line(error)}") from error
        return self._read(answers)


def _load(model: Path | bytes, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only; they are raised as well
    try:
        content = model.read_bytes() if isinstance(model, Path) else model
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except OSError as error:
        raise BundleError(f"cannot be read: {error.strerror}") from error
    except _ORT_ERRORS as error:
        message = _first_line(error)
        hint = _TOO_NEW if "IR version" in message or "opset" in message.lower() else ""
        raise BundleError(f"is no model that ONNX Runtime can run: {message}{hint}") from error


def _first_line(error: Exception) -> str:
    """Return what ONNX Runtime says, without the place in its source that says it."""
    return _SOURCE.sub("", str(error).partition("\n")[0])[:_LONGEST_MESSAGE]


def _typical(feature: Feature) -> FeatureValue:
    if feature.kind == "numerical":
        return feature.minimum or 0.0
    if feature.kind == "boolean":
        return False
    return feature.categories[0] if feature.categories else ""
