"""What `drift-worker ui` serves: the Evidently UI, and beside it the reports under /reports/."""

import logging
import signal
import sys
from pathlib import Path
from typing import cast

import uvicorn
from litestar.types import ASGIApp

from contract.proxy.prefix import Application, PublicPrefix
from contract.proxy.redirect import RootRedirect
from contract.proxy.trusted import TrustedProxies
from contract.settings import bound_socket
from drift_worker.settings import Settings
from drift_worker.show.edge.methods import read_only, with_heads
from drift_worker.show.edge.paths import with_last_slash, with_own_page, without_evidently_below_a_path
from drift_worker.show.publish import WORKSPACE
from drift_worker.show.routes import report_routes
from drift_worker.show.ui import evidently_page, evidently_ui
from telemetry.logs import configure_logging

SERVICE = "evidently-ui"

log = logging.getLogger(__name__)


def run_ui(settings: Settings) -> None:
    """Serve until told to stop; raises BadSettingError where the address is taken or not this machine's."""
    configure_logging(SERVICE, settings.log_level)
    with bound_socket(settings.ui_host, settings.ui_port, "UI") as listener:
        host, port = listener.getsockname()[:2]
        log.info("Evidently UI on http://%s:%d/, reports on http://%s:%d/reports/", host, port, host, port)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises it again once it has drained
        config = uvicorn.Config(
            create_ui(settings.reports_dir, settings.ui_root_path, settings.trusted_proxies),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        uvicorn.Server(config).run(sockets=[listener])


def create_ui(reports: Path, prefix: str = "", trusted: TrustedProxies | None = None) -> ASGIApp:
    """The application over REPORTS_DIR; it shows, and changes nothing. `prefix` is UI_ROOT_PATH."""
    app = with_own_page(evidently_ui(reports / WORKSPACE, report_routes(reports)), evidently_page())
    app = with_last_slash(app)
    app = with_heads(read_only(app))
    if not prefix and trusted is None:
        return app
    below = RootRedirect(cast("Application", without_evidently_below_a_path(app)))
    return cast("ASGIApp", PublicPrefix(below, prefix, trusted))
