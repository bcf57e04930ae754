"""The records that are on their way, in their order, and the callers that wait for them."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from typing import Final

from contract.stream.append import AppendReply, Batch, Counts
from contract.stream.idempotency import Once, Remembered
from contract.stream.record import Record
from feature_log.queue.room import Room

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
        """Let whoever waits for this record go on: it is safe."""
        self.let_go(remembered)

    def let_go(self, remembered: Remembered | None = None) -> None:
        """Let whoever waits for this record go on, safe or not."""
        if not self.done.done():
            self.done.set_result(remembered)


@dataclass(slots=True, eq=False)
class _Rows:
    """What is known of rows whose caller waits for all of them."""

    waiting: int
    remembered: dict[int, Remembered] = field(default_factory=dict)
    """The first answers of the rows that are repeats, by their place."""


@dataclass(slots=True, eq=False)
class _QueuedRow(QueuedRecord):
    """One of several records whose caller waits for all; `done` is theirs together."""

    rows: _Rows
    place: int

    def settle(self, remembered: Remembered | None = None) -> None:
        """Let the caller go on with the last of the rows."""
        if remembered is not None:
            self.rows.remembered[self.place] = remembered
        self.rows.waiting -= 1
        if not self.rows.waiting:
            self.let_go()


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
        self.room = Room(self._queued.__len__)
        self.arrived = asyncio.Event()
        self.last_single = -inf
        """When a record that came alone joined last, on the loop's clock."""

    def __len__(self) -> int:
        return len(self._queued)

    async def join(self, record: Record, once: Once | None, deadline: float) -> Remembered | None:
        """Add a record that should be safe by `deadline` on the loop's clock, and wait for it."""
        loop = asyncio.get_running_loop()
        queued = QueuedRecord(record, once, loop.create_future(), deadline)
        self._queued.append(queued)
        self.last_single = loop.time()
        self.arrived.set()
        self._wait_until(deadline + self._patience)
        return await queued.done

    async def join_rows(
        self, rows: Sequence[tuple[Record, Once | None]], deadline: float
    ) -> Sequence[Remembered | None]:
        """Add records for which room is held, and wait for all; as `join`, and gives one answer for each."""
        done = asyncio.get_running_loop().create_future()
        together = _Rows(len(rows))
        self._queued.extend(
            _QueuedRow(record, once, done, deadline, together, place)
            for place, (record, once) in enumerate(rows)
        )
        self.room.give_back(len(rows))
        self.arrived.set()
        self._wait_until(deadline + self._patience)
        await done
        return [together.remembered.get(place) for place in range(len(rows))]

    def take(self) -> list[QueuedRecord]:
        """Remove the next records from the queue, as many as make one round trip."""
        self._taken = [self._queued.popleft() for _ in range(min(len(self._queued), MAX_BATCH))]
        self.room.made()
        if not self._queued:
            self.arrived.clear()
        return self._taken

    def close(self) -> None:
        """Let everyone who still waits go on."""
        if self._timer is not None:
            self._timer.cancel()
        for queued in chain(self._taken, self._queued):
            queued.let_go()

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
                queued.let_go()
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
