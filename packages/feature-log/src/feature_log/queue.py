"""Records on their way, and those who wait for them."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Final

from contract.stream.append import AppendReply, Batch, Counts
from contract.stream.idempotency import Once, Remembered
from contract.stream.record import Record

from feature_log.spool.lines import Spooled

MAX_WAITING: Final = 2048
"""Records that wait at most; one is about 500 bytes, and 20 kB at the very most."""

MAX_BATCH: Final = 256
"""Records of one round trip; Redis serves nobody else while it takes them, which is about 1 ms."""


@dataclass(slots=True, eq=False)
class Entry:
    """A record; `done` gets what is remembered where it repeats another, else None, once it is safe."""

    record: Record
    once: Once | None
    done: asyncio.Future[Remembered | None]
    deadline: float

    def settle(self, remembered: Remembered | None = None) -> None:
        """Let go whoever waits."""
        if not self.done.done():
            self.done.set_result(remembered)


class WaitingLine:
    """Entries in the order in which they came; nobody waits in it for longer than `patience` seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._entries: deque[Entry] = deque()
        self._taken: list[Entry] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ends = inf
        self._room = asyncio.Event()
        self.arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    async def has_room(self, deadline: float) -> bool:
        """Wait until another record may join, until `deadline` on the loop's clock at most."""
        try:
            async with asyncio.timeout_at(deadline):
                while len(self._entries) >= MAX_WAITING:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            return False
        return True

    async def join(self, record: Record, once: Once | None, deadline: float) -> Remembered | None:
        """Add a record that is to be safe by `deadline` on the loop's clock, and wait for it."""
        loop = asyncio.get_running_loop()
        entry = Entry(record, once, loop.create_future(), deadline)
        self._entries.append(entry)
        self.arrived.set()
        self._wait_until(entry.deadline + self._patience)
        return await entry.done

    def take(self) -> list[Entry]:
        """The next entries, as many as make one round trip."""
        self._taken = [self._entries.popleft() for _ in range(min(len(self._entries), MAX_BATCH))]
        self._room.set()
        if not self._entries:
            self.arrived.clear()
        return self._taken

    def close(self) -> None:
        """Let go whoever still waits."""
        if self._timer is not None:
            self._timer.cancel()
        for entry in chain(self._taken, self._entries):
            entry.settle()

    def _wait_until(self, end: float) -> None:
        """Let somebody wait until then; who waited for room comes after others and may end before them."""
        if end >= self._timer_ends:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_ends = end
        self._timer = asyncio.get_running_loop().call_at(end, self._lose_patience)

    def _lose_patience(self) -> None:
        """Let go those who have waited long enough; the log goes on with their records."""
        now = asyncio.get_running_loop().time()
        self._timer, self._timer_ends = None, inf
        waiting = [entry for entry in chain(self._taken, self._entries) if not entry.done.done()]
        for entry in waiting:
            if entry.deadline + self._patience <= now:
                entry.settle()
            else:
                self._wait_until(entry.deadline + self._patience)


def batch_of(entries: Sequence[Entry], first: int, counts: Counts | None) -> Batch:
    """The entries as a batch whose first record has the number `first`."""
    return Batch(
        first=first,
        records=[entry.record for entry in entries],
        once={place: entry.once for place, entry in enumerate(entries) if entry.once is not None},
        counts=counts,
    )


def spooled(batch: Batch) -> list[Spooled]:
    """The records of a batch as they go to the spool."""
    return [
        Spooled(batch.first + place, record, batch.once.get(place))
        for place, record in enumerate(batch.records)
    ]


def settle(entries: Sequence[Entry], reply: AppendReply | None) -> None:
    """Let go those who wait for these entries, with what was remembered for a repeat."""
    repeats = reply.repeats if reply else {}
    for place, entry in enumerate(entries):
        entry.settle(repeats.get(place))
