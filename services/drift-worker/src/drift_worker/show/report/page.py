"""A window's report with our own part first: what was decided, then a plot of each column that changed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from drift_worker.detect.drift import Detection
from drift_worker.detect.evidently.html import OwnPart
from drift_worker.detect.evidently.report import About, DriftReport
from drift_worker.estimates import QualityEstimate
from drift_worker.findings import Verdict
from drift_worker.show.report.changes import Change, changes
from drift_worker.show.report.quality import METRICS
from drift_worker.show.report.relation import picture_of_relation
from drift_worker.show.report.shares import picture_of, ranges_of
from drift_worker.show.report.svg import STYLE as PLOT_STYLE
from drift_worker.show.report.svg import drawn, swatch
from drift_worker.show.top import Top
from pages import head, name_of, text

MOST_PLOTS: Final = 20
"""Further columns are named."""

_STYLE: Final = f"""{PLOT_STYLE}
.driftline .plots {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr));
  gap: 1rem; align-items: start; }}
.driftline figure {{ margin: 0; padding: .75rem; border: 1px solid #d5dbe1; border-radius: .4rem;
  break-inside: avoid; }}
.driftline figcaption {{ margin-bottom: .75rem; }}
.driftline figure p {{ margin: .25rem 0 0; }}
.driftline .small {{ color: #5a6570; font-size: .85rem; }}
.driftline .legend span {{ margin-right: 1.25rem; white-space: nowrap; }}
#root_report {{ overflow-x: auto; }}
"""


def drift_report(
    about: About, verdict: Verdict, detection: Detection, estimate: QualityEstimate | None = None
) -> DriftReport | None:
    """The report of what was found, decided and estimated; None where one of the sides has no row."""
    facts = (*about.facts, *_harm(verdict, detection))
    top = Top(about.name, verdict.decision, verdict.severity, verdict.reasons, facts, about.links)
    report = detection.report(replace(about, name=top.title), verdict.drift_share_threshold)
    if report is None:
        return None
    own = f"{top.html()}{_estimated(estimate)}{_plots(detection)}<h2>Evidently's tables</h2>"
    body = f'<div class="driftline">{own}</div>'
    return replace(report, own=OwnPart(head(top.title, _STYLE), body))


def _estimated(estimate: QualityEstimate | None) -> str:
    """The estimate of the model's quality with what it can't see; without a model, nothing."""
    if estimate is None:
        return ""
    title = "<h2>Estimate of the model's quality, without labels</h2>"
    if estimate.missing is not None:
        return f"<section>{title}<p>There is none: {text(estimate.missing)}.</p></section>"
    figures = "".join(
        f"<div><dt>Estimated {METRICS[each.metric]}</dt><dd>{text(each.sentence)}</dd></div>"
        for each in estimate.figures
    )
    return f'<section>{title}<dl>{figures}</dl><p class="small">{text(estimate.caveat)}</p></section>'


def _harm(verdict: Verdict, detection: Detection) -> Iterator[tuple[str, str]]:
    """What an action may do to the model: what its severity is made of."""
    if verdict.severity is None:
        return
    if verdict.importance is not None:
        yield "Importance of what changed", f"{verdict.importance:.0%} of that of all features"
    moved = [
        each.size for each in detection.findings if each.kind == "prediction_drift" and each.size is not None
    ]
    if moved:
        yield "The model's output moved by", f"{max(moved):.2f} standard deviations"
    if verdict.worse_by_labels:
        yield "By its labels", "the model is worse than it was"


def _plots(detection: Detection) -> str:
    found = changes(detection.findings)
    if not found:
        return "<section><h2>What changed</h2><p>No column drifted, and none is broken.</p></section>"
    rows = [f"{len(frame):,} rows" for frame in (detection.before, detection.now)]
    plots = "".join(_plot(detection, each) for each in found[:MOST_PLOTS])
    rest = [name_of(each.name) for each in found[MOST_PLOTS:]]
    more = f"<p>Changed too, without a plot: {', '.join(rest)}</p>" if rest else ""
    return (
        f"<section><h2>What changed</h2>"
        f'<p class="legend"><span>{swatch("before")} reference, {rows[0]}</span> '
        f"<span>{swatch('now')} current, {rows[1]}</span></p>"
        f'<div class="plots">{plots}</div>{more}</section>'
    )


def _plot(detection: Detection, change: Change) -> str:
    sentences = "".join(f"<p>{name_of(each)}</p>" for each in change.sentences)
    try:
        drawing = _drawing(detection, *change.columns)
    except (ArithmeticError, TypeError, ValueError) as error:
        # No picture is worth a window that can't be evaluated.
        drawing = f'<p class="small">It cannot be drawn: {text(str(error))}</p>'
    return f"<figure><h3>{name_of(change.name)}</h3><figcaption>{sentences}</figcaption>{drawing}</figure>"


def _drawing(detection: Detection, column: str, other: str | None = None) -> str:
    if other is not None:
        return _relation(detection, [column, other])
    before, now = detection.counts(column)
    drawing = drawn(picture_of(before, now), f"{column}: shares of the rows, reference and current")
    ranges = ranges_of(before, now)
    return f'{drawing}<p class="small">{text(ranges)}</p>' if ranges else drawing


def _relation(detection: Detection, columns: list[str]) -> str:
    kinds = {name: detection.kinds[name] for name in columns}
    picture = picture_of_relation(detection.before[columns], detection.now[columns], kinds)
    explained = f"Average rank of {columns[1]}: 0 % is the lowest, 100 % the highest"
    return f'{drawn(picture, explained, whole=True)}<p class="small">{text(explained)}</p>'
