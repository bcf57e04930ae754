"""Time that passes for a stream while a test waits for none."""

from typing import Any, cast

from redis import Redis

from contract.keys import Partition
from contract.partition import open_window

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def go_forward(redis: Redis, partition: Partition, to_ms: int) -> None:
    """Let the next records arrive at that time, in milliseconds since the epoch; it has to lie ahead.

    A stream never goes back behind its last id, and this id stays its last one when its entry has gone.
    """
    name = cast("bytes", redis.xadd(partition.stream, {"time": "passes"}, id=f"{to_ms}-1"))
    redis.xdel(partition.stream, name)


def move_back(redis: Redis, partition: Partition, by_ms: int) -> None:
    """Make the stream and its open window as if every record had come so much earlier."""
    entries = cast("list[tuple[bytes, Any]]", redis.xrange(partition.stream))
    window = open_window(redis, partition)
    moved: dict[Any, Any] = {
        name: _earlier(stream_id, by_ms)
        for name, stream_id in (("start", window.start), ("first", window.first), ("last", window.last))
        if stream_id not in (None, "0-0")
    }
    with redis.pipeline(transaction=True) as transaction:
        transaction.delete(partition.stream)
        for stream_id, fields in entries:
            transaction.xadd(partition.stream, fields, id=_earlier(stream_id.decode(), by_ms))
        if moved:
            transaction.hset(partition.open_window, mapping=moved)
        transaction.execute()


def _earlier(stream_id: str | None, by_ms: int) -> str:
    time, _, sequence = (stream_id or "").partition("-")
    return f"{int(time) - by_ms}-{sequence}"
