"""The last 2,000 and the last 5,000 predictions with matured labels, measured."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contract.schema import Schema
from drift_worker.detect.quality.binary import Calibrated, calibration
from drift_worker.detect.quality.coverage import Coverage, deciles_of
from drift_worker.detect.quality.estimate import Floats
from drift_worker.detect.quality.labelled import Labelled, classes_of, labelled_rows, output_of
from drift_worker.detect.quality.measure import label_shares, measure, target_drift
from drift_worker.detect.quality.reference import QualityReference
from drift_worker.detect.quality.weights.cells import cells_of
from drift_worker.detect.quality.weights.unseen import unseen_cells, unseen_share
from drift_worker.detect.unlabelled.estimator import Estimator
from drift_worker.stretch import DecileOfScore, Length, Stretch

MOST: Final[dict[Length, int]] = {"short": 2_000, "long": 5_000}
"""Labels of a stretch at most."""

LABEL: Final = "label"
CAME: Final = "came"
"""Columns beside those of a window: the label, or null; and when it came, null where nobody sent it."""


def stretches(
    rows: pd.DataFrame, reference: QualityReference, schema: Schema, estimator: Estimator | None = None
) -> list[Stretch]:
    """Measure the short stretch and, where there are more labels than it holds, the long one.

    `rows` are predictions in the order of their times, with their output, LABEL and CAME. The estimator says
    beside each figure what it would have been estimated as without the labels.
    """
    return [
        _stretch(rows.iloc[first:], length, reference, schema, estimator) for length, first in _begins(rows)
    ]


def _begins(rows: pd.DataFrame) -> Iterator[tuple[Length, int]]:
    """The place of each stretch's first row."""
    labelled = np.flatnonzero(rows[LABEL].notna().to_numpy())
    for length, most in MOST.items():
        if length == "short" or len(labelled) > MOST["short"]:
            yield length, int(labelled[-most:][0]) if len(labelled) else len(rows)


class Weighted(NamedTuple):
    """The labelled rows of a stretch with their weights, and who has a label."""

    now: Labelled
    cells: NDArray[np.intp]
    """The cell of each prediction, labelled or not."""
    by_cell: Coverage
    deciles: NDArray[np.intp]
    by_decile: Coverage


def with_weights(rows: pd.DataFrame, reference: QualityReference, schema: Schema) -> Weighted:
    """The labelled rows, weighted by the inverse of their cell's coverage."""
    model, output = reference.model, output_of(rows, schema)
    now = labelled_rows(rows, rows[LABEL], schema, model)
    deciles = deciles_of(output, reference.edges)
    cells = cells_of(output, deciles, classes_of(rows, schema, model), now.kept)
    by_cell = Coverage.of(cells, now.kept)
    return Weighted(
        now.weighted(by_cell.weights(cells[now.kept])),
        cells,
        by_cell,
        deciles,
        Coverage.of(deciles, now.kept, len(reference.edges) + 1),
    )


def _stretch(
    rows: pd.DataFrame,
    length: Length,
    reference: QualityReference,
    schema: Schema,
    estimator: Estimator | None,
) -> Stretch:
    found = with_weights(rows, reference, schema)
    now, coverage = found.now, found.by_decile
    labels, times = len(now.truth), rows[schema.timestamp]
    p50, p95 = _delays(rows, schema)
    estimate = estimator.estimate(rows.loc[now.kept], now.every_weight) if estimator else None
    binary = reference.model.task == "binary"
    deciles = found.deciles[now.kept]
    calibrated = calibration(now.positive, now.output, now.every_weight, deciles) if binary else []
    return Stretch(
        length=length,
        labels=labels,
        rows=len(rows),
        first_time=times.iloc[0].isoformat() if len(rows) else "",
        last_time=times.iloc[-1].isoformat() if len(rows) else "",
        coverage=coverage.share or 0.0,
        delay_p50=p50,
        delay_p95=p95,
        deciles=_deciles(coverage, calibrated),
        unseen=[place + 1 for place in coverage.unseen],
        unseen_cells=unseen_cells(rows, found.cells, found.by_cell, schema),
        unseen_share=unseen_share(output_of(rows, schema), found.cells, found.by_cell, reference.model),
        rarest=int(min(now.positive.sum(), labels - now.positive.sum())) if binary else None,
        figures=measure(now, reference.figures, estimate),
        label_shares=label_shares(now, reference.labelled),
        target_drift=target_drift(now, reference.labelled),
    )


def _deciles(coverage: Coverage, calibrated: list[Calibrated]) -> list[DecileOfScore]:
    of_decile = {each.decile: each._asdict() for each in calibrated}
    counts = enumerate(zip(coverage.rows, coverage.labelled, strict=True), 1)
    return [
        DecileOfScore(**{**of_decile.get(decile, {}), "decile": decile, "rows": rows, "labels": labels})
        for decile, (rows, labels) in counts
    ]


def _delays(rows: pd.DataFrame, schema: Schema) -> tuple[float | None, float | None]:
    """Seconds within which half of the labels came, and 95 of 100."""
    sent = rows[CAME].notna()
    if not sent.any():
        return None, None
    passed: pd.Series[Any] = rows.loc[sent, CAME] - rows.loc[sent, schema.timestamp]
    seconds: Floats = passed.dt.total_seconds().to_numpy()
    p50, p95 = np.quantile(seconds, [0.5, 0.95]).tolist()
    return p50, p95
