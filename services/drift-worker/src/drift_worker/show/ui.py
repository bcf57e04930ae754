"""Evidently's own UI over a workspace, as one application with other pages beside it."""

from collections.abc import Sequence
from pathlib import Path

from evidently.ui.service.components.base import AppBuilder
from evidently.ui.service.components.dashboard import DashboardComponent
from evidently.ui.service.components.storage import LocalStorageComponent
from evidently.ui.service.components.telemetry import TelemetryComponent
from evidently.ui.service.local_service import LocalConfig
from litestar import Litestar
from litestar.types import ControllerRouterHandler


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
