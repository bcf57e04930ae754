"""The line that calls Evidently: the drift of one column, computed once."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from evidently.legacy.calculations.data_drift import (
    ColumnDataDriftMetrics,
    get_one_column_drift,
)
from evidently.legacy.core import ColumnType
from evidently.legacy.metric_results import (
    DatasetColumns,
    DatasetUtilityColumns,
)
from evidently.legacy.options.data_drift import DataDriftOptions

from baseline.counts import LARGEST
from contract.schema import Method
from contract.task import Kind
from drift_worker.detect.evidently.frames import Series, data_definition


@dataclass(frozen=True, slots=True)
class Incomparable:
    """A column that cannot be compared, why, and whether that itself is a change."""

    reason: str
    changed: bool


Drift: TypeAlias = ColumnDataDriftMetrics
"""Evidently's own result for a column: method, score, threshold, verdict, distributions."""


class Fixed(NamedTuple):
    """By what a column is measured: the method, and the score that the report shows as its threshold."""

    method: Method
    threshold: float | None


EVIDENTLYS_CHOICE: Final[Mapping[str, Fixed]] = MappingProxyType({})


def measure_columns(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    kinds: Mapping[str, Kind],
    fixed: Mapping[str, Fixed] = EVIDENTLYS_CHOICE,
) -> dict[str, Drift | Incomparable]:
    """The drift of each column of `kinds`; both frames are as `comparable` gives them.

    A column that is not `fixed` has the method and the threshold that Evidently chooses for it.
    """
    definition = data_definition(kinds)
    return {
        column: measure(
            reference[column], current[column], definition.get_column_type(column), fixed.get(column)
        )
        for column in kinds
    }


def measure(
    reference: Series, current: Series, kind: ColumnType, fixed: Fixed | None = None
) -> Drift | Incomparable:
    """The drift of a column.

    One call replaces the three of Evidently's preset, which computes each column for its count, its metric
    and its table.
    """
    empty_reference, empty_current = not reference.notna().any(), not current.notna().any()
    if empty_reference or empty_current:
        return Incomparable(_emptiness(empty_reference, empty_current), empty_reference != empty_current)
    if kind == ColumnType.Numerical and max(reference.abs().max(), current.abs().max()) > LARGEST:
        return _incomparable(reference, current, f"it has values beyond {LARGEST:g}")
    try:
        with warnings.catch_warnings():
            # NumPy and SciPy say here that a result is not finite, which is looked at below, or that
            # a p-value is the asymptotic one.
            warnings.simplefilter("ignore", RuntimeWarning)
            drift = _column_drift(reference, current, kind, fixed)
    except (ArithmeticError, ValueError) as error:
        # Evidently has no error of its own for values that its histograms cannot hold.
        return _incomparable(reference, current, str(error))
    if drift.drift_score is not None and not np.isfinite(drift.drift_score):
        return _incomparable(reference, current, f"{drift.stattest_name} gave no finite score")
    return drift


def _incomparable(reference: Series, current: Series, reason: str) -> Incomparable:
    changed = not np.array_equal(np.unique(reference.dropna()), np.unique(current.dropna()))
    return Incomparable(f"Evidently cannot compute its drift: {reason}", changed)


def _emptiness(reference: bool, current: bool) -> str:
    if reference and current:
        return "every value is missing, in the reference too"
    return f"every value is missing in the {'reference' if reference else 'current data'}"


def _column_drift(reference: Series, current: Series, kind: ColumnType, fixed: Fixed | None) -> Drift:
    name = str(reference.name)
    method, threshold = fixed or (None, None)
    return get_one_column_drift(
        current_data=current.to_frame(),
        reference_data=reference.to_frame(),
        column_name=name,
        column_type=kind,
        options=DataDriftOptions(all_features_stattest=method, all_features_threshold=threshold),
        dataset_columns=dataset_columns({name: kind}),
        agg_data=True,
    )


def dataset_columns(kinds: dict[str, ColumnType]) -> DatasetColumns:
    """Evidently's description of the columns that one result is about."""
    nothing: dict[str, Any] = dict.fromkeys(("date", "id", "target", "prediction"))
    return DatasetColumns(
        utility_columns=DatasetUtilityColumns(**nothing),
        target_type=None,
        task=None,
        num_feature_names=[name for name, kind in kinds.items() if kind == ColumnType.Numerical],
        cat_feature_names=[name for name, kind in kinds.items() if kind == ColumnType.Categorical],
        text_feature_names=[],
        datetime_feature_names=[],
        target_names=None,
    )
