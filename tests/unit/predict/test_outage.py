"""An outage is told in words that say what to do, and only when it has lasted."""

import logging

import pytest
from contract.errors import UnsupportedRedisError
from predict import outage
from predict.outage import Availability, explain
from redis import exceptions

URL = "redis://user:s3cret@cache.example:6380/0"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (exceptions.AuthenticationError("invalid username-password pair"), "password"),
        (exceptions.NoPermissionError("no permissions"), "ACL"),
        (exceptions.BusyLoadingError("loading"), "loading its data"),
        (exceptions.OutOfMemoryError("command not allowed"), "out of memory"),
        (exceptions.ReadOnlyError("can't write"), "read-only replica"),
        (exceptions.TimeoutError("timed out"), "doesn't answer in time"),
        (exceptions.ConnectionError("refused"), "can't be reached"),
        (ConnectionResetError("reset"), "can't be reached"),
        (UnsupportedRedisError("Redis 6.2 is too old"), "Redis 6.2 is too old"),
        (exceptions.ResponseError("MISCONF stop-writes"), "MISCONF"),
    ],
)
def test_each_failure_is_told_apart(error: Exception, said: str) -> None:
    """And none of them tells the password."""
    text = explain(error, URL)
    assert said in text
    assert "cache.example:6380" in text
    assert "s3cret" not in text


def test_a_socket_has_a_path_for_an_address() -> None:
    """There is no host to name."""
    assert "/run/redis.sock" in explain(exceptions.ConnectionError(), "unix:///run/redis.sock")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, set by the test."""
    now = [100.0]
    monkeypatch.setattr(outage, "monotonic", lambda: now[0])
    return now


def test_until_redis_has_answered_it_counts_as_away(clock: list[float]) -> None:
    """A service that just started promises nothing."""
    availability = Availability(grace=0.25)
    assert availability.outage
    availability.succeeded()
    assert availability.outage is None


def test_a_short_failure_is_no_outage(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    """A connection that went stale is opened again before anybody has to know."""
    availability = Availability(grace=0.25)
    availability.succeeded()
    availability.failed("away", started=clock[0])
    clock[0] += 0.2
    assert availability.outage is None
    availability.succeeded()
    assert not caplog.records


def test_a_lasting_failure_is_said_once_and_its_end_too(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """One line when it begins, one when what is wrong changes, one when it is over."""
    caplog.set_level(logging.INFO)
    availability = Availability(grace=0.25)
    availability.succeeded()
    started = clock[0]
    for why in ("away", "away", "away", "loading"):
        availability.failed(why, started)
        clock[0] += 0.2
    assert availability.outage == "loading"
    availability.succeeded()
    assert [record.message for record in caplog.records] == [
        "predictions are refused: away",
        "predictions are refused: loading",
        "Redis is back after 0.8 s",
    ]
