"""The answered rows that wait for a shadow."""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

from contract.stream.record import Record
from predict.shadow.wire import Decided, row_line

MAX_WAITING: Final = 2048
"""Rows that wait at most; one is about 500 bytes, and 20 kB at the very most."""


class WaitingRows:
    """Rows in the order in which they were answered; there is room for some, and nobody waits for it."""

    def __init__(self) -> None:
        self._rows: deque[tuple[Record, Decided]] = deque()

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, records: Sequence[Record], decided: Decided) -> int:
        """Add the rows of answered records; gives how many found no room. `decided` tells a score's class."""
        room = MAX_WAITING - len(self._rows)
        self._rows.extend((record, decided) for record in islice(records, room))
        return max(len(records) - room, 0)

    def take(self, count: int) -> bytes:
        """Remove the next rows, as lines for the process; there must be so many."""
        return b"".join(row_line(*self._rows.popleft()) for _ in range(count))

    def drop(self) -> int:
        """Remove all rows; gives how many there were."""
        count = len(self._rows)
        self._rows.clear()
        return count
