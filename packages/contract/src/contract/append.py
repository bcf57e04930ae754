"""Appending to the stream and closing windows, by one script: every record is in exactly one window."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import NoScriptError

from contract.keys import Partition
from contract.record import FIELDS, Record
from contract.windows import CloseReason

REMEMBER_BATCHES_MS: Final = 7 * 24 * 3600 * 1000
"""How long a silent writer's last batch number is remembered: longer than a spool may wait to be drained."""

_SCRIPT: Final = resources.files("contract").joinpath("append.lua").read_text()
_SHA: Final = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
_NO_BATCH: Final = 0
_NO_CLOSE: Final = (0, "")


@dataclass(frozen=True, slots=True)
class AppendReply:
    """Whether the batch had been taken before, and the ids of the windows that it closed."""

    repeated: bool
    closed: list[str]


class StreamWriter:
    """Appends one writer's batches to one partition; raises redis.exceptions.RedisError."""

    def __init__(self, partition: Partition, window_rows: int, writer: str) -> None:
        """`writer` names this process, uniquely; its batch numbers start at 1 and grow."""
        self._partition = partition
        self._window_rows = window_rows
        self._keys = (
            partition.stream,
            partition.open_window,
            partition.pending,
            partition.ledger,
            partition.writer(writer),
        )

    async def append(self, redis: AsyncRedis, batch: int, records: Sequence[Record]) -> AppendReply:
        """Append the records in their order; a batch number already taken changes nothing."""
        arguments = self._arguments(batch, _NO_CLOSE, records)
        try:
            reply = await redis.evalsha(_SHA, len(self._keys), *arguments)
        except NoScriptError:
            reply = await redis.eval(_SCRIPT, len(self._keys), *arguments)
        return _read(reply)

    def append_now(self, redis: Redis, batch: int, records: Sequence[Record]) -> AppendReply:
        """The same as `append`, for a writer without an event loop."""
        return self._run(redis, self._arguments(batch, _NO_CLOSE, records))

    def close(self, redis: Redis, number: int, reason: CloseReason) -> AppendReply:
        """Close the open window if it still has that number and holds any record."""
        return self._run(redis, self._arguments(_NO_BATCH, (number, reason), ()))

    def _run(self, redis: Redis, arguments: list[Any]) -> AppendReply:
        try:
            reply = redis.evalsha(_SHA, len(self._keys), *arguments)
        except NoScriptError:
            reply = redis.eval(_SCRIPT, len(self._keys), *arguments)
        return _read(reply)

    def _arguments(self, batch: int, close: tuple[int, str], records: Sequence[Record]) -> list[Any]:
        arguments: list[Any] = [
            *self._keys,
            self._window_rows,
            self._partition.window_prefix,
            batch,
            REMEMBER_BATCHES_MS,
            *close,
            len(FIELDS),
            *FIELDS,
        ]
        for record in records:
            arguments.extend(record.values())
        return arguments


def _read(reply: Any) -> AppendReply:
    repeated, *closed = reply
    return AppendReply(repeated=bool(repeated), closed=[window_id.decode() for window_id in closed])
