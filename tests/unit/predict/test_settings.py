"""Settings come from variables of the same name, and a wrong one is named."""

import pytest
from pydantic_settings import BaseSettings

from contract.errors import BadSettingError
from contract.redis.address import parse_sentinel
from contract.redis.connection import background_client, request_client
from contract.settings import read_settings
from drift_worker.settings import Settings as WorkerSettings
from predict.errors import StartError
from predict.settings import Settings, read_telemetry_settings
from telemetry.settings import TelemetrySettings


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the environment has a say in these tests."""
    for name in (*Settings.model_fields, *TelemetrySettings.model_fields):
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_defaults_are_those_of_the_documentation() -> None:
    """Nothing has to be set."""
    settings = read_settings(Settings)
    assert str(settings.redis_url) == "redis://127.0.0.1:6379/0"
    assert (settings.predict_host, settings.predict_port, settings.predict_workers) == ("127.0.0.1", 8000, 1)
    assert (settings.append_timeout, settings.window_rows) == (0.25, 1000)
    assert settings.http_instrumentation == "contrib"
    assert settings.window_period is None


@pytest.mark.parametrize(
    ("value", "read"), [("", None), ("1h", "1h"), ("1d", "1d"), ("1w", "1w"), (" 1D ", "1d")]
)
def test_a_period_is_an_hour_a_day_a_week_or_none(
    monkeypatch: pytest.MonkeyPatch, value: str, read: str | None
) -> None:
    """Compose gives an empty variable where nothing is set."""
    monkeypatch.setenv("WINDOW_PERIOD", value)
    assert read_settings(Settings).window_period == read


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
        ("WINDOW_PERIOD", "2h", "'1h', '1d' or '1w', not '2h'"),
        ("WINDOW_PERIOD", "day", "'1h', '1d' or '1w', not 'day'"),
        ("WINDOW_PERIOD", " ", "'1h', '1d' or '1w'"),
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
    with pytest.raises(BadSettingError, match=rf"^{name}: .*{told}"):
        read_settings(Settings)


@pytest.mark.parametrize(("delay", "grace"), [("20", None), ("60", "70"), ("0", "1")])
def test_a_delay_before_the_end_may_last_as_long_as_it_is_given(
    monkeypatch: pytest.MonkeyPatch, delay: str, grace: str | None
) -> None:
    """Without a delay nothing is asked of the grace."""
    monkeypatch.setenv("DRAIN_DELAY", delay)
    if grace:
        monkeypatch.setenv("STOP_GRACE", grace)
    assert read_settings(Settings).drain_delay == float(delay)


@pytest.mark.parametrize(
    ("delay", "grace", "least"), [("20.5", None, "31"), ("60", "69", "70"), ("3600", None, "3610")]
)
def test_a_delay_that_would_be_cut_short_is_refused(
    monkeypatch: pytest.MonkeyPatch, delay: str, grace: str | None, least: str
) -> None:
    """Else whoever stops the service kills it with requests under way, and nobody knows why."""
    monkeypatch.setenv("DRAIN_DELAY", delay)
    if grace:
        monkeypatch.setenv("STOP_GRACE", grace)
    with pytest.raises(
        BadSettingError, match=rf"^DRAIN_DELAY: .*set STOP_GRACE to {least}.*, not '{delay}'$"
    ):
        read_settings(Settings)


def test_a_wrong_address_of_redis_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages end up in logs."""
    monkeypatch.setenv("REDIS_URL", "http://user:s3cret@cache/0")
    with pytest.raises(BadSettingError, match=r"^REDIS_URL: ") as caught:
        read_settings(Settings)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://:s3cret@cache/0?foo=bar", "query"),
        ("redis://:s3cret@cache/0?foo=", "query"),
        ("redis://:s3cret@cache/0?socket_timeout=abc", "query"),
        ("redis://:s3cret@cache/0?decode_responses=true", "query"),
        ("redis://:s3cret@cache?db=1", "query"),
        ("redis://cache:6379?s3cret", "query"),
        ("unix:///run/redis.sock?timeout=s3cret", "query"),
        ("redis://:s3cret@cache/abc", "database"),
        ("redis://:s3cret@cache/0/1", "database"),
        ("redis://cache/s3cret@cache/0", "percent-encoded"),
        ("unix:///run/redis.sock?db=s3cret", "database"),
        ("redis://:s3cret@cache/0?ssl_ca_certs=ca.crt", "options"),
        ("rediss://:s3cret@cache/0?ssl_unknown=1", "options"),
        ("rediss://:s3cret@cache/0?ssl_cert_reqs=s3cret", "options"),
    ],
)
def test_an_address_that_a_client_of_redis_does_not_take_whole_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    """Otherwise records would go to the spool for ever, or to another database."""
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(BadSettingError, match=rf"^REDIS_URL: (?!Value error).*{told}") as caught:
        read_settings(Settings)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache",
        "redis://cache/",
        "redis://:p%40ss@cache:6380/12",
        "rediss://user:pass@cache/0?ssl_ca_certs=/path/ca.crt&ssl_cert_reqs=none&ssl_check_hostname=false",
        "redis+sentinel://user:p%40ss@one:26379,two/mymaster/0",
        "redis+sentinel://[::1]:26379,[::2]/my%20master",
        "rediss+sentinel://one/m/1?ssl_ca_certs=/ca.crt&ssl_cert_reqs=none&sentinel_username=u&sentinel_password=p%23",
        "unix:///run/redis.sock",
        "unix:///run/redis.sock?db=3",
    ],
)
def test_an_address_of_redis_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """With a database, by TLS, or by a socket of this machine."""
    monkeypatch.setenv("REDIS_URL", url)
    assert str(read_settings(Settings).redis_url) == url


