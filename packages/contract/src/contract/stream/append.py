"""Appending to the stream and closing windows, by one script: every record is in exactly one window."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

from pydantic_core import to_json
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import NoScriptError

from contract.keys import Partition
from contract.stream.idempotency import Once, Remembered
from contract.stream.record import FIELDS, Record
from contract.windows import CloseReason

FORGET_WRITER_MS: Final = 30 * 24 * 3600 * 1000
"""How long a silent writer's numbers are remembered: longer than a spool may wait to be drained."""

_SCRIPT: Final = resources.files("contract.stream").joinpath("append.lua").read_text()
_SHA: Final = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Counts:
    """What a writer adds to the ledger beside its records, under a number of its own that grows by one."""

    number: int
    add: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one writer: the first has the number `first`, and the writer's very first is 1.

    A batch may be empty: then `first` is the number that the next record will have.
    """

    first: int
    records: Sequence[Record] = ()
    once: Mapping[int, Once] = field(default_factory=dict)
    """The records to be taken once only, by their position from 0."""

    counts: Counts | None = None
    spooled: bool = False
    """Whether the records were counted as spooled before."""

    @property
    def next(self) -> int:
        """The number of the record after this batch."""
        return self.first + len(self.records)


@dataclass(frozen=True, slots=True)
class AppendReply:
    """What became of a batch."""

    closed: list[str]
    """The ids of the windows that it closed."""

    already_taken: int
    """How many of its first records had been taken before."""

    lost: int
    """How many records before it had been taken and Redis no longer has: it went back to an older state."""

    repeats: dict[int, Remembered]
    """What is remembered for the records that repeat another, by their position from 0."""


class StreamWriter:
    """Appends one writer's batches to one partition; raises redis.exceptions.RedisError."""

    def __init__(
        self, partition: Partition, window_rows: int, writer: str, remember_seconds: float = 600
    ) -> None:
        """`writer` names this process, uniquely; Idempotency-Keys are remembered for `remember_seconds`."""
        self._partition = partition
        self._window_rows = window_rows
        self._once_ms = round(remember_seconds * 1000)
        self._keys = (
            partition.stream,
            partition.open_window,
            partition.pending,
            partition.ledger,
            partition.writer(writer),
        )

    async def append(self, redis: AsyncRedis, batch: Batch) -> AppendReply:
        """Append the records in their order; those whose number was taken before change nothing."""
        keys, arguments = self._call(batch)
        try:
            reply = await redis.evalsha(_SHA, keys, *arguments)
        except NoScriptError:
            reply = await redis.eval(_SCRIPT, keys, *arguments)
        return _read(reply)

    def append_now(self, redis: Redis, first: int, records: Sequence[Record]) -> AppendReply:
        """The same as `append`, for a writer without an event loop."""
        return _run(redis, *self._call(Batch(first, records)))

    def close(self, redis: Redis, number: int, reason: CloseReason) -> AppendReply:
        """Close the open window if it still has that number and holds any record."""
        asked = {**self._window(), "close": number, "reason": reason}
        return _run(redis, len(self._keys), [*self._keys, to_json(asked)])

    def _call(self, batch: Batch) -> tuple[int, list[Any]]:
        """How many keys the script gets, and its keys and arguments."""
        asked = {**self._window(), "first": batch.first, "forget_ms": FORGET_WRITER_MS}
        if batch.counts is not None:
            asked |= {"counts": batch.counts.number, "add": batch.counts.add}
        if batch.spooled:
            asked["spooled"] = True
        if batch.once:
            asked |= {"once_ms": self._once_ms, "once": _once(batch)}
        keys = [*self._keys, *(self._partition.idempotency(once.key) for once in batch.once.values())]
        arguments: list[Any] = [*keys, to_json(asked)]
        for record in batch.records:
            arguments.extend(record.values())
        return len(keys), arguments

    def _window(self) -> dict[str, Any]:
        return {"rows": self._window_rows, "prefix": self._partition.window_prefix, "fields": FIELDS}


def _once(batch: Batch) -> list[dict[str, Any]]:
    return [
        {"at": position + 1, "value": once.value(batch.records[position]), "logged": once.logged}
        for position, once in batch.once.items()
    ]


def _run(redis: Redis, keys: int, arguments: list[Any]) -> AppendReply:
    try:
        reply = redis.evalsha(_SHA, keys, *arguments)
    except NoScriptError:
        reply = redis.eval(_SCRIPT, keys, *arguments)
    return _read(reply)


def _read(reply: Any) -> AppendReply:
    closed, already_taken, lost, *repeats = reply
    return AppendReply(
        closed=[window_id.decode() for window_id in closed],
        already_taken=already_taken,
        lost=lost,
        repeats={
            position - 1: Remembered.parse(value)
            for position, value in zip(repeats[::2], repeats[1::2], strict=True)
        },
    )
