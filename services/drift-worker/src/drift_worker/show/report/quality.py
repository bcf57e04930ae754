"""The report of a quality evaluation: our summary first, then Evidently's preset over the labelled rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import pandas as pd

from contract.keys import Partition
from drift_worker.detect.evidently.html import OwnPart
from drift_worker.detect.evidently.preset import LABEL, PREDICTION, SCORE, preset_snapshot
from drift_worker.detect.evidently.report import About, DriftReport
from drift_worker.detect.quality.labelled import Labelled
from drift_worker.estimates import BESIDE_LABELS, CAVEAT
from drift_worker.record.files import JSON
from drift_worker.show.report.about import REPORTS, to_the_second
from drift_worker.show.report.calibration import STYLE as PLOT_STYLE
from drift_worker.show.report.calibration import calibration_plot
from drift_worker.show.top import Top
from drift_worker.stretch import LabelShare, QualityFigure, QualityVerdict, Stretch
from pages import head, name_of, text

_STYLE: Final = f"""{PLOT_STYLE}
.driftline table {{ border-collapse: collapse; display: block; overflow-x: auto; }}
.driftline td, .driftline th {{ padding: .25rem 1rem .25rem 0; text-align: right;
  border-bottom: 1px solid #d5dbe1; }}
.driftline td:first-child, .driftline th:first-child {{ text-align: left; }}
.driftline section h3 {{ margin-top: 1rem; }}
.driftline .small {{ color: #5a6570; font-size: .85rem; }}
#root_report {{ overflow-x: auto; }}
"""

METRICS: Final[dict[str, str]] = {
    "auc": "AUC",
    "log_loss": "log-loss",
    "brier": "Brier score",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "positive_rate": "rate of positive predictions",
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "bias": "mean error (prediction minus label)",
    "r2": "R²",
}
"""What people call the figures."""

LENGTHS: Final = {"short": "The short stretch of labels", "long": "The long stretch of labels"}


def quality_report(
    about: About,
    verdict: QualityVerdict,
    stretches: Sequence[Stretch],
    now: Labelled,
    reference: Labelled | None,
) -> DriftReport:
    """The report of what was measured and decided; `now` are the labelled rows of all stretches."""
    top = Top(about.name, verdict.decision, verdict.severity, verdict.reasons, about.facts, about.links)
    positive = now.model.classes[1] if now.model.task == "binary" else None
    before = None if reference is None or not len(reference.truth) else _preset_rows(reference)
    snapshot = preset_snapshot(_preset_rows(now), before, now.model.task, positive, about)
    failed = snapshot.metadata.get("preset")
    note = (
        "Evidently counts each labelled row alike, while the figures above weigh it by how few of "
        "those like it have a label."
        if failed is None
        else f"They can't be computed of these rows: {failed}"
    )
    measured = "".join(_section(each) for each in stretches)
    body = (
        f'<div class="driftline">{top.html()}{measured}<h2>Evidently\'s figures</h2>'
        f'<p class="small">{text(note)}</p></div>'
    )
    return DriftReport(snapshot, OwnPart(head(top.title, _STYLE), body))


def about_quality(quality_id: str, number: int, partition: Partition, widest: Stretch) -> About:
    """What the report of a quality evaluation says of itself; `widest` is its longest stretch."""
    first, last = (datetime.fromisoformat(each) for each in (widest.first_time, widest.last_time))
    model, version = partition.model, partition.version
    return About(
        name=f"{model} quality {number}",
        timestamp=last,
        metadata={
            "quality_id": quality_id,
            "model": model,
            "model_version": version,
            "labels": str(widest.labels),
            "rows": str(widest.rows),
            "first_time": widest.first_time,
            "last_time": widest.last_time,
        },
        facts=(
            ("Model", model),
            ("Version", version),
            ("Evaluation", quality_id),
            ("Labels", f"{widest.labels:,}"),
            ("Predictions", f"{widest.rows:,}, {widest.coverage:.1%} with a label"),
            ("First prediction", to_the_second(first)),
            ("Last prediction", to_the_second(last)),
        ),
        links=(("All reports", REPORTS), ("This report as JSON", f"{REPORTS}{quality_id}/{JSON}")),
    )


def _preset_rows(rows: Labelled) -> pd.DataFrame:
    """The rows as the preset reads them: classes by their names."""
    model = rows.model
    if model.task == "regression":
        return pd.DataFrame({LABEL: rows.truth, PREDICTION: rows.output})
    names = pd.Series(model.classes, dtype=object)
    if model.task == "binary":
        called = (rows.output >= model.threshold).astype(int)
        labels, predictions = names.loc[rows.truth].to_numpy(), names.loc[called].to_numpy()
        return pd.DataFrame({LABEL: labels, PREDICTION: predictions, SCORE: rows.output})
    predicted = () if rows.predicted is None else rows.predicted
    return pd.DataFrame(
        {LABEL: names.loc[rows.truth].to_numpy(), PREDICTION: names.loc[list(predicted)].to_numpy()}
    )


def _section(stretch: Stretch) -> str:
    figures = "".join(_figure(each) for each in stretch.figures)
    shares = "".join(_share(each) for each in stretch.label_shares)
    drift = "" if stretch.target_drift is None else f"<p>Target drift: {stretch.target_drift:.3f}</p>"
    heading = "<th>now<th>95 %<th>reference<th>95 %<th>standard errors worse<th>estimate<th>its error"
    estimated = any(each.estimate is not None for each in stretch.figures)
    caveat = f'<p class="small">{text(f"{BESIDE_LABELS} {CAVEAT}")}</p>' if estimated else ""
    return (
        f"<section><h2>{LENGTHS[stretch.length]}</h2><p>{text(stretch.sentence)}</p>"
        f"<table><tr><th>figure{heading}</tr>{figures}</table>{caveat}"
        f"<h3>What became true</h3><table><tr><th>label<th>now<th>95 %<th>reference</tr>{shares}</table>"
        f"{drift}"
        f"<h3>By decile of the reference's output</h3>{_deciles(stretch)}</section>"
    )


def _figure(figure: QualityFigure) -> str:
    z = "" if figure.z is None else f"{figure.z:.1f}"
    reference = "no reference" if figure.reference is None else _number(figure.reference)
    return (
        f"<tr><td>{METRICS[figure.metric]}<td>{_number(figure.value)}<td>{_interval(figure.low, figure.high)}"
        f"<td>{reference}<td>{_interval(figure.reference_low, figure.reference_high)}<td>{z}"
        f"<td>{_number(figure.estimate)}<td>{_number(figure.estimate_error)}</tr>"
    )


def _share(share: LabelShare) -> str:
    reference = "no reference" if share.reference is None else _number(share.reference)
    return (
        f"<tr><td>{name_of(share.label)}<td>{_number(share.value)}<td>{_interval(share.low, share.high)}"
        f"<td>{reference}</tr>"
    )


def _deciles(stretch: Stretch) -> str:
    rows = "".join(
        f"<tr><td>{each.decile}<td>{each.rows:,}<td>{each.labels:,}<td>{_number(each.expected)}"
        f"<td>{_number(each.observed)}<td>{_interval(each.low, each.high)}</tr>"
        for each in stretch.deciles
    )
    heading = "<th>predictions<th>labels<th>expected<th>observed<th>95 %"
    return f"{calibration_plot(stretch.deciles)}<table><tr><th>decile{heading}</tr>{rows}</table>"


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.4f}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.4f} to {high:.4f}"
