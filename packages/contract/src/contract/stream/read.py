"""Reading a window's range of the stream."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

from contract.stream.decode import Fields
from contract.windows import Window

READ_BATCH: Final = 1_000
"""Entries per read: enough that round trips don't count, few enough that Redis is soon free for others."""

Entry = tuple[str, Fields]
"""A stream id, and the fields of the entry."""


def entries(redis: Redis, window: Window, at_once: int = READ_BATCH) -> Iterator[list[Entry]]:
    """The entries of a window, in order, `at_once` at a time; Redis gathers the next while some are used.

    Raises redis.exceptions.RedisError once the client's own retries are used up.
    """
    pool = redis.connection_pool
    connection: Any = pool.get_connection()
    range_ = _Range(connection, window, at_once)
    try:
        after = window.start
        while batch := connection.retry.call_with_retry(partial(range_.batch, after), range_.forget):
            after = batch[-1][0]
            try:
                range_.ask(after)
            except RedisError:
                range_.forget()  # it is asked for again, and fails again, when it is needed
            yield batch
    finally:
        if range_.asked is not None:
            range_.forget()
        pool.release(connection)


class _Range:
    """A window's range of the stream, asked for on one connection before it is needed."""

    def __init__(self, connection: Any, window: Window, at_once: int) -> None:
        self._connection = connection
        self._stream, self._last, self._count = window.partition.stream, window.last, at_once
        self.asked: str | None = None

    def ask(self, after: str) -> None:
        """Ask for the entries after a stream id."""
        self.asked = after
        self._connection.send_command("XRANGE", self._stream, f"({after}", self._last, "COUNT", self._count)

    def batch(self, after: str) -> list[Entry]:
        """The entries after a stream id, which were asked for or now are."""
        if self.asked != after:
            self.ask(after)
        answer = self._connection.read_response()
        self.asked = None
        return [(stream_id.decode(), fields) for stream_id, fields in answer]

    def forget(self, _: Exception | None = None) -> None:
        """Give up what was asked for: its answer must not be taken for another command's."""
        self._connection.disconnect()
        self.asked = None