@pytest.mark.parametrize("written", ["a+b%2B%20c", "a%2bb+%20c"])
def test_a_plus_in_an_address_is_a_plus(written: str) -> None:
    """Wherever it stands; a form would mean a blank by it, and no password would be right."""
    url = f"rediss+sentinel://:{written}@one/m/0?sentinel_password={written}&ssl_ca_certs=/{written}.crt"
    address = parse_sentinel(url)
    assert address is not None
    for options in (address.master_options, address.sentinel_options):
        assert [options["password"], options["ssl_ca_certs"]] == ["a+b+ c", "/a+b+ c.crt"]
    plain = f"rediss://:{written}@one/0?ssl_ca_certs=/{written}.crt&ssl_password={written}"
    for client in (background_client(plain), request_client(plain, 1)):
        options = client.connection_pool.connection_kwargs
        assert [options[name] for name in ("password", "ssl_password")] == ["a+b+ c"] * 2
        assert options["ssl_ca_certs"] == "/a+b+ c.crt"


@pytest.mark.parametrize("service", [Settings, WorkerSettings])
@pytest.mark.parametrize(
    "password", ["s3#cret", "s3/cret", "s3?cret", "s3@c/ret", "s3[cret", "s3#c@ret", "123#s3cret"]
)
def test_a_password_that_ends_the_address_is_to_be_percent_encoded(
    monkeypatch: pytest.MonkeyPatch, service: type[BaseSettings], password: str
) -> None:
    """The message says so, to predict and worker alike, and holds no part of the password."""
    for url in (f"redis://user:{password}@cache:6379/0", f"redis+sentinel://:{password}@cache/mymaster/0"):
        monkeypatch.setenv("REDIS_URL", url)
        with pytest.raises(
            BadSettingError, match=r"^REDIS_URL: expected .*must be percent-encoded"
        ) as caught:
            read_settings(service)
        assert not any(part in str(caught.value) for part in ("s3", "cret", "123"))


@pytest.mark.parametrize("service", [Settings, WorkerSettings])
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis+sentinel://one,two", "name of their master"),
        ("redis+sentinel://one:x/mymaster/0", "HOST:PORT"),
        ("redis+sentinel://one:70000/mymaster/0", "HOST:PORT"),
        ("redis+sentinel://one,,two/mymaster/0", "HOST:PORT"),
        ("redis+sentinel:///mymaster/0", "HOST:PORT"),
        ("redis+sentinel://one/mymaster/s3cret", "database"),
        ("redis+sentinel://one/mymaster/0/1", "name of their master"),
        ("redis+sentinel://one/mymaster/0?password=s3cret", "query"),
        ("redis+sentinel://one/mymaster/0?ssl_ca_certs=ca.crt", "options"),
        ("rediss+sentinel://one/mymaster/0?ssl_cert_reqs=s3cret", "options"),
    ],
)
def test_a_wrong_address_of_sentinels_is_told(
    monkeypatch: pytest.MonkeyPatch, service: type[BaseSettings], url: str, told: str
) -> None:
    """By the same words for both services."""
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(BadSettingError, match=rf"^REDIS_URL: .*{told}") as caught:
        read_settings(service)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://cache:6380/1", "redis://:p%24%40%23%2F%25@cache:6380/1"),
        ("redis://user:old@cache", "redis://user:p%24%40%23%2F%25@cache"),
        ("redis+sentinel://user@one,two/m/0", "redis+sentinel://user:p%24%40%23%2F%25@one,two/m/0"),
        ("unix:///run/redis.sock?db=3", "unix://:p%24%40%23%2F%25@/run/redis.sock?db=3"),
    ],
)
def test_a_password_by_itself_goes_before_that_of_the_address(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: str
) -> None:
    """Whatever characters it has."""
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.setenv("REDIS_PASSWORD", "p$@#/%")
    assert read_settings(Settings).redis_url == expected


def test_a_page_of_metrics_and_several_workers_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each scrape would see one worker and call it everything."""
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "prometheus")
    monkeypatch.setenv("PREDICT_WORKERS", "2")
    with pytest.raises(StartError, match=r"PREDICT_WORKERS=2.*OTEL_METRICS_EXPORTER=otlp"):
        read_telemetry_settings(read_settings(Settings))
