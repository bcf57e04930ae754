"""Reference and current as Evidently compares them: one explicit type per column, nothing inferred."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from evidently import DataDefinition

from contract.schema import Schema
from contract.task import Kind
from drift_worker.detect.evidently.errors import FrameError

Series: TypeAlias = "pd.Series[Any]"
Codes: TypeAlias = npt.NDArray[np.intp]


class Category(str):
    """A category whose hash is the same in every process.

    Evidently sums over a set of the categories; with the hash of str, the last bits of a score would
    depend on PYTHONHASHSEED.
    """

    __slots__ = ()

    def __hash__(self) -> int:
        return zlib.crc32(self.encode(errors="surrogatepass"))


def columns_of(schema: Schema, outputs: Mapping[str, Kind]) -> dict[str, Kind]:
    """The columns to compare and their kinds: the features in the schema's order, then the model's output.

    Features that the schema says to ignore are left out.
    """
    kinds: dict[str, Kind] = {feature.name: feature.kind for feature in schema.watched}
    return kinds | dict(outputs)


def data_definition(kinds: Mapping[str, Kind]) -> DataDefinition:
    """Evidently's definition of the columns; an omitted list would make it infer types and drop columns."""
    return DataDefinition(
        numerical_columns=[name for name, kind in kinds.items() if kind == "numerical"],
        categorical_columns=[name for name, kind in kinds.items() if kind != "numerical"],
        text_columns=[],
        datetime_columns=[],
        unknown_columns=[],
        list_columns=[],
    )


def comparable(
    reference: pd.DataFrame, current: pd.DataFrame, kinds: Mapping[str, Kind]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both frames with the columns of `kinds` only, in float64 or in the categories of either frame.

    Raises FrameError where a column is missing or holds values that are not of its kind.
    """
    pairs = {
        name: _pair(_column(reference, name, "reference"), _column(current, name, "current"), kind)
        for name, kind in kinds.items()
    }
    return (
        pd.DataFrame({name: pair[0] for name, pair in pairs.items()}),
        pd.DataFrame({name: pair[1] for name, pair in pairs.items()}),
    )


def _column(frame: pd.DataFrame, name: str, side: str) -> Series:
    if name not in frame.columns:
        raise FrameError(f"the {side} data have no column {name!r}; every feature needs one")
    return frame[name].reset_index(drop=True)


def _pair(reference: Series, current: Series, kind: Kind) -> tuple[Series, Series]:
    if kind == "numerical":
        return _numbers(reference), _numbers(current)
    factors = [_factors(column, kind) for column in (reference, current)]
    labels = sorted({label for _, distinct in factors for label in distinct})
    before, now = (_coded(codes, distinct, labels) for codes, distinct in factors)
    return before, now


def _numbers(column: Series) -> Series:
    try:
        numbers = pd.to_numeric(column).astype("float64")
    except (TypeError, ValueError) as error:
        raise FrameError(f"column {column.name!r} is numerical, but {error}") from error
    return numbers.replace([np.inf, -np.inf], np.nan)


def _factors(column: Series, kind: Kind) -> tuple[Codes, list[bool] | list[Category]]:
    """A column as positions in its distinct values; a missing value has the position -1."""
    codes, distinct = pd.factorize(column)
    if kind == "categorical":
        return codes, [Category(value) for value in distinct]
    if not all(value in (True, False) for value in distinct):
        raise FrameError(f"column {column.name!r} is boolean, but holds other values than true and false")
    return codes, [bool(value) for value in distinct]


def _coded(codes: Codes, distinct: Sequence[Any], labels: Sequence[Any]) -> Series:
    place = {label: index for index, label in enumerate(labels)}
    places = np.array([*(place[value] for value in distinct), -1])
    return pd.Series(pd.Categorical.from_codes(places[codes].tolist(), categories=pd.Index(labels)))
