"""The records that are on their way, and the callers that wait for them."""

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

MAX_QUEUED: Final = 2048
"""Records that wait at most; one is about 500 bytes, and 20 kB at the very most."""

MAX_BATCH: Final = 256
"""Records of one round trip; Redis serves nobody else while it takes them, which is about 1 ms."""


@dataclass(slots=True, eq=False)
class QueuedRecord:
    """A record on its way; once it is safe, `done` gets None, or the first answer where it is a repeat."""

    record: Record
    once: Once | None
    done: asyncio.Future[Remembered | None]
    deadline: float

    def settle(self, remembered: Remembered | None = None) -> None:
        """Let whoever waits for this record go on."""
        if not self.done.done():
            self.done.set_result(remembered)


class RecordQueue:
    """Records in the order in which they came.

    Nobody waits longer than `patience` seconds beyond a record's deadline, even if it is not safe by then.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._queued: deque[QueuedRecord] = deque()
        self._taken: list[QueuedRecord] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ends = inf
        self._room = asyncio.Event()
        self.arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._queued)

    async def has_room(self, deadline: float) -> bool:
        """Wait until another record may join, until `deadline` on the loop's clock at most."""
        try:
            async with asyncio.timeout_at(deadline):
                while len(self._queued) >= MAX_QUEUED:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            return False
        return True

    async def join(self, record: Record, once: Once | None, deadline: float) -> Remembered | None:
        """Add a record that should be safe by `deadline` on the loop's clock, and wait for it."""
        loop = asyncio.get_running_loop()
        queued = QueuedRecord(record, once, loop.create_future(), deadline)
        self._queued.append(queued)
        self.arrived.set()
        self._wait_until(deadline + self._patience)
        return await queued.done

    def take(self) -> list[QueuedRecord]:
        """Remove the next records from the queue, as many as make one round trip."""
        self._taken = [self._queued.popleft() for _ in range(min(len(self._queued), MAX_BATCH))]
        self._room.set()
        if not self._queued:
            self.arrived.clear()
        return self._taken

    def close(self) -> None:
        """Let everyone who still waits go on."""
        if self._timer is not None:
            self._timer.cancel()
        for queued in chain(self._taken, self._queued):
            queued.settle()

    def _wait_until(self, end: float) -> None:
        """Set the timer to `end`, unless it ends before.

        A record that waited for room joins after others and may have to end before them.
        """
        if end >= self._timer_ends:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_ends = end
        self._timer = asyncio.get_running_loop().call_at(end, self._lose_patience)

    def _lose_patience(self) -> None:
        """Let those go on who have waited long enough; their records stay on their way."""
        now = asyncio.get_running_loop().time()
        self._timer, self._timer_ends = None, inf
        waiting = [queued for queued in chain(self._taken, self._queued) if not queued.done.done()]
        for queued in waiting:
            if queued.deadline + self._patience <= now:
                queued.settle()
            else:
                self._wait_until(queued.deadline + self._patience)


def batch_of(queued: Sequence[QueuedRecord], first: int, counts: Counts | None) -> Batch:
    """Make a batch of the records, whose first gets the number `first`."""
    return Batch(
        first=first,
        records=[each.record for each in queued],
        once={place: each.once for place, each in enumerate(queued) if each.once is not None},
        counts=counts,
    )


def settle(queued: Sequence[QueuedRecord], reply: AppendReply | None) -> None:
    """Let everyone go on who waits for these records, with what is remembered for a repeat."""
    repeats = reply.repeats if reply else {}
    for place, each in enumerate(queued):
        each.settle(repeats.get(place))
