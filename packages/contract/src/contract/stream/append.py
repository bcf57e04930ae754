"""Appending to the stream, by one script that closes full windows: every record is in exactly one window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis as AsyncRedis

from contract.keys import Partition
from contract.stream.idempotency import Once, Remembered
from contract.stream.record import FIELDS, Record
from contract.stream.script import Script
from contract.windows import Period, check_period

FORGET_WRITER_MS: Final = 30 * 24 * 3600 * 1000
"""How long a silent writer's numbers are remembered: longer than a spool may wait to be drained."""

APPEND: Final = Script("window.lua", "append.lua")


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


class AppendCall(NamedTuple):
    """The keys and the arguments of append.lua, in the order that its head describes."""

    keys: list[str]
    arguments: list[Any]


class StreamWriter:
    """Appends one writer's batches to one partition; raises redis.exceptions.RedisError."""

    def __init__(
        self,
        partition: Partition,
        window_rows: int,
        writer: str,
        remember_seconds: float = 600,
        *,
        window_period: Period | None = None,
    ) -> None:
        """`writer` names this process, uniquely; Idempotency-Keys are remembered for `remember_seconds`.

        Raises ValueError where `window_period` is none of the calendar's.
        """
        self._partition = partition
        self._window = (window_rows, check_period(window_period) or "", partition.window_prefix)
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
        return read_reply(await APPEND.run_async(redis, *self.call(batch)))

    def call(self, batch: Batch) -> AppendCall:
        """The call of the script that appends a batch."""
        counts = batch.counts or Counts(0, {})
        arguments: list[Any] = [*self._window, batch.first, FORGET_WRITER_MS, int(batch.spooled)]
        arguments += [counts.number, len(counts.add)]
        for name, by in counts.add.items():
            arguments += [name, by]
        arguments.append(self._once_ms)
        for position, once in batch.once.items():
            arguments += [position + 1, once.value(batch.records[position]), int(once.logged)]
        arguments += [len(FIELDS), *FIELDS]
        for record in batch.records:
            arguments.extend(record.values())
        once_keys = [self._partition.idempotency(once.key) for once in batch.once.values()]
        return AppendCall([*self._keys, *once_keys], arguments)


def read_reply(reply: Any) -> AppendReply:
    """Read what append.lua returns."""
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
