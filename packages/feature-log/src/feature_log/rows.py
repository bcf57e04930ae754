"""Many records that come together: room for all or for none, and one key for all."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from contract.stream.idempotency import Once, Remembered, RowsFingerprint
from contract.stream.record import Record
from feature_log.counts import NotLogged, is_sampled
from feature_log.queue import MAX_HELD, RecordQueue

T = TypeVar("T")

AT_ONCE: Final = 64
"""Rows that are in the queue together: a quarter of a round trip, which is short, and has room for others."""

BESIDE_SINGLES: Final = 16
"""The same while single records come too: each waits for up to two round trips."""

QUIET: Final = 0.1
"""Seconds without a single record after which rows have the log for themselves."""


class NoRoomError(Exception):
    """The queue had no room for all of the records within the time that they may take."""


class KeyReusedError(Exception):
    """An Idempotency-Key that was used for another record, or for other rows."""


class RowsLog:
    """Logs many records as one; the event loop is never held for more than AT_ONCE of them."""

    def __init__(
        self, queue: RecordQueue, not_logged: NotLogged, *, timeout: float, sample_rate: float
    ) -> None:
        """`timeout` is in seconds: what room may take to come, and then each round trip."""
        self._queue = queue
        self._not_logged = not_logged
        self._timeout = timeout
        self._sample_rate = sample_rate

    async def log(self, records: Sequence[Record], key: str | None) -> list[Remembered | None]:
        """Log the records in their order; see FeatureLog.log_many."""
        if len(records) > MAX_HELD:
            raise ValueError(f"expected at most {MAX_HELD} records; got {len(records)}")
        rows = await self._rows(records, key)
        loop = asyncio.get_running_loop()
        if rows and not await self._queue.room.hold(len(rows), loop.time() + self._timeout):
            raise NoRoomError
        if len(rows) < len(records):
            self._not_logged.add("unsampled", len(records) - len(rows))
        found: list[Remembered | None] = [None] * len(records)
        held = len(rows)
        try:
            begin = 0
            while begin < len(rows):
                part = rows[begin : begin + self._together(first=begin == 0 and key is not None)]
                begin += len(part)
                held -= len(part)
                for place, remembered in await self._join(part):
                    found[place] = remembered
        finally:
            self._queue.room.give_back(held)
        return found

    def _together(self, *, first: bool) -> int:
        """How many rows join next; the first row of a key goes alone, since it tells of a reused one."""
        if first:
            return 1
        since_single = asyncio.get_running_loop().time() - self._queue.last_single
        return BESIDE_SINGLES if since_single < QUIET else AT_ONCE

    async def _rows(
        self, records: Sequence[Record], key: str | None
    ) -> list[tuple[int, Record, Once | None]]:
        """The records to be sent to Redis, each with its place and with what makes it one that is taken once.

        Without a key nobody asks for a record again that is not sampled, so it is left out.
        """
        fingerprint = await fingerprint_of([record.asked for record in records] if key is not None else [])
        rows: list[tuple[int, Record, Once | None]] = []
        for part in parts_of(list(enumerate(records))):
            for place, record in part:
                sampled = is_sampled(record.prediction_id, self._sample_rate)
                if key is not None:
                    rows.append((place, record, replace(fingerprint.once(key, place), logged=sampled)))
                elif sampled:
                    rows.append((place, record, None))
            await asyncio.sleep(0)
        return rows

    async def _join(
        self, part: Sequence[tuple[int, Record, Once | None]]
    ) -> Iterable[tuple[int, Remembered | None]]:
        """Wait for some of the rows; gives the first answer of each, by its place. Raises KeyReusedError."""
        deadline = asyncio.get_running_loop().time() + self._timeout
        answers = await self._queue.join_rows([(record, once) for _, record, once in part], deadline)
        for (_, _, once), remembered in zip(part, answers, strict=True):
            refuse_other(once, remembered)
        return [(place, remembered) for (place, _, _), remembered in zip(part, answers, strict=True)]


def refuse_other(once: Once | None, remembered: Remembered | None) -> None:
    """Raise KeyReusedError where what is remembered under a key was about something else."""
    if remembered is not None and once is not None and remembered.fingerprint != once.fingerprint:
        raise KeyReusedError


async def fingerprint_of(asked: Sequence[bytes]) -> RowsFingerprint:
    """What makes rows that say this ones that are taken once; others have their turn meanwhile."""
    fingerprint = RowsFingerprint()
    for part in parts_of(asked):
        fingerprint.add(part)
        await asyncio.sleep(0)
    return fingerprint


def parts_of(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in their order, AT_ONCE together."""
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
