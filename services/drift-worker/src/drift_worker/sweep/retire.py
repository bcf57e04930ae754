"""Retiring the versions that nobody has served for RETIRE_AFTER, and saying which nobody serves any more."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from redis import Redis

from contract.keys import Partition
from contract.versions.use import Use, forget_retirement, read_use, retire

SETTLE: Final = 60.0
"""Seconds for which Redis has to have been there before a mark counts as stale: who serves a version marks it
within MARK_EVERY once Redis is back, and must not be taken for gone meanwhile."""

LONGEST_PASS: Final = 15.0
"""Seconds; a pass that took longer may have waited for Redis."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Retire:
    """Measures on `clock`, which no one can set back, for how long Redis has been there."""

    redis: Redis
    after: float
    """RETIRE_AFTER, in seconds."""

    clock: Callable[[], float]
    _began: float = field(init=False)
    _there_since: float = field(init=False)
    _was_away: bool = True
    _unused_since: dict[Partition, float] = field(default_factory=dict)
    """When versions that nobody ever served were first seen here, as one of the worker may be."""

    def begin_pass(self) -> None:
        """Note that a pass begins, which finds Redis there."""
        self._began = self.clock()
        if self._was_away:
            self._there_since, self._was_away = self._began, False

    def end_pass(self) -> None:
        """Note that the pass came to its end."""
        self._was_away = self._was_away or self.clock() - self._began > LONGEST_PASS

    def redis_was_away(self) -> None:
        """Note that a pass failed: from the next one on, Redis has to be there for as long again."""
        self._was_away = True

    def look_after(self, partition: Partition) -> bool:
        """Retire the version if its time has come; says whether nobody serves it any more."""
        use = read_use(self.redis, partition)
        if use.retired is not None and not use.is_retired:
            forget_retirement(self.redis, partition)
            log.info("%s is used again, so it is no longer retired", partition)
        if self.clock() - self._there_since < SETTLE:
            return False
        idle = self._idle_seconds(partition, use)
        if not use.is_retired and idle >= self.after:
            retire(self.redis, partition, use)
            log.info("retired %s: nobody has served it for %.0f s", partition, idle)
            return True
        return use.is_idle

    def _idle_seconds(self, partition: Partition, use: Use) -> float:
        """For how long nobody has served the version; if nobody ever did, since it was first seen."""
        if use.last is not None:
            self._unused_since.pop(partition, None)
            return use.idle_seconds
        return self.clock() - self._unused_since.setdefault(partition, self.clock())
