"""The metrics that the project declares, read from the tables of docs/telemetry.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from tests.support.paths import ROOT

DOCUMENT = ROOT / "docs" / "telemetry.md"

Kind = Literal["counter", "gauge", "histogram", "recorded"]
OF_A_REFERENCE = (10.0, 20.0, 30.0)
"""Boundaries that come from a model's reference, as an example."""

OTHER_TASKS = frozenset({"prediction_value"})
"""What only a model of another task than the example's publishes."""

IF_SET_UP = ("predict_shadow_", "feature_lookup")
"""What the names of metrics begin with that only a service with a shadow, or with look-ups, publishes."""

SCRAPED = frozenset({"job", "instance"})
"""Labels that every series has, whoever it comes from."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One declared metric; `instrument` and `unit` are OpenTelemetry's, empty where it is not ours."""

    name: str
    kind: Kind
    labels: frozenset[str]
    instrument: str
    unit: str
    by: frozenset[str]
    says: str

    @property
    def series(self) -> dict[str, frozenset[str]]:
        """The names that a query can ask for, each with its labels."""
        if self.kind == "recorded":
            return {self.name: self.labels}
        labels = self.labels | SCRAPED
        if self.kind == "histogram":
            return {
                f"{self.name}_bucket": labels | {"le"},
                f"{self.name}_sum": labels,
                f"{self.name}_count": labels,
            }
        return {self.name: labels}


@cache
def declared() -> dict[str, Metric]:
    """Every declared metric by its Prometheus name."""
    metrics = [_metric(row) for row in _rows("Prometheus name")]
    assert len({metric.name for metric in metrics}) == len(metrics), "a metric is declared twice"
    return {metric.name: metric for metric in metrics}


@cache
def declared_series() -> dict[str, frozenset[str]]:
    """Every name that a query can ask for, with its labels."""
    return {name: labels for metric in declared().values() for name, labels in metric.series.items()}


@cache
def label_values() -> dict[tuple[str, str], frozenset[str]]:
    """All values of a label, where the set is fixed, by the name of the series and of the label."""
    return {
        (series, row["label"]): _items(row["values"])
        for row in _rows("metric")
        for series in declared()[row["metric"]].series
    }


@cache
def bucket_boundaries() -> dict[str, tuple[float, ...]]:
    """The upper bounds of each histogram's buckets, without the infinite one."""
    return {
        name: tuple(map(float, row["boundaries"].split(","))) if "," in row["boundaries"] else OF_A_REFERENCE
        for row in _rows("histogram")
        for name in _items(row["histogram"])
    }


def _metric(row: dict[str, str]) -> Metric:
    instrument, _, unit = row.get("instrument (unit)", "").partition(" (")
    return Metric(
        name=row["Prometheus name"],
        kind=cast("Kind", row["kind"]),
        labels=_items(row["labels"]),
        instrument=instrument,
        unit=unit.removesuffix(")"),
        by=_items(row["by"]),
        says=row["what it says"],
    )


def _items(cell: str) -> frozenset[str]:
    return frozenset(item.strip() for item in cell.split(",") if item.strip())


def _rows(first_column: str) -> Iterator[dict[str, str]]:
    """The rows of every table whose first column has that name."""
    header: list[str] = []
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            header = []
        elif not header:
            header = cells
        elif header[0] == first_column and set(cells[0]) != {"-"}:
            yield dict(zip(header, cells, strict=True))
