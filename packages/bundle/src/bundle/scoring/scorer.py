"""The scorer: runs a bundle's model on rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime
from contract.schema import Feature, FeatureValue, Schema
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from bundle.errors import BundleError, ScoringError
from bundle.scoring.inputs import Feeds, encoder_for
from bundle.scoring.outputs import (
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
    """A model in memory that fits the schema; several threads may use it at once."""

    def __init__(self, model: Path | bytes, schema: Schema, threads: int = 1) -> None:
        """Load an ONNX file or its bytes.

        Raises BundleError where the model is corrupt, where its inputs don't fit the schema, or where it
        doesn't answer a row with a probability.
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
        """Return the probability of the positive class for one row; an unknown category is allowed.

        Raises ScoringError where the model fails or doesn't answer with a probability.
        """
        return self.score_rows([features])[0]

    def score_rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> list[float]:
        """Return the probabilities for a few rows by one run of the model; one row costs little less.

        Raises ScoringError where the model fails, or doesn't answer a row with a probability.
        """
        answers = self._run(self._encoder.rows(rows))
        if len(answers) != len(rows):
            raise ScoringError(f"the model gives {len(answers)} answers to {len(rows)} rows")
        return [probability(float(answer)) for answer in answers]

    def score_columns(self, columns: Mapping[str, Sequence[FeatureValue]]) -> Probabilities:
        """Return the probabilities, shape (rows,), for columns of equal length; raises ScoringError."""
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
