"""The list of reports as a page, readable on a phone; its filter is a form that needs no script."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final, get_args

from drift_worker.findings import Decision
from drift_worker.record.files import window_ids
from drift_worker.record.quality.files import quality_ids
from drift_worker.record.trials import trial_pages
from drift_worker.show.listing.entries import Entry, Evaluations, Listed, Wanted, newest_report
from pages import moment, name_of, page, text

LISTED: Final = 200
"""How many windows the page shows at most."""

QUALITY_LISTED: Final = 20
"""The same of quality evaluations."""

DECISIONS: Final = (*get_args(Decision), "expired", "failed")
"""What one may filter by: decisions, and what became of windows that have none."""

_WINDOW: Final = ("Newest record", "Decision", "Why", "Drifted or broken", "Drift share", "Rows", "Model")
_QUALITY: Final = ("Newest prediction", "Decision", "Why", "Now", "Reference", "Labels", "Model")

_STYLE: Final = resources.files("drift_worker.show.listing").joinpath("style.css").read_text(encoding="utf-8")


def reports_page(folder: Path, wanted: Wanted | None = None) -> str:
    """The newest quality evaluations and windows of REPORTS_DIR that are wanted, with their decisions."""
    wanted, evaluations, now = wanted or Wanted(), Evaluations(folder), datetime.now(UTC)
    trials = _trials(folder)
    if not evaluations.versions:
        return _page(
            "No window has a report yet.", f"<p>Reports appear here as windows are evaluated.</p>{trials}"
        )
    quality = evaluations.quality(wanted, QUALITY_LISTED)
    return _page(
        "Reports",
        f'<nav>{_newest(folder)}<a href="../">Evidently UI</a></nav>'
        f"{trials}{_form(evaluations, wanted)}"
        f"{_section('Quality by labels', quality, _QUALITY, now) if quality.entries else ''}"
        f"{_section('Windows', evaluations.windows(wanted, LISTED), _WINDOW, now)}",
    )


def message_page(title: str, detail: str) -> str:
    """A page that says one thing, one step below the list of reports."""
    return _page(title, f'<p>{text(detail)}</p><p><a href="../">All reports</a></p>')


def no_evidently_page(reports: str) -> str:
    """The page instead of Evidently's, below a prefix; `reports` is where the list of reports is."""
    title = "Evidently's own pages can't be shown below a path"
    detail = "Give drift-worker ui a host name of its own to see them. The reports are all here."
    return _page(title, f'<p>{text(detail)}</p><p><a href="{text(reports)}">All reports</a></p>')


def _newest(folder: Path) -> str:
    """Links to the newest reports that there are."""
    window = '<a href="latest/">The newest report</a>'
    quality = '<a href="latest-quality/">The newest report of quality</a>'
    found = {window: window_ids(folder), quality: quality_ids(folder)}
    return "".join(link for link, ids in found.items() if newest_report(folder, ids))


def _trials(folder: Path) -> str:
    """Links to what a trial found that monitoring can see, for each model version that was tried."""
    links = ", ".join(
        f'<a href="trials/{text(path.name)}">{text(path.stem)}</a>' for path in trial_pages(folder)
    )
    return f"<p>What monitoring can see, by <code>drift-worker trial</code>: {links}</p>" if links else ""


def _form(evaluations: Evaluations, wanted: Wanted) -> str:
    """The filter, by what there is to choose from."""
    versions = evaluations.versions
    selects = (
        _select("model", "Model", sorted({each.model for each in versions}), wanted.model),
        _select("version", "Version", sorted({each.version for each in versions}), wanted.version),
        _select("decision", "Decision", DECISIONS, wanted.decision),
    )
    clear = "" if wanted == Wanted() else '<a href="./">Show all</a>'
    return f"<form>{''.join(selects)}<button>Filter</button>{clear}</form>"


def _select(name: str, title: str, values: Iterable[str], chosen: str) -> str:
    options = "".join(_option(each, is_chosen=each == chosen) for each in ("", *values))
    return f'<label>{title}<select name="{name}">{options}</select></label>'


def _option(value: str, *, is_chosen: bool) -> str:
    return f'<option value="{text(value)}"{" selected" if is_chosen else ""}>{text(value or "all")}</option>'


def _section(title: str, listed: Listed, headings: Sequence[str], now: datetime) -> str:
    if not listed.entries:
        return f"<h2>{title}</h2><p>There is none.</p>"
    rows = "".join(_row(each, headings, now) for each in listed.entries)
    head = "".join(f'<th scope="col" role="columnheader">{each}</th>' for each in headings)
    older = f"<p>{listed.older:,} older ones were not looked at.</p>" if listed.older else ""
    return (
        f'<h2>{title}</h2><table role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>{older}'
    )


def _row(entry: Entry, headings: Sequence[str], now: datetime) -> str:
    when = "unknown" if entry.time is None else moment(entry.time, now)
    link = f'<a href="{text(entry.id)}/">{when}</a>' if entry.has_report else f"{when}, report pruned"
    link += f'<br><span class="small">{text(entry.id)}</span>'
    model = f"{text(entry.partition.model)} {text(entry.partition.version)}"
    decision = f'<span class="state {entry.decision}">{entry.decision.replace("_", " ")}</span>'
    if entry.time is None:
        cells: Sequence[str] = (link, "", text(entry.reason), *("" for _ in headings[3:-1]), model)
    else:
        concerns = () if headings is _QUALITY else (", ".join(map(name_of, entry.concerns)) or "none",)
        figures = map(text, entry.figures)
        cells = (link, decision, name_of(entry.reason), *concerns, *figures, f"{entry.rows:,}", model)
    told = (
        f'<td role="cell" data-is="{heading}"><div>{cell}</div></td>'
        for heading, cell in zip(headings, cells, strict=True)
        if cell or entry.time is not None
    )
    return f'<tr role="row">{"".join(told)}</tr>'


def _page(title: str, body: str) -> str:
    return page(title, f"<h1>{text(title)}</h1>{body}", _STYLE)
