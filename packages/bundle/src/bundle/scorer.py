"""Scoring rows with a bundle's model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime
from contract.schema import Feature, FeatureValue, Schema
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from bundle.errors import BundleError, ScoringError
from bundle.inputs import Feeds, encoder_for
from bundle.outputs import (
    Probabilities,
    Values,
    positive_reader,
    probabilities,
    probability,
    probability_output,
)

_ORT_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


class Scorer:
    """A model in memory, checked against the schema; may be used by several threads at once."""

    def __init__(self, model: Path | bytes, schema: Schema, threads: int = 1) -> None:
        """Load an ONNX file or its bytes.

        Raises BundleError where the model is corrupt, its inputs don't fit the schema, or it doesn't
        answer a row of the schema with a probability.
        """
        where = f"{model}: " if isinstance(model, Path) else ""
        try:
            self._session = _load(model, threads)
            self._encoder = encoder_for(schema, self._session.get_inputs())
            output = probability_output(self._session.get_outputs())
            self._outputs = [output.name]
            self._read = positive_reader(output, schema)
            self.score_row({feature.name: _typical(feature) for feature in schema.features})
        except (BundleError, ScoringError) as error:
            raise BundleError(f"{where}{error}") from error

    def score_row(self, features: Mapping[str, FeatureValue]) -> float:
        """The probability of the positive class for one row; an unknown category is no error.

        Raises ScoringError where the model fails or answers with no probability.
        """
        return self.score_rows([features])[0]

    def score_rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> list[float]:
        """The same for a few rows by one run of the model, which costs little more than a run for one.

        Raises ScoringError where the model fails, or has no probability for one of them.
        """
        answers = self._run(self._encoder.rows(rows))
        if len(answers) != len(rows):
            raise ScoringError(f"the model gives {len(answers)} answers to {len(rows)} rows")
        return [probability(float(answer)) for answer in answers]

    def score_columns(self, columns: Mapping[str, Sequence[FeatureValue]]) -> Probabilities:
        """The probabilities, shape (rows,), for columns of equally many values; raises ScoringError."""
        return probabilities(self._run(self._encoder.columns(columns)))

    def _run(self, feeds: Feeds) -> Values:
        try:
            answer: list[Any] = self._session.run(self._outputs, feeds)
        except _ORT_ERRORS as error:
            raise ScoringError(f"the model fails: {_first_line(error)}") from error
        return self._read(answer[0])


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
        raise BundleError(f"is no model that ONNX Runtime can run: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _typical(feature: Feature) -> FeatureValue:
    if feature.kind == "numerical":
        return feature.minimum or 0.0
    if feature.kind == "boolean":
        return False
    return feature.categories[0] if feature.categories else ""
