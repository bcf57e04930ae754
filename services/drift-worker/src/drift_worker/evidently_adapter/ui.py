"""Evidently's own UI over a workspace, as one application with other pages beside it."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from litestar import Litestar
from litestar.types import ControllerRouterHandler

with warnings.catch_warnings():
    # Evidently 0.7.23 uses what newer versions of Litestar call deprecated.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"litestar\.")
    from evidently.ui.service.components.base import AppBuilder
    from evidently.ui.service.components.dashboard import DashboardComponent
    from evidently.ui.service.components.storage import LocalStorageComponent
    from evidently.ui.service.components.telemetry import TelemetryComponent
    from evidently.ui.service.local_service import LocalConfig


def evidently_ui(workspace: Path, pages: Sequence[ControllerRouterHandler]) -> Litestar:
    """The UI of a workspace folder, which is made where it is missing and watched for new runs."""
    workspace.mkdir(parents=True, exist_ok=True)
    config = LocalConfig(
        storage=LocalStorageComponent(path=str(workspace)),
        dashboard=DashboardComponent(path=str(workspace)),
        telemetry=TelemetryComponent(enabled=False),
    )
    with config.context() as context, warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"litestar\.")
        builder = AppBuilder(context)
        context.apply(builder)
        builder.route_handlers += pages
        builder.kwargs["logging_config"] = None  # the process has its own
        app: Litestar = builder.build()
        context.finalize(app)
    return app
