"""What Redis holds of a model version beside its stream, read with types."""

from collections.abc import Mapping
from typing import cast

from redis import Redis

from contract.keys import PARTITIONS, Partition
from contract.ledger import Ledger, ledger_from
from contract.windows import OpenWindow, Window, check_period, stream_order


def partitions(redis: Redis) -> list[Partition]:
    """Every model version that has ever been written, in the order of their names."""
    members = cast("set[bytes]", redis.smembers(PARTITIONS))
    return sorted((Partition.parse(member.decode()) for member in members), key=str)


def register(redis: Redis, partition: Partition) -> None:
    """Make the partition known to those who look after all of them."""
    redis.sadd(PARTITIONS, str(partition))


def open_window(redis: Redis, partition: Partition) -> OpenWindow:
    """The window that is being filled."""
    return _open_window(cast("dict[bytes, bytes]", redis.hgetall(partition.open_window)))


def pending_windows(redis: Redis, partition: Partition) -> list[Window]:
    """The closed windows without an evaluation, oldest first."""
    return _windows(cast("dict[bytes, bytes]", redis.hgetall(partition.pending)))


def pending_window(redis: Redis, partition: Partition, window_id: str) -> Window | None:
    """One closed window without an evaluation; None where there is none of that id."""
    text = cast("bytes | None", redis.hget(partition.pending, window_id))
    return None if text is None else Window.model_validate_json(text)


def ledger(redis: Redis, partition: Partition) -> Ledger:
    """The ledger at one moment."""
    with redis.pipeline(transaction=True) as transaction:
        transaction.hgetall(partition.ledger)
        transaction.hgetall(partition.open_window)
        transaction.hgetall(partition.pending)
        counts, open_fields, pending = transaction.execute()
    pending_rows = sum(window.rows for window in _windows(pending))
    return ledger_from(counts, _open_window(open_fields).rows, pending_rows)


def _open_window(fields: Mapping[bytes, bytes]) -> OpenWindow:
    return OpenWindow(
        number=int(fields.get(b"number", b"1")),
        start=fields.get(b"start", b"0-0").decode(),
        first=fields[b"first"].decode() if fields.get(b"first") else None,
        last=fields.get(b"last", b"0-0").decode(),
        rows=int(fields.get(b"rows", b"0")),
        period=check_period(fields.get(b"period", b"").decode()),
    )


def _windows(texts: Mapping[bytes, bytes]) -> list[Window]:
    windows = [Window.model_validate_json(text) for text in texts.values()]
    return sorted(windows, key=lambda window: stream_order(window.last))
