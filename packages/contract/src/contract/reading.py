"""Reading a partition back from Redis, with types."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from pydantic import ValidationError
from redis import Redis

from contract.decoding import Fields
from contract.keys import PARTITIONS, Partition
from contract.ledger import Ledger, ledger_from
from contract.windows import OpenWindow, Window, stream_order

READ_BATCH: Final = 1_000
"""Entries per read: enough that round trips don't count, few enough that Redis is soon free for others."""

_PARTITION: Final = re.compile(rb"[a-z0-9][a-z0-9_-]{0,63}:[0-9a-f]{12}")

Entry = tuple[str, Fields]
"""A stream id, and the fields of the entry."""


def partitions(redis: Redis) -> list[Partition]:
    """Every model version that has ever been written; members that name none are passed over."""
    members = cast("set[bytes]", redis.smembers(PARTITIONS))
    return sorted(
        (Partition.parse(member.decode()) for member in members if _PARTITION.fullmatch(member)), key=str
    )


def register(redis: Redis, partition: Partition) -> None:
    """Make the partition known to those who look after all of them."""
    redis.sadd(PARTITIONS, str(partition))


def entries(redis: Redis, window: Window) -> Iterator[list[Entry]]:
    """The entries of a window, in order, READ_BATCH at a time."""
    reader = Redis(connection_pool=redis.connection_pool)
    reader.set_response_callback("XRANGE", _as_answered)
    stream, after = window.partition.stream, window.start
    while True:
        answer: Any = reader.xrange(stream, min=f"({after}", max=window.last, count=READ_BATCH)
        if not answer:
            return
        yield [(stream_id.decode(), fields) for stream_id, fields in answer]
        after = answer[-1][0].decode()


def _as_answered(answer: Any, **_: Any) -> Any:
    """Entries as Redis tells them: a dict of each costs as much as fetching them."""
    return answer


def open_window(redis: Redis, partition: Partition) -> OpenWindow:
    """The window that is being filled."""
    return _open_window(cast("dict[bytes, bytes]", redis.hgetall(partition.open_window)))


def pending_windows(redis: Redis, partition: Partition) -> list[Window]:
    """The closed windows without an evaluation, oldest first."""
    return _windows(cast("list[bytes]", redis.hvals(partition.pending)))


def pending_window(redis: Redis, partition: Partition, window_id: str) -> Window | None:
    """One closed window without an evaluation."""
    text = cast("bytes | None", redis.hget(partition.pending, window_id))
    return None if text is None else Window.model_validate_json(text)


def ledger(redis: Redis, partition: Partition) -> Ledger:
    """The ledger at one moment."""
    with redis.pipeline(transaction=True) as transaction:
        transaction.hgetall(partition.ledger)
        transaction.hgetall(partition.open_window)
        transaction.hvals(partition.pending)
        counts, open_fields, pending = transaction.execute()
    return ledger_from(
        counts, _open_window(open_fields).rows, sum(window.rows for window in _windows(pending))
    )


def _open_window(fields: Mapping[bytes, bytes]) -> OpenWindow:
    return OpenWindow(
        number=int(fields.get(b"number", b"1")),
        start=fields.get(b"start", b"0-0").decode(),
        first=fields.get(b"first", b"").decode() or None,
        last=fields.get(b"last", b"0-0").decode(),
        rows=int(fields.get(b"rows", b"0")),
    )


def _windows(texts: list[bytes]) -> list[Window]:
    """The windows in their order; what somebody else put beside them is passed over."""
    windows = [window for text in texts if (window := _window(text))]
    return sorted(windows, key=lambda window: stream_order(window.last))


def _window(text: bytes) -> Window | None:
    try:
        return Window.model_validate_json(text)
    except ValidationError:
        return None
