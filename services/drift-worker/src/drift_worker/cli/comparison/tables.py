"""A comparison as tables for a terminal: its columns, and the model's quality on both sides."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from drift_worker.cli.tables import print_table
from drift_worker.estimates import EstimatedFigure, QualityEstimate
from drift_worker.findings import deviations
from drift_worker.stretch import QualityFigure

if TYPE_CHECKING:  # imports Evidently, which takes seconds
    from drift_worker.evaluate.compare import Comparison
    from drift_worker.findings import Finding


def print_comparison(comparison: "Comparison") -> None:
    """Print a row for each column, what was found in sentences, and of a model its quality."""
    table = Table(box=None)
    table.add_column("column", no_wrap=True, overflow="fold")
    for heading in ("method", "score", "threshold", "size", "p-value", "drifted"):
        table.add_column(heading)
    drifts = [each for each in comparison.findings if each.kind in ("feature_drift", "prediction_drift")]
    for finding in drifts:
        table.add_row(
            finding.column if finding.kind != "prediction_drift" else f"{finding.column} (model's output)",
            finding.method,
            _figure(finding.score, ".4f"),
            _figure(finding.threshold, ".3g"),
            "n/a" if finding.size is None else deviations(finding.size),
            "<1e-300" if finding.p_value == 0.0 else _figure(finding.p_value, ".1g"),
            _verdict(finding),
        )
    print_table(table)
    for finding in comparison.findings:
        if finding.detail and (finding.drifted or finding.kind == "prediction_drift"):
            print(finding.detail)
    if comparison.estimate is not None:
        _print_quality(
            comparison.quality, comparison.caveats if comparison.quality else (), comparison.estimate
        )


def _verdict(finding: "Finding") -> Text | str:
    if not finding.drifted:
        return "no"
    return Text("beyond chance" if finding.beyond_chance else "yes", "bold red")


def _figure(figure: float | None, form: str = ".4f") -> str:
    return "n/a" if figure is None else f"{figure:{form}}"


def _print_quality(
    measured: Sequence[QualityFigure], caveats: Sequence[str], estimate: QualityEstimate
) -> None:
    """Print a row for each figure that was measured or estimated, then what has to be said beside them."""
    by_metric = {each.metric: each for each in measured}
    estimated: dict[str, EstimatedFigure] = {each.metric: each for each in estimate.figures}
    table = Table(box=None)
    for heading in (
        "quality",
        "reference",
        "95 %",
        "current",
        "95 % ",
        "estimate without labels",
        "its error",
    ):
        table.add_column(heading, no_wrap=True)
    for metric in dict.fromkeys([*by_metric, *estimated]):
        figure, guess = by_metric.get(metric, QualityFigure(metric=metric, value=None)), estimated.get(metric)
        table.add_row(
            metric,
            _figure(figure.reference),
            _interval(figure.reference_low, figure.reference_high),
            _figure(figure.value),
            _interval(figure.low, figure.high),
            f"{guess.value:.4f} ± {guess.standard_error:.4f}" if guess else "n/a",
            _figure(figure.estimate_error, "+.4f"),
        )
    if table.row_count:
        print_table(table)
    for caveat in caveats:
        print(caveat)
    print(f"no estimate: {estimate.missing}" if estimate.missing else estimate.caveat)


def _interval(low: float | None, high: float | None) -> str:
    return "n/a" if low is None or high is None else f"{low:.4f} to {high:.4f}"
