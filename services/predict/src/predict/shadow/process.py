"""In a shadow's process: rows come in by lines, are scored and logged, and reports go out."""

import asyncio
import logging
import os
import signal
import sys
from collections import deque
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Final

from opentelemetry.metrics import NoOpMeter

from bundle import BundleError, Scorer, open_bundle, read_check, verify_answers
from contract.keys import Partition
from feature_log import FeatureLog, LogInstruments, LogOptions, NoRoomError
from feature_log.metrics import LogMetrics, Outcome
from predict.shadow.scoring import Scored, ShadowScoring
from predict.shadow.wire import Loaded, Report, Setup, read_row
from telemetry.logs import configure_logging

LEAST_URGENT: Final = 19
"""The nice value while rows are scored."""

END_TIMEOUT: Final = 5
"""Seconds from the end of the input to the end of this process at most, whatever the model does."""

LOG_TIMEOUT: Final = 5.0
"""Seconds that Redis has to take records before the spool takes them; nobody waits for an answer here."""

IDLE_REPORT: Final = 1.0
"""Seconds after which it is told what became of the log, where no rows come."""

_logger = logging.getLogger(__name__)


def run() -> None:
    """Load the model that the first line names, and score rows until the input ends."""
    rows = FileIO(sys.stdin.fileno(), closefd=False)  # unbuffered, since rows follow the first line
    setup = Setup.model_validate_json(rows.readline())
    configure_logging("predict", setup.log_level)
    try:
        scoring = _load(setup)
    except BundleError as error:
        _tell(Loaded(unusable=str(error)))
        return
    _give_way()
    asyncio.run(_serve(setup, rows, scoring))


def _load(setup: Setup) -> ShadowScoring:
    bundle = open_bundle(setup.bundle)
    if bundle.version != setup.version:
        raise BundleError(f"{setup.bundle} holds version {bundle.version} by now")
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
    if bundle.check_path is not None:
        verify_answers(read_check(bundle.check_path), scorer)
    return ShadowScoring(bundle, scorer)


def _give_way() -> None:
    """Run only while nothing else wants the core, with all threads.

    A nice value alone would not do: a process of that kind may keep the core for milliseconds that an answer
    waits for.
    """
    os.nice(LEAST_URGENT)
    if sys.platform == "linux":
        with suppress(OSError):  # a container may forbid it
            for thread in Path("/proc/self/task").iterdir():
                os.sched_setscheduler(int(thread.name), os.SCHED_IDLE, os.sched_param(0))


class Lines(asyncio.Protocol):
    """The lines that come in."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._rest = bytearray()
        self._arrived = asyncio.Event()
        self.ended = False

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._rest += data
        *lines, rest = bytes(self._rest).split(b"\n") if b"\n" in data else (bytes(self._rest),)
        self._rest = bytearray(rest)
        self._lines.extend(lines)
        if lines:
            self._arrived.set()

    def connection_lost(self, _: Exception | None) -> None:
        """Have this process end soon: the service closed the input, or is gone itself."""
        signal.setitimer(signal.ITIMER_REAL, END_TIMEOUT)  # by the kernel, also where the model hangs
        self.ended = True
        self._arrived.set()

    @property
    def waiting(self) -> int:
        """How many have not been taken."""
        return len(self._lines)

    async def take(self, most: int, timeout: float) -> list[bytes]:
        """The next lines; none where none came within the seconds, or where the input has ended."""
        if not self._lines and not self.ended:
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), timeout)
            except TimeoutError:
                return []
        return [self._lines.popleft() for _ in range(min(most, len(self._lines)))]


async def _serve(setup: Setup, rows: FileIO, scoring: ShadowScoring) -> None:
    log, counts = _log(setup, scoring.partition)
    loop = asyncio.get_running_loop()
    _, lines = await loop.connect_read_pipe(Lines, rows)
    await log.start()
    _tell(Loaded())
    while not lines.ended or lines.waiting:
        some = await lines.take(scoring.at_once, IDLE_REPORT)
        scored = Scored()
        if some:
            scored = await loop.run_in_executor(None, scoring.score, [read_row(line) for line in some])
            await _log_records(log, scored)
        if counts.add_to(scored.report) or some:
            _tell(scored.report)
    await log.close()
    last = Report()
    if counts.add_to(last):
        _tell(last)


def _log(setup: Setup, partition: Partition) -> tuple[FeatureLog, "LogCounts"]:
    """The shadow's own log, and what is to be told of it; the service's instruments show that."""
    instruments = LogInstruments(NoOpMeter("shadow"))
    log = FeatureLog(
        LogOptions(
            redis_url=setup.redis_url,
            partition=partition,
            spool_dir=setup.spool_dir,
            window_rows=setup.window_rows,
            window_period=setup.window_period,
            append_timeout=LOG_TIMEOUT,
            spool_max_bytes=setup.spool_max_bytes,
        ),
        instruments,
    )
    return log, LogCounts(log, instruments.of(partition))


async def _log_records(log: FeatureLog, scored: Scored) -> None:
    try:
        await log.log_many(scored.records)
    except NoRoomError:
        _logger.error("%d rows are dropped: others wait for Redis and for the spool", len(scored.records))  # noqa: TRY400
        scored.report.failed += scored.report.scored
        scored.report.scored = 0


class LogCounts:
    """What became of the log's records since it was last told."""

    def __init__(self, log: FeatureLog, metrics: LogMetrics) -> None:
        self._log = log
        self._metrics = metrics
        self._told: dict[Outcome, int] = {}
        self._state: tuple[int, str | None] = (0, None)

    def add_to(self, report: Report) -> bool:
        """Put it into a report; gives whether anything has changed."""
        counts = dict(self._metrics.counts)
        report.logged = {
            name: count - self._told.get(name, 0)
            for name, count in counts.items()
            if count != self._told.get(name, 0)
        }
        report.spooled = self._metrics.spool_records()
        report.problem = self._log.dropping or self._log.outage
        changed = bool(report.logged) or self._state != (report.spooled, report.problem)
        self._told, self._state = counts, (report.spooled, report.problem)
        return changed


def _tell(what: Loaded | Report) -> None:
    os.write(sys.stdout.fileno(), what.model_dump_json(exclude_defaults=True).encode() + b"\n")
