"""Evidently's own UI over a workspace, as one application with other pages beside it."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from evidently.ui.service.api.static import BASE_PATH
from evidently.ui.service.components.base import AppBuilder
from evidently.ui.service.components.dashboard import DashboardComponent
from evidently.ui.service.components.storage import LocalStorageComponent
from evidently.ui.service.components.telemetry import TelemetryComponent
from evidently.ui.service.local_service import LocalConfig
from litestar import Litestar
from litestar.types import ControllerRouterHandler

_BACK: Final = '<a class="driftline-back" href="/reports/">All reports, by model, version and decision</a>'


def evidently_ui(workspace: Path, pages: Sequence[ControllerRouterHandler]) -> Litestar:
    """The UI of a workspace folder, which is made where it is missing and watched for new runs."""
    workspace.mkdir(parents=True, exist_ok=True)
    config = LocalConfig(
        storage=LocalStorageComponent(path=str(workspace)),
        dashboard=DashboardComponent(path=str(workspace)),
        telemetry=TelemetryComponent(enabled=False),
    )
    with config.context() as context:
        builder = AppBuilder(context)
        context.apply(builder)
        builder.route_handlers += pages
        builder.kwargs["logging_config"] = None  # the process has its own
        app: Litestar = builder.build()
        context.finalize(app)
    return app


def evidently_page() -> str:
    """Evidently's page with a way back to ours, and without what would be refused."""
    own = resources.files("drift_worker.show").joinpath("evidently.css").read_text(encoding="utf-8")
    page = Path(BASE_PATH, "index.html").read_text(encoding="utf-8")
    return page.replace("</head>", f"<style>{own}</style></head>", 1).replace("<body>", f"<body>{_BACK}", 1)
