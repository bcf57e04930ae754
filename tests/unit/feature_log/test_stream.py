"""A failed call of Redis is explained in words that say what to do."""

import pytest
from redis import exceptions

from contract.redis.server import UnsupportedRedisError
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
        (exceptions.ResponseError("MISCONF stop-writes"), "MISCONF"),
    ],
)
def test_each_failure_is_told_apart(error: Exception, said: str) -> None:
    """And none of them tells the password."""
    text = explain(error, URL)
    assert said in text
    assert "cache.example:6380" in text
    assert "s3cret" not in text


def test_a_server_that_cannot_be_used_says_so_itself() -> None:
    """Its sentence has the address, which behind Sentinels is not that of the URL."""
    assert explain(UnsupportedRedisError("Redis at x:1 is too old"), URL) == "Redis at x:1 is too old"


def test_a_missing_right_is_named() -> None:
    """As Redis names it: whoever mends the ACL has to know which."""
    error = exceptions.NoPermissionError("User predict has no permissions to run the 'info' command")
    assert "'info' command" in explain(error, URL)


def test_sentinels_are_named_without_their_passwords() -> None:
    """And with the name of the master that they were asked for."""
    url = "redis+sentinel://user:s3cret@one,two:26380/mymaster/0?sentinel_password=s3cret"
    text = explain(exceptions.ConnectionError("refused"), url)
    assert (
        text
        == "Redis mymaster of the Sentinels at one:26379, two:26380 can't be reached; is it running there?"
    )


def test_a_socket_has_a_path_for_an_address() -> None:
    """There is no host to name."""
    assert "/run/redis.sock" in explain(exceptions.ConnectionError(), "unix:///run/redis.sock")
