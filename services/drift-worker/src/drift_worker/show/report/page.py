"""A window's report with our own part first: what was decided, then a plot of each column that changed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from drift_worker.detect.drift import Detection
from drift_worker.detect.evidently.html import OwnPart
from drift_worker.detect.evidently.report import About, DriftReport
from drift_worker.findings import Verdict
from drift_worker.show.report.changes import Change, changes
from drift_worker.show.report.shares import picture_of, ranges_of
from drift_worker.show.report.svg import STYLE as PLOT_STYLE
from drift_worker.show.report.svg import drawn, swatch
from drift_worker.show.shell import Top, head, name_of, text

MOST_PLOTS: Final = 20
"""Further columns are named."""

_STYLE: Final = f"""{PLOT_STYLE}
.driftline .plots {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr));
  gap: 1rem; align-items: start; }}
.driftline figure {{ margin: 0; padding: .75rem; border: 1px solid #d5dbe1; border-radius: .4rem; break-inside: avoid; }}
.driftline figcaption {{ margin-bottom: .5rem; }}
.driftline .small {{ color: #5a6570; font-size: .85rem; }}
.driftline .legend span {{ margin-right: 1.25rem; white-space: nowrap; }}
#root_report {{ overflow-x: auto; }}
"""


def drift_report(about: About, verdict: Verdict, detection: Detection) -> DriftReport | None:
    """The report of what was found and decided; None where one of the sides has no row."""
    top = Top(about.name, verdict.decision, verdict.severity, verdict.reasons, about.facts, about.links)
    report = detection.report(replace(about, name=top.title), verdict.drift_share_threshold)
    if report is None:
        return None
    body = f'<div class="driftline">{top.html()}{_plots(detection)}<h2>Evidently\'s tables</h2></div>'
    return replace(report, own=OwnPart(head(top.title, _STYLE), body))


def _plots(detection: Detection) -> str:
    found = changes(detection.findings)
    if not found:
        return "<section><h2>What changed</h2><p>No column drifted, and none is broken.</p></section>"
    rest = [each.column for each in found[MOST_PLOTS:]]
    more = f"<p>Without a plot: {', '.join(map(name_of, rest))}</p>" if rest else ""
    rows = [f"{len(frame):,} rows" for frame in (detection.before, detection.now)]
    return (
        f"<section><h2>What changed</h2>"
        f'<p class="legend"><span>{swatch("before")} reference, {rows[0]}</span> '
        f"<span>{swatch('now')} current, {rows[1]}</span></p>"
        f'<div class="plots">{"".join(_plot(detection, each) for each in found[:MOST_PLOTS])}</div>{more}</section>'
    )


def _plot(detection: Detection, change: Change) -> str:
    return (
        f"<figure><h3>{name_of(change.column)}</h3>"
        f"<figcaption>{_lines(change.sentences)}</figcaption>{_drawn(detection, change.column)}</figure>"
    )


def _drawn(detection: Detection, column: str) -> str:
    try:
        before, now = detection.counts(column)
        picture, ranges = picture_of(before, now), ranges_of(before, now)
    except (ArithmeticError, ValueError) as error:
        # No picture is worth a window that can't be evaluated.
        return _lines([f"It cannot be drawn: {error}"])
    small = f'<div class="small">{text(ranges)}</div>' if ranges else ""
    return f"{drawn(picture, f'{column}: shares of the rows, reference against current')}{small}"


def _lines(sentences: Sequence[str]) -> str:
    return "".join(f"<div>{name_of(each)}</div>" for each in sentences)
