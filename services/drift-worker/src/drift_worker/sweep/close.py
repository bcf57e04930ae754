"""Closing windows by time, so that no record waits for ever in a window that doesn't fill."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from redis import Redis

from contract.keys import Partition
from contract.stream.close import close_window
from contract.windows import OpenWindow, milliseconds
from drift_worker.settings import Settings

log = logging.getLogger(__name__)


@dataclass(slots=True)
class TimeLimit:
    """Measures on `clock`, which no one can set back, for how long each window has been open."""

    redis: Redis
    settings: Settings
    clock: Callable[[], float]
    _opened: dict[Partition, tuple[str, float]] = field(default_factory=dict)

    def apply(self, partition: Partition, window: OpenWindow, *, idle: bool) -> None:
        """Close the window if its period is over; one without a period, if it is too old.

        It is `idle` if nobody serves its version any more.
        """
        if window.first is None:
            return
        if window.period is not None:
            self._apply_period(partition, window)
        else:
            self._apply_age(partition, window, window.first, 1 if idle else self.settings.window_min_rows)

    def _apply_period(self, partition: Partition, window: OpenWindow) -> None:
        """Redis itself looks whether the period is over: in the meantime the window may be another one."""
        window_id = close_window(self.redis, partition, window.number, "period")
        if window_id is not None:
            log.info("closed window %s, since its period (%s) is over", window_id, window.period)

    def _apply_age(self, partition: Partition, window: OpenWindow, first: str, min_rows: int) -> None:
        """Close the window if it has so many rows and has been open for WINDOW_MAX_AGE."""
        age = self.clock() - self._opened_at(partition, first)
        if window.rows < min_rows or age < self.settings.window_max_age:
            return
        window_id = close_window(self.redis, partition, window.number, "age")
        if window_id is not None:
            log.info("closed window %s after %.0f s", window_id, age)

    def _opened_at(self, partition: Partition, first: str) -> float:
        """When the window got its first record; Redis dates what this process did not see."""
        known, opened = self._opened.get(partition, ("", 0.0))
        if known != first:
            seconds, microseconds = self.redis.time()
            opened = self.clock() - max(0.0, seconds + microseconds / 1e6 - milliseconds(first) / 1e3)
            self._opened[partition] = (first, opened)
        return opened
