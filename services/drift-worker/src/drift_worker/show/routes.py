"""The pages under /reports/: a list, the newest report, and those of each window and quality evaluation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from litestar import MediaType, Response, get
from litestar.response import File
from litestar.types import ControllerRouterHandler

from contract.errors import BadWindowIdError
from contract.windows import partition_of
from drift_worker.record.files import HTML, JSON, window_ids
from drift_worker.record.quality.files import is_quality_id, quality_ids
from drift_worker.record.trials import trial_file
from drift_worker.show.listing.entries import Wanted, newest_report
from drift_worker.show.listing.page import message_page, reports_page

REPORT_HEADERS: Final = {
    "Content-Security-Policy": "sandbox allow-scripts",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""A report shows what strangers sent: its own scripts run, but in an origin of its own."""

PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def report_routes(folder: Path) -> Sequence[ControllerRouterHandler]:
    """The routes over REPORTS_DIR; of a window or an evaluation of quality its reports alone are read out."""

    @get("/reports", include_in_schema=False, sync_to_thread=True)
    def listing(model: str = "", version: str = "", decision: str = "") -> Response[str]:
        return _page(reports_page(folder, Wanted(model, version, decision)))

    @get("/reports/latest", include_in_schema=False, sync_to_thread=True)
    def latest() -> Response[str] | File:
        return _newest(folder, window_ids(folder), "No window has a report yet.", "windows are evaluated")

    @get("/reports/latest-quality", include_in_schema=False, sync_to_thread=True)
    def latest_quality() -> Response[str] | File:
        return _newest(folder, quality_ids(folder), "No quality has a report yet.", "labels come")

    @get("/reports/{window_id:str}", include_in_schema=False, sync_to_thread=True)
    def report(window_id: str) -> Response[str] | File:
        return _of_window(folder, window_id, HTML, MediaType.HTML)

    @get("/reports/{window_id:str}/report.json", include_in_schema=False, sync_to_thread=True)
    def values(window_id: str) -> Response[str] | File:
        return _of_window(folder, window_id, JSON, MediaType.JSON)

    @get("/reports/trials/{name:str}", include_in_schema=False, sync_to_thread=True)
    def trial(name: str) -> Response[str] | File:
        path = trial_file(folder, name)
        if path is None:
            return _missing("There is no such trial.", "`drift-worker trial` makes one of a bundle.")
        return _file(path, MediaType.JSON if path.suffix == ".json" else MediaType.HTML, PAGE_HEADERS)

    return [listing, latest, latest_quality, report, values, trial]


def _newest(folder: Path, ids: Sequence[str], nothing: str, when: str) -> Response[str] | File:
    newest = newest_report(folder, ids)
    return _file(newest, MediaType.HTML) if newest else _missing(nothing, f"Reports appear here as {when}.")


def _of_window(folder: Path, window_id: str, name: str, media_type: MediaType) -> Response[str] | File:
    if not is_quality_id(window_id):
        try:
            partition_of(window_id)
        except BadWindowIdError as error:
            return _missing("There is no such window.", str(error))
    path = folder / window_id / name
    if path.is_file():
        return _file(path, media_type)
    if path.parent.is_dir():
        return _missing(
            f"{_named(window_id)} has no report any more.", "Only the newest REPORTS_KEEP are kept."
        )
    return _missing(f"{_named(window_id)} has no report.", "It was not evaluated here, or not yet.")


def _named(window_id: str) -> str:
    return f"Quality evaluation {window_id}" if is_quality_id(window_id) else f"Window {window_id}"


def _file(path: Path, media_type: MediaType, headers: Mapping[str, str] = REPORT_HEADERS) -> File:
    return File(
        path,
        filename=path.name,
        media_type=media_type,
        content_disposition_type="inline",
        headers=dict(headers),
    )


def _missing(title: str, detail: str) -> Response[str]:
    return _page(message_page(title, detail), status_code=404)


def _page(content: str, status_code: int = 200) -> Response[str]:
    return Response(content, status_code=status_code, media_type=MediaType.HTML, headers=PAGE_HEADERS)
