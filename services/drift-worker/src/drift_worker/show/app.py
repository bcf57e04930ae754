"""What `drift-worker ui` serves: the Evidently UI, and beside it the reports under /reports/."""

import logging
import re
import signal
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote

import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send

from contract.settings import bound_socket
from drift_worker.settings import Settings
from drift_worker.show.publish import WORKSPACE
from drift_worker.show.routes import report_routes
from drift_worker.show.ui import evidently_ui
from telemetry.logs import configure_logging

SERVICE = "evidently-ui"

_QUERY: Final = "/data_series_batch"
"""The one POST by which Evidently's dashboard reads."""

_PAGE: Final = re.compile(".*/reports(?:/[^/]+)?")
"""The path of a page of reports without its last slash."""

log = logging.getLogger(__name__)


def run_ui(settings: Settings) -> None:
    """Serve until told to stop; raises BadSettingError where the address is taken or not this machine's."""
    configure_logging(SERVICE, settings.log_level)
    with bound_socket(settings.ui_host, settings.ui_port, "UI") as listener:
        host, port = listener.getsockname()[:2]
        log.info("Evidently UI on http://%s:%d/, reports on http://%s:%d/reports/", host, port, host, port)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises it again once it has drained
        config = uvicorn.Config(
            create_ui(settings.reports_dir),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        uvicorn.Server(config).run(sockets=[listener])


def create_ui(reports: Path) -> ASGIApp:
    """The application over REPORTS_DIR; it shows, and changes nothing."""
    return _read_only(_with_last_slash(evidently_ui(reports / WORKSPACE, report_routes(reports))))


def _read_only(app: ASGIApp) -> ASGIApp:
    """Answer 405 to what would change a project or a run: the UI asks nobody who they are."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        reads = scope.get("method", "GET") in ("GET", "HEAD", "OPTIONS")
        if not reads and not str(scope.get("path")).endswith(_QUERY):
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"allow", b"GET, HEAD, OPTIONS")]
            await send({"type": "http.response.start", "status": 405, "headers": headers})
            body = b"The workspace is written by drift-worker; this page only shows it.\n"
            await send({"type": "http.response.body", "body": body, "more_body": False})
            return
        await app(scope, receive, send)

    return guarded


def _with_last_slash(app: ASGIApp) -> ASGIApp:
    """Answer 307 to a page of reports without its last slash: a report's links are relative to it."""

    async def redirecting(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path"))
        if not _PAGE.fullmatch(path):
            await app(scope, receive, send)
            return
        location = f"./{quote(path.rpartition('/')[2])}/"
        headers = [(b"location", location.encode("ascii")), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return redirecting
