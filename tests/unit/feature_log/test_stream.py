"""A failed call of Redis is explained in words that say what to do."""

import pytest
from redis import exceptions

from contract.errors import UnsupportedRedisError
from feature_log.stream import explain

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
