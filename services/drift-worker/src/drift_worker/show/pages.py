"""The list of reports as a page."""

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import EVALUATION, HTML, window_ids
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.files import quality_ids
from drift_worker.record.trials import trial_pages
from drift_worker.show.shell import page, text

LISTED: Final = 200
"""How many windows the page shows; the newest, each read from its evaluation.json."""

QUALITY_LISTED: Final = 20
"""The same of quality evaluations."""

_STYLE: Final = """
table { border-collapse: collapse; display: block; overflow-x: auto; overflow-wrap: normal; }
td, th { padding: .3rem 1rem .3rem 0; text-align: left; border-bottom: 1px solid #ddd; }
.driftline { max-width: none; }
.RETRAINING_TRIGGERED, .INVESTIGATE { font-weight: 600; }
"""


def reports_page(folder: Path) -> str:
    """The newest quality evaluations and windows of REPORTS_DIR, newest first, with their decisions."""
    windows, quality = window_ids(folder)[::-1], _quality(folder)
    if not windows:
        nothing = "<p>Reports appear here as windows are evaluated.</p>"
        return _page("No window has a report yet.", f"{nothing}{_trials(folder)}{quality}")
    rows = "".join(_row(folder, window_id) for window_id in windows[:LISTED])
    older = f"<p>{len(windows) - LISTED} older windows are not shown.</p>" if len(windows) > LISTED else ""
    return _page(
        "Reports",
        '<p><a href="latest/">The newest report</a>, <a href="../">Evidently UI</a></p>'
        f"{_trials(folder)}{quality}"
        "<table><tr><th>Window<th>Newest record<th>Rows<th>Drift share<th>Drifted or broken<th>Decision"
        f"<th>Why</tr>{rows}</table>{older}",
    )


def message_page(title: str, detail: str) -> str:
    """A page below /reports/ that says one thing."""
    return _page(title, f'<p>{text(detail)}</p><p><a href="../">All reports</a></p>')


def no_evidently_page(reports: str) -> str:
    """The page instead of Evidently's, below a prefix; `reports` is where the list of reports is."""
    title = "Evidently's own pages can't be shown below a path"
    detail = "Give drift-worker ui a host name of its own to see them. The reports are all here."
    return _page(title, f'<p>{text(detail)}</p><p><a href="{text(reports)}">All reports</a></p>')


def _trials(folder: Path) -> str:
    """Links to what a trial found that monitoring can see, for each model version that was tried."""
    links = ", ".join(
        f'<a href="trials/{text(path.name)}">{text(path.stem)}</a>' for path in trial_pages(folder)
    )
    return f"<p>What monitoring can see, by <code>drift-worker trial</code>: {links}</p>" if links else ""


def _quality(folder: Path) -> str:
    """The newest evaluations of quality by labels; nothing where there is none."""
    ids = quality_ids(folder)[::-1]
    if not ids:
        return ""
    rows = "".join(_quality_row(folder, each) for each in ids[:QUALITY_LISTED])
    older = len(ids) - QUALITY_LISTED
    more = f"<p>{older} older evaluations of quality are not shown.</p>" if older > 0 else ""
    return (
        '<h2>Quality by labels</h2><p><a href="latest-quality/">The newest report</a></p>'
        "<table><tr><th>Evaluation<th>Newest prediction<th>Labels<th>Figure"
        f"<th>Reference<th>Decision<th>Why</tr>{rows}</table>{more}<h2>Windows</h2>"
    )


def _quality_row(folder: Path, quality_id: str) -> str:
    name = text(quality_id)
    shown = (folder / quality_id / HTML).is_file()
    link = f'<a href="{name}/">{name}</a>' if shown else f'<span class="gone">{name} (pruned)</span>'
    try:
        found = QualityEvaluation.model_validate_json((folder / quality_id / EVALUATION).read_bytes())
    except (FileNotFoundError, ValidationError):  # not published yet, or by a version that wrote it otherwise
        return f"<tr><td>{link}<td colspan=6>no evaluation to show</tr>"
    figure = found.figure
    metric = figure.metric if figure else "n/a"
    now, reference = (
        "n/a" if each is None else f"{each:.2f}"
        for each in ((figure.value, figure.reference) if figure else (None, None))
    )
    return (
        f"<tr><td>{link}<td>{text(found.shown.last_time)}<td>{found.shown.labels:,}<td>{metric} {now}"
        f"<td>{reference}<td class={found.decision}>{found.decision}<td>{text(found.reasons[0])}</tr>"
    )


def _row(folder: Path, window_id: str) -> str:
    name = text(window_id)
    shown = (folder / window_id / HTML).is_file()
    link = f'<a href="{name}/">{name}</a>' if shown else f'<span class="gone">{name} (pruned)</span>'
    evaluation = _evaluation(folder / window_id / EVALUATION)
    if evaluation is None:
        return f"<tr><td>{link}<td colspan=6>no evaluation to show</tr>"
    share = "n/a" if evaluation.drift_share is None else f"{evaluation.drift_share:.2f}"
    decision = evaluation.decision or evaluation.status
    return (
        f"<tr><td>{link}<td>{text(evaluation.last_time)}<td>{evaluation.rows}<td>{share}"
        f"<td>{text(', '.join(evaluation.concerns))}<td class={decision}>{decision}"
        f"<td>{text('; '.join(filter(None, [evaluation.reasons[0], evaluation.late_sentence])))}</tr>"
    )


def _evaluation(path: Path) -> Evaluation | None:
    try:
        return Evaluation.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):  # not published yet, or by a version that wrote it otherwise
        return None


def _page(title: str, body: str) -> str:
    return page(title, f"<h1>{text(title)}</h1>{body}", _STYLE)
