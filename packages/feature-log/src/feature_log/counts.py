"""Which records are not logged, and their counts until the ledger has them."""

from collections.abc import Mapping
from typing import Final, Literal

from contract.stream.append import Counts
from feature_log.metrics import LogMetrics

_DIGITS: Final = 8
"""Hex digits at the end of a UUIDv7 that are random; those before them may count within a millisecond."""

_ALL: Final = 16**_DIGITS


def is_sampled(prediction_id: str, rate: float) -> bool:
    """Whether a prediction is among the share `rate` (0 to 1) that is logged.

    The random end of the id decides, so everyone who knows the id and the rate gets the same answer.
    """
    return int(prediction_id[-_DIGITS:], 16) < rate * _ALL


class NotLogged:
    """Counts the records that were accepted and are not logged, by the reason.

    The counts go to the ledger under numbers that grow by one, so that Redis takes each of them once.
    """

    def __init__(self, metrics: LogMetrics) -> None:
        self._metrics = metrics
        self._counts: dict[str, int] = {}
        self._number = 0

    def add(self, why: Literal["dropped", "unsampled"], records: int = 1) -> None:
        """Count records that are not logged."""
        for name in ("accepted", why):
            self._counts[name] = self._counts.get(name, 0) + records
        self._metrics.count(why, records)

    @property
    def counts(self) -> Mapping[str, int]:
        """The counts that the ledger doesn't have yet."""
        return dict(self._counts)

    @property
    def next_number(self) -> int:
        """The number of the next counts that go to the ledger."""
        return self._number + 1

    def use_number(self) -> None:
        """Note that counts under the next number are on their way."""
        self._number += 1

    def take(self) -> Counts | None:
        """Give the counts since the last time, under a number of their own; None where there are none."""
        if not self._counts:
            return None
        self.use_number()
        counts, self._counts = Counts(self._number, self._counts), {}
        return counts
