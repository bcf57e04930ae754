"""The page of a process's own metrics, where no collector takes them."""

from prometheus_client import start_http_server
from telemetry.providers import Telemetry

from drift_worker.errors import ListenError
from drift_worker.settings import Settings


def serve_page(telemetry: Telemetry, settings: Settings) -> None:
    """Serve /metrics on METRICS_PORT where one is set and metrics are not sent elsewhere.

    Raises ListenError.
    """
    if telemetry.registry is None or not settings.metrics_port:
        return
    try:
        start_http_server(settings.metrics_port, settings.metrics_host, telemetry.registry)
    except (OSError, UnicodeError) as error:
        raise ListenError.on(settings.metrics_host, settings.metrics_port, error, "METRICS") from error
