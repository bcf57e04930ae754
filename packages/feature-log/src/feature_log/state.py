"""Where records go: to Redis, or to the spool; and the only steps that lead from one to the other."""

import asyncio
import logging
from enum import StrEnum
from time import monotonic

_logger = logging.getLogger(__name__)


class Mode(StrEnum):
    """Where records go now."""

    DIRECT = "direct"
    """To Redis."""

    SPOOLING = "spooling"
    """To the spool, since Redis can't be used."""

    DRAINING = "draining"
    """To the spool, which is being sent to Redis."""


class IllegalTransitionError(RuntimeError):
    """A step that does not begin where the log is; it is a defect of the caller."""


class LogState:
    """The state of one feature log, which only the methods below change.

        direct ── redis_failed ──► spooling ── drain_begins ──► draining ── drain_ends ──► direct
                                      ▲                             │
                                      └── redis_failed, disk_failed ┘

    Whoever uses the numbers of this process holds `lock`, so that Redis sees them in their order.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self._mode = Mode.DIRECT
        self._outage: str | None = None
        self._unusable = False
        self._since = monotonic()
        self._alarm = asyncio.Event()

    @property
    def mode(self) -> Mode:
        """Where records go now."""
        return self._mode

    @property
    def is_direct(self) -> bool:
        """Whether records go to Redis, and not to the spool."""
        return self._mode is Mode.DIRECT

    @property
    def outage(self) -> str | None:
        """Why Redis can't be used, in a sentence; None while records go to it."""
        return self._outage

    @property
    def unusable(self) -> bool:
        """Whether what answers at this address can't be used however long one waits."""
        return self._unusable

    def redis_failed(self, why: str, *, unusable: bool = False) -> None:
        """Send records to the spool: Redis refused a commit, a check or a drain, or did not answer."""
        if self._outage is None:
            self._since = monotonic()
        if self._outage != why:
            _logger.warning("records go to the spool: %s", why)
        if self._mode is Mode.DIRECT:
            self._alarm.set()
        self._outage = why
        self._unusable = unusable
        self._mode = Mode.SPOOLING

    def drain_begins(self) -> None:
        """Begin to send the spool to Redis, which answers again; records still go to the spool."""
        self._leave(Mode.SPOOLING)
        self._mode = Mode.DRAINING

    def disk_failed(self) -> None:
        """Give up draining for now: the spool's files can't be read or removed."""
        self._leave(Mode.DRAINING)
        self._mode = Mode.SPOOLING

    def drain_ends(self) -> None:
        """Send records to Redis again: it has the whole spool, and the caller's lock keeps others waiting."""
        self._leave(Mode.DRAINING)
        if not self.lock.locked():
            raise IllegalTransitionError("the lock is not held: a record may be on its way to the spool")
        _logger.info("Redis is back after %.1f s", monotonic() - self._since)
        self._outage = None
        self._unusable = False
        self._mode = Mode.DIRECT

    async def wait_for_outage(self, seconds: float) -> None:
        """Return when Redis fails, after `seconds` at most."""
        try:
            async with asyncio.timeout(seconds):
                await self._alarm.wait()
        except TimeoutError:
            return
        self._alarm.clear()

    def end_wait(self) -> None:
        """Let whoever waits for an outage go on."""
        self._alarm.set()

    def _leave(self, mode: Mode) -> None:
        if self._mode is not mode:
            raise IllegalTransitionError(f"expected to be {mode}, not {self._mode}")
