"""The rows of a window while they are read, column by column."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contract.schema import Schema
from contract.stream.decode import LoggedPredictions
from contract.task import Kind
from dataset import output_columns

MAX_LINKS: Final = 128
"""Traces of requests to which an evaluation's span links: the OpenTelemetry default limit of links."""

_DTYPES: Final[dict[Kind, str]] = {"numerical": "float64", "boolean": "boolean", "categorical": "object"}


class WindowColumns:
    """A row per record."""

    def __init__(self, schema: Schema) -> None:
        self.traceparents: list[str] = []
        self._entity = schema.entity
        self._features = {feature.name: _Column(_DTYPES[feature.kind]) for feature in schema.features}
        self._prediction_ids = _Column("object")
        self._timestamps = _Column("int64")
        self._entities = _Column("object")
        self._looked_up: list[str | None] = []
        self._schema = schema
        self._scores = _Column("float64")

    def append(self, predictions: LoggedPredictions) -> None:
        """Add records."""
        self._prediction_ids.append(predictions.prediction_ids)
        for name, column in self._features.items():
            column.append([features[name] for features in predictions.features])
        self._timestamps.append(predictions.timestamps_ms)
        self._entities.append(predictions.entities)
        self._scores.append(predictions.scores)
        self._looked_up += [each.to_json().decode() if each else None for each in predictions.looked_up]
        if len(self.traceparents) < MAX_LINKS:
            self.traceparents += [each for each in predictions.traceparents if each and _sampled(each)]

    def frame(self) -> pd.DataFrame:
        """The table: prediction_id, timestamp, entity, the features, the model's output.

        With several classes it has their probabilities too, as lists in the order of the classes; where
        features were looked up, what the records say of that, as JSON.
        """
        scores = self._scores.array()
        if scores.ndim > 1:
            output = {
                **output_columns(self._schema, scores),
                self._schema.beside("probabilities"): list(scores),
            }
        else:
            output = dict.fromkeys(self._schema.outputs, scores)
        return pd.DataFrame(
            {
                self._schema.prediction_id: self._prediction_ids.series(),
                self._schema.timestamp: pd.to_datetime(self._timestamps.series(), unit="ms", utc=True),
                self._entity: self._entities.series(),
                **{name: column.series() for name, column in self._features.items()},
                **output,
                **({self._schema.looked_up: self._looked_up} if any(self._looked_up) else {}),
            }
        )


class _Column:
    """Values of one column; those of each batch become an array at once, so that their objects can go."""

    def __init__(self, dtype: str) -> None:
        self._dtype = dtype
        self._stored = np.dtype(object if dtype == "boolean" else dtype)
        self._parts: list[NDArray[Any]] = [np.empty(0, self._stored)]

    def append(self, values: Sequence[Any]) -> None:
        """Add values; None is missing."""
        self._parts.append(np.array(values, self._stored))

    def array(self) -> NDArray[Any]:
        """All values as an array; of vectors, shape (rows, length)."""
        filled = [part for part in self._parts if part.size]
        return np.concatenate(filled or self._parts[:1])

    def series(self) -> "pd.Series[Any]":
        """All values."""
        return pd.Series(np.concatenate(self._parts), dtype=self._dtype)


def _sampled(traceparent: str) -> bool:
    """Whether the trace was kept: a link to any other leads nowhere."""
    return traceparent[-1] in "13579bdf"
