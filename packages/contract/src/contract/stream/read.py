"""Reading a partition back from Redis, with types."""

import logging
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, cast

from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from contract.keys import MODEL_PATTERN, PARTITIONS, PREFIX, VERSION_PATTERN, Partition
from contract.ledger import Ledger, count_from, ledger_from
from contract.redis import is_wrong_type
from contract.stream.decode import Fields
from contract.windows import OpenWindow, Window, stream_id, stream_order

READ_BATCH: Final = 1_000
"""Entries per read: enough that round trips don't count, few enough that Redis is soon free for others."""

_OPEN_WINDOW: Final = re.compile(rb"%b:\{([^{}]*)\}:open" % PREFIX.encode())
_PARTITION: Final = re.compile(f"{MODEL_PATTERN}:{VERSION_PATTERN}".encode())

log = logging.getLogger(__name__)

Entry = tuple[str, Fields]
"""A stream id, and the fields of the entry."""


def partitions(redis: Redis) -> list[Partition]:
    """Every model version that has ever been written; members that name none are passed over."""
    members = cast("set[bytes]", redis.smembers(PARTITIONS))
    return sorted(
        (Partition.parse(member.decode()) for member in members if _PARTITION.fullmatch(member)), key=str
    )


def register(redis: Redis, partition: Partition) -> None:
    """Make the partition known to those who look after all of them.

    Where something else stands in the place of PARTITIONS, it is deleted, and all are found by their keys.
    """
    try:
        redis.sadd(PARTITIONS, str(partition))
    except ResponseError as error:
        if not is_wrong_type(error):
            raise
        known = {match[1] for key in redis.scan_iter("*:open") if (match := _OPEN_WINDOW.fullmatch(key))}
        redis.delete(PARTITIONS)
        redis.sadd(PARTITIONS, str(partition), *known)
        log.warning("deleted %s: it was no set; it names %d model versions again", PARTITIONS, len(known))


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


def open_window(redis: Redis, partition: Partition) -> OpenWindow:
    """The window that is being filled."""
    return _open_window(cast("dict[bytes, bytes]", redis.hgetall(partition.open_window)))


def pending_windows(redis: Redis, partition: Partition) -> list[Window]:
    """The closed windows without an evaluation, oldest first."""
    return _windows(partition, cast("dict[bytes, bytes]", redis.hgetall(partition.pending)))


def pending_window(redis: Redis, partition: Partition, window_id: str) -> Window | None:
    """One closed window without an evaluation."""
    text = cast("bytes | None", redis.hget(partition.pending, window_id))
    return None if text is None else _window(partition, window_id.encode(), text)


def ledger(redis: Redis, partition: Partition) -> Ledger:
    """The ledger at one moment."""
    with redis.pipeline(transaction=True) as transaction:
        transaction.hgetall(partition.ledger)
        transaction.hgetall(partition.open_window)
        transaction.hgetall(partition.pending)
        counts, open_fields, pending = transaction.execute()
    return ledger_from(
        counts, _open_window(open_fields).rows, sum(window.rows for window in _windows(partition, pending))
    )


def _open_window(fields: Mapping[bytes, bytes]) -> OpenWindow:
    return OpenWindow(
        number=count_from(fields.get(b"number", b"1")),
        start=stream_id(fields.get(b"start", b"0-0").decode()),
        first=stream_id(fields[b"first"].decode()) if fields.get(b"first") else None,
        last=stream_id(fields.get(b"last", b"0-0").decode()),
        rows=count_from(fields.get(b"rows", b"0")),
    )


def _windows(partition: Partition, texts: Mapping[bytes, bytes]) -> list[Window]:
    """The windows in their order; what somebody else put beside them is passed over."""
    windows = [window for name, text in texts.items() if (window := _window(partition, name, text))]
    return sorted(windows, key=lambda window: stream_order(window.last))


def _window(partition: Partition, name: bytes, text: bytes) -> Window | None:
    """The window of that name; None where the text is none of the partition's."""
    try:
        window = Window.model_validate_json(text)
    except ValidationError:
        return None
    return window if (window.partition, window.id.encode()) == (partition, name) else None
