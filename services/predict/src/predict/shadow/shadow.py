"""One shadow: the rows that wait for it, its process, and what is known of both."""

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic
from typing import Final, Literal

from bundle import Bundle
from contract.keys import Partition
from contract.stream.record import Record
from feature_log.metrics import LogMetrics
from predict.mark import ServedMark
from predict.metrics import ShadowEnd, ShadowMetrics
from predict.shadow.child import Child, Patience
from predict.shadow.waiting import WaitingRows
from predict.shadow.wire import Decided, Loaded, Report, Setup

MAX_SENT: Final = 128
"""Rows that the process has at most: they are lost to the shadow if it ends."""

AT_ONCE: Final = 32
"""Rows that are written together, which takes no longer than answering one request."""

GATHER: Final = 0.1
"""Seconds in which rows gather before they are sent together, since a few cost as much as one."""

BETWEEN: Final = 0.002
"""Seconds that are left to requests between two writes, where more rows wait than are written together."""

State = Literal["loading", "scoring", "ended", "unusable"]
"""Its model is being loaded; it scores; its process has ended and is started again; it can't be used."""

_logger = logging.getLogger(__name__)


class _HungError(Exception):
    """The process settles nothing any more."""


class Shadow:
    """Scores rows that were answered by another version of their model, in a process of its own.

    Rows wait in a queue, and those that find no room are shed: whoever answers never waits for a shadow.
    """

    def __init__(
        self,
        bundle: Bundle,
        setup: Setup,
        *,
        metrics: ShadowMetrics,
        log_metrics: LogMetrics,
        patience: Patience,
    ) -> None:
        self.bundle: Final = bundle
        self._setup = setup
        self._metrics = metrics
        self._log_metrics = log_metrics
        self._patience = patience
        self._mark = ServedMark(setup.redis_url, Partition(bundle.name, bundle.version), answers=False)
        self._waiting = WaitingRows()
        self._work = asyncio.Event()
        self._sent = 0
        self._settled = 0
        self._settled_at = 0.0
        self._spooled = 0
        self._child: Child | None = None
        self._closing = asyncio.Event()
        self._state: State = "loading"
        self._problem: str | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> State:
        """What it does now."""
        return self._state

    @property
    def problem(self) -> str | None:
        """Why rows are not scored or logged now; None where nothing is known to be wrong."""
        return self._problem

    @property
    def pid(self) -> int | None:
        """The number of its process; None where it has none now."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Begin to score rows, as soon as the model is loaded."""
        self._log_metrics.watch_spool(lambda: self._spooled)
        self._metrics.running(now=False)
        self._mark.start()
        self._task = asyncio.create_task(self._run(), name=f"shadow {self.bundle.version}")

    def offer(self, records: Sequence[Record], decided: Decided) -> None:
        """Have the rows of answered records scored later; returns at once, and never fails.

        `decided` tells the class that was answered.
        """
        shed = len(records) if self._state == "unusable" else self._waiting.add(records, decided)
        self._metrics.count("shed", shed)
        self._work.set()

    async def close(self) -> None:
        """Let the process score what there is, and end it; what it doesn't get to in time is shed."""
        deadline = monotonic() + self._patience.close
        while self._state == "scoring" and (self._waiting or self._sent) and monotonic() < deadline:
            await asyncio.sleep(BETWEEN)
        self._closing.set()
        if self._child:
            self._child.end()
        if self._task:
            await asyncio.wait([self._task], timeout=self._patience.end)
            if self._child:
                await self._child.kill()
            await asyncio.gather(self._task, return_exceptions=True)
        self._metrics.count("shed", self._waiting.drop())
        self._metrics.gone()

    async def _run(self) -> None:
        """Have a process, and mark the version, while the shadow is open and its bundle can be used."""
        pause = self._patience.first_pause
        try:
            while not self._closing.is_set():
                before = self._settled
                how = await self._live()
                if self._closing.is_set() or self._state == "unusable":
                    return
                pause = self._patience.first_pause if self._settled > before else pause
                self._tell_end(how, pause)
                await self._closing_within(pause)
                pause = min(2 * pause, self._patience.longest_pause)
        finally:
            await self._mark.close()

    async def _live(self) -> ShadowEnd:
        """Start a process and have it score rows until it ends; gives how it ended."""
        try:
            self._child = child = await Child.start(self._setup)
        except OSError as error:
            _logger.error("%s has no process: %s", self._name, error.strerror)  # noqa: TRY400 - that is all
            return "crashed"
        try:
            if self._take_loaded(await child.line(self._patience.load)):
                await self._feed(child)
        except (TimeoutError, _HungError):
            return "hung"
        except ValueError:  # what came is no report: the process is not what it was
            return "crashed"
        finally:
            await child.kill()
            self._child = None
            self._metrics.count("failed", self._sent)
            self._metrics.running(now=False)
            self._sent = self._spooled = 0
        return "crashed"

    async def _feed(self, child: Child) -> None:
        """Send rows and take reports until the process ends; raises _HungError."""
        sending = asyncio.create_task(self._send(child))
        try:
            while line := await self._line(child):
                self._take_report(Report.model_validate_json(line))
        finally:
            sending.cancel()

    async def _line(self, child: Child) -> bytes:
        """The next report; nothing where the process has ended. Raises _HungError."""
        while True:
            try:
                return await child.line(self._patience.hung / 4)
            except TimeoutError as error:
                if self._sent and monotonic() - self._settled_at >= self._patience.hung:
                    raise _HungError from error

    async def _send(self, child: Child) -> None:
        """Send rows, as many as the process may have, some at a time."""
        while True:
            await self._work.wait()
            await asyncio.sleep(GATHER if len(self._waiting) < AT_ONCE else BETWEEN)
            self._work.clear()
            while count := min(AT_ONCE, len(self._waiting), MAX_SENT - self._sent):
                if not self._sent:
                    self._settled_at = monotonic()
                self._sent += count
                child.send(self._waiting.take(count))
                await asyncio.sleep(BETWEEN)

    def _take_loaded(self, line: bytes) -> bool:
        """Take note of the first line; gives whether the process is there and can score rows."""
        if not line:
            return False
        if why := Loaded.model_validate_json(line).unusable:
            self._state, self._problem = "unusable", why
            _logger.error("%s can't be used: %s", self._name, why)
            return False
        self._state, self._problem = "scoring", None
        self._metrics.running(now=True)
        _logger.info("%s scores what is answered", self._name)
        return True

    def _take_report(self, report: Report) -> None:
        if report.settled:
            self._sent -= report.settled
            self._settled += report.settled
            self._settled_at = monotonic()
            self._work.set()
        self._spooled = report.spooled
        self._problem = report.problem
        self._tell(report)

    def _tell(self, report: Report) -> None:
        self._metrics.count("scored", report.scored)
        self._metrics.count("refused", report.refused)
        self._metrics.count("failed", report.failed)
        self._metrics.compared(report.disagreements, report.difference)
        if report.seconds is not None:
            self._metrics.ran(report.seconds)
        for outcome, records in report.logged.items():
            self._log_metrics.count(outcome, records)

    def _tell_end(self, how: ShadowEnd, pause: float) -> None:
        self._state = "ended"
        self._problem = f"its process has {how}, and is started again"
        self._metrics.process_ended(how)
        _logger.warning("the process of %s has %s; it is started again in %g s", self._name, how, pause)

    async def _closing_within(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    @property
    def _name(self) -> str:
        return f"the shadow {self.bundle.name} {self.bundle.version}"
