"""Addresses on which the drift worker can't listen are told in one line."""

import pytest

from contract.errors import BadSettingError
from drift_worker.settings import Settings
from drift_worker.show.app import run_ui
from drift_worker.worker.lifecycle import serve_metrics
from telemetry.providers import build_telemetry
from telemetry.settings import TelemetrySettings


@pytest.mark.parametrize("host", ["a..b", "no.such.host.invalid"])
def test_what_is_no_host_is_told(host: str) -> None:
    """By the ui and by the page of metrics, naming the variable."""
    with pytest.raises(BadSettingError, match="set UI_HOST"):
        run_ui(Settings(ui_host=host, ui_port=1))
    settings = Settings(metrics_host=host, metrics_port=1)
    telemetry = build_telemetry(TelemetrySettings(otel_metrics_exporter="prometheus"), "test", "1")
    with pytest.raises(BadSettingError, match="set METRICS_HOST"):
        serve_metrics(telemetry, settings)
