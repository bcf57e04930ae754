"""The OTEL_* variables are read as OpenTelemetry's specification says."""

import pytest

from telemetry.settings import TelemetrySettings


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the environment has a say in these tests."""
    for name in TelemetrySettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_everything_goes_out_by_otlp_unless_said_otherwise() -> None:
    """The specification's defaults, with an interval that fits the scrape."""
    settings = TelemetrySettings()
    assert settings.otel_metrics_exporter == settings.otel_traces_exporter == "otlp"
    assert settings.metrics_protocol == settings.traces_protocol == "http/protobuf"
    assert settings.otel_metric_export_interval == 5000


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files pass variables on that nobody has set."""
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "")
    assert TelemetrySettings().otel_metrics_exporter == "otlp"


def test_names_are_case_insensitive(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the specification asks of values from a list."""
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "Prometheus")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "TRUE")
    settings = TelemetrySettings()
    assert settings.otel_metrics_exporter == "prometheus"
    assert not settings.sends_metrics
    assert not settings.sends_traces


def test_a_signal_may_go_to_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Separated by commas, as the specification says; none of them twice."""
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "otlp, prometheus,OTLP")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp,console")
    settings = TelemetrySettings()
    assert settings.metrics_exporters == ("otlp", "prometheus")
    assert settings.traces_exporters == ("otlp", "console")
    assert settings.serves_page


def test_a_signal_may_have_a_protocol_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said of one signal goes before what is said of all."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")
    settings = TelemetrySettings()
    assert (settings.metrics_protocol, settings.traces_protocol) == ("grpc", "http/protobuf")


def test_a_timeout_is_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the specification says; what is said of one signal goes before what is said of all."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1500")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "500")
    settings = TelemetrySettings()
    assert (settings.metrics_timeout, settings.traces_timeout) == (1.5, 0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_METRICS_EXPORTER", "statsd"),
        ("OTEL_METRICS_EXPORTER", "otlp,statsd"),
        ("OTEL_METRICS_EXPORTER", "otlp,"),
        ("OTEL_METRICS_EXPORTER", "none,otlp"),
        ("OTEL_TRACES_EXPORTER", "prometheus"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "10"),
        ("OTEL_SDK_DISABLED", "1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "inf"),
    ],
)
def test_a_value_that_is_not_supported_is_ignored_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, value: str
) -> None:
    """The default holds, and the log names the variable."""
    default = getattr(TelemetrySettings(), name.lower())
    monkeypatch.setenv(name, value)
    assert getattr(TelemetrySettings(), name.lower()) == default
    assert f"{name}={value} is ignored: " in caplog.text
