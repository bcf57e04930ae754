"""Counts of records that a limit keeps out of the stream, until the ledger has them."""

from collections.abc import Mapping

from contract.stream.append import Counts


class KeptOut:
    """Each record that is kept out was accepted, and is counted by why."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._number = 0

    def add(self, why: str, records: int = 1) -> None:
        """Count records as `dropped` or `unsampled`."""
        for name in ("accepted", why):
            self._counts[name] = self._counts.get(name, 0) + records

    @property
    def counts(self) -> Mapping[str, int]:
        """What the ledger doesn't have yet."""
        return dict(self._counts)

    def next_number(self) -> int:
        """The number of the next counts that go to the ledger."""
        return self._number + 1

    def use_number(self) -> None:
        """Note that counts of that number went out."""
        self._number += 1

    def take(self) -> Counts | None:
        """What was counted since the last time, under a number of its own; None where nothing was."""
        if not self._counts:
            return None
        self.use_number()
        counts, self._counts = Counts(self._number, self._counts), {}
        return counts
