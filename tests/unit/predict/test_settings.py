"""Settings come from variables of the same name, and a wrong one is named."""

import pytest
from predict.errors import StartError
from predict.settings import Settings, read_settings, read_telemetry_settings
from telemetry.settings import TelemetrySettings


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the environment has a say in these tests."""
    for name in (*Settings.model_fields, *TelemetrySettings.model_fields):
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_defaults_are_those_of_the_documentation() -> None:
    """Nothing has to be set."""
    settings = read_settings()
    assert str(settings.redis_url) == "redis://127.0.0.1:6379/0"
    assert (settings.predict_host, settings.predict_port, settings.predict_workers) == ("127.0.0.1", 8000, 1)
    assert (settings.append_timeout, settings.window_rows) == (0.25, 1000)
    assert settings.http_instrumentation == "contrib"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PREDICT_PORT", "80000", "80000"),
        ("PREDICT_PORT", "http", "http"),
        ("PREDICT_WORKERS", "0", "0"),
        ("APPEND_TIMEOUT", "0", "0"),
        ("APPEND_TIMEOUT", "nan", "nan"),
        ("APPEND_TIMEOUT", "inf", "inf"),
        ("REQUEST_TIMEOUT", "inf", "inf"),
        ("IDEMPOTENCY_TTL", "0.0009", "0.0009"),
        ("IDEMPOTENCY_TTL", "inf", "inf"),
        ("IDEMPOTENCY_TTL", "nan", "nan"),
        ("IDEMPOTENCY_TTL", "1e17", "1e"),
        ("WINDOW_ROWS", "many", "many"),
        ("HTTP_INSTRUMENTATION", "both", "both"),
        ("LOG_LEVEL", "loud", "loud"),
        ("GRAFANA_URL", "javascript:alert(1)", "javascript"),
    ],
)
def test_a_wrong_value_is_told_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    """One message: the variable, what was expected, what came."""
    monkeypatch.setenv(name, value)
    with pytest.raises(StartError, match=rf"^{name}: .*{told}"):
        read_settings()


def test_a_wrong_address_of_redis_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages end up in logs."""
    monkeypatch.setenv("REDIS_URL", "http://user:s3cret@cache/0")
    with pytest.raises(StartError, match=r"^REDIS_URL: ") as caught:
        read_settings()
    assert "s3cret" not in str(caught.value)


def test_a_page_of_metrics_and_several_workers_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each scrape would see one worker and call it everything."""
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "prometheus")
    monkeypatch.setenv("PREDICT_WORKERS", "2")
    with pytest.raises(StartError, match=r"PREDICT_WORKERS=2.*OTEL_METRICS_EXPORTER=otlp"):
        read_telemetry_settings(read_settings())
