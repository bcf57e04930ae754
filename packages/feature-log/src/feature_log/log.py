"""The feature log: a request logs its record here, and waits until it is safe."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Final

from contract.keys import Partition
from contract.stream.idempotency import Once, Remembered
from contract.stream.record import Record
from contract.windows import Period
from feature_log.counts import NotLogged, is_sampled
from feature_log.delivery import Delivery
from feature_log.enqueue import WindowEnqueuer
from feature_log.metrics import LogInstruments
from feature_log.queue import MAX_QUEUED, RecordQueue
from feature_log.recovery import Recovery
from feature_log.rows import RowsLog, fingerprint_of, parts_of, refuse_other
from feature_log.spool.disk import Disk
from feature_log.spool.drain import Drain
from feature_log.spool.spool import Spool
from feature_log.spool.writer import SpoolWriter
from feature_log.state import LogState
from feature_log.stream import FAILURES, RedisStream

DISK_TIMEOUT: Final = 0.25
"""Seconds that a request waits for the spool at most, after it has waited for Redis."""

COMMIT_INTERVAL: Final = 0.001
"""Seconds from one commit to the next at least, since one costs as much as answering a request: records that
come meanwhile share it. A record that comes alone waits for nothing."""

CLOSE_TIMEOUT: Final = 1.0
"""Seconds that Redis has when the service ends; then the spool takes what is left."""

Task = asyncio.Task[None]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """What a service decides about its feature log."""

    redis_url: str
    partition: Partition
    spool_dir: Path
    """Where records wait while Redis is away; all logs of a host may share it."""

    window_rows: int = 1000
    """Records of a full window; every writer of a stream needs the same."""

    window_period: Period | None = None
    """By which windows are closed: the hour, the day or the week, by UTC; every writer needs the same."""

    append_timeout: float = 0.25
    """Seconds that Redis has to take a record before the spool takes it."""

    spool_max_bytes: int = 256 * 1024 * 1024
    """Bytes that wait on the disk at most; beyond them records are dropped and counted."""

    sample_rate: float = 1.0
    """The share of records that is logged, from 0 to 1."""

    idempotency_ttl: float = 600
    """Seconds for which an Idempotency-Key is remembered."""


class FeatureLog:
    """Brings each record to Redis, or to the disk if Redis doesn't take it in time.

    A process numbers its records. A batch that Redis may or may not have taken goes to the spool under its
    numbers, and so does every later record until the spool is drained. So Redis sees the numbers in their
    order, and takes none twice.
    """

    def __init__(
        self, options: LogOptions, instruments: LogInstruments, stream: RedisStream | None = None
    ) -> None:
        """All logs of a process share `instruments`; `stream` is by default the one that the options name."""
        self._timeout = options.append_timeout
        self._sample_rate = options.sample_rate
        self._stream = stream or RedisStream(
            options.redis_url,
            options.partition,
            options.window_rows,
            options.append_timeout,
            options.idempotency_ttl,
            window_period=options.window_period,
        )
        self._enqueuer = WindowEnqueuer(options.redis_url)
        metrics = instruments.of(options.partition)
        self._not_logged = NotLogged(metrics)
        self._state = LogState()
        disk = Disk()
        writer = SpoolWriter(options.spool_dir, self._stream.writer, options.spool_max_bytes)
        self._metrics, self._writer, self._spooled = metrics, writer, lambda: writer.records
        metrics.watch_spool(self._spooled)
        self._spool = Spool(writer, disk, options.partition, self._not_logged, metrics)
        self._delivery = Delivery(
            self._stream,
            self._spool,
            state=self._state,
            not_logged=self._not_logged,
            metrics=metrics,
            on_closed=self._enqueuer.submit,
        )
        drain = Drain(self._stream, self._spool, writer, disk, self._delivery.drained)
        self._recovery = Recovery(
            self._stream,
            self._spool,
            drain=drain,
            state=self._state,
            delivery=self._delivery,
            timeout=self._timeout,
        )
        self._queue = RecordQueue(DISK_TIMEOUT)
        self._rows = RowsLog(
            self._queue, self._not_logged, timeout=self._timeout, sample_rate=self._sample_rate
        )
        self._next_commit = 0.0
        self._closing = False
        self._tasks: list[Task] = []

    @property
    def outage(self) -> str | None:
        """Why Redis can't be used now; None where it can."""
        return self._state.outage

    @property
    def unusable(self) -> bool:
        """Whether that is no outage, since what answers can't be used however long one waits."""
        return self._state.unusable

    @property
    def spool_problem(self) -> str | None:
        """Why the spool could not be used when it was last tried; None where it could."""
        return self._spool.problem

    @property
    def losses(self) -> str | None:
        """What Redis has lost since this process began; None where nothing is known to be lost."""
        lost = self._delivery.lost
        return f"{lost} records are lost that Redis had confirmed or the spool had held" if lost else None

    @property
    def dropping(self) -> str | None:
        """Why records are being dropped now; None where they are safe."""
        if any(task.done() for task in self._tasks):
            return "the feature log is not running"
        return None if self._state.is_direct else self._spool.problem

    async def start(self) -> None:
        """Look at Redis once, and begin to take records whether it is there or not."""
        self._enqueuer.start()
        await self._spool.open()
        await self._recovery.look(drain=False)
        self._tasks = [
            asyncio.create_task(self._run(), name="feature log"),
            asyncio.create_task(self._recovery.run(), name="feature log: recovery"),
            asyncio.create_task(self._recovery.keep_checkpoint(), name="feature log: checkpoint"),
        ]
        for task in self._tasks:
            task.add_done_callback(_log_error)

    async def log(self, record: Record, key: str | None = None) -> Remembered | None:
        """Return once the record is safe, or dropped by a limit.

        A record that repeats an earlier one, by its Idempotency-Key, is not logged again: the first answer is
        given. Raises KeyReusedError where the key was used for another record.
        """
        once = None if key is None else Once.of(key, record)
        if not is_sampled(record.prediction_id, self._sample_rate):
            if once is None:
                self._not_logged.add("unsampled")
                return None
            once = replace(once, logged=False)
        deadline = asyncio.get_running_loop().time() + self._timeout
        if self._queue.room.is_full and not await self._queue.room.wait(deadline):
            self._not_logged.add("dropped")
            _logger.error("a record is dropped: %d others wait for Redis and for the spool", MAX_QUEUED)
            return None
        remembered = await self._queue.join(record, once, deadline)
        refuse_other(once, remembered)
        return remembered

    async def remembered(self, asked: bytes, key: str) -> Remembered | None:
        """What was answered when this was asked under that key; None where nothing is known of that."""
        found = await self._known([Once.of_asked(key, asked)])
        return found[0] if found else None

    async def remembered_rows(self, asked: Sequence[bytes], key: str) -> list[Remembered] | None:
        """What was answered to each of these rows, which came together; None unless all answers are known."""
        fingerprint, found = await fingerprint_of(asked), list[Remembered]()
        for places in parts_of(range(len(asked))):
            known = await self._known([fingerprint.once(key, place) for place in places])
            if known is None:
                return None
            found += known
        return found

    async def log_many(self, records: Sequence[Record], key: str | None = None) -> list[Remembered | None]:
        """Return once all of the records are safe, or dropped by a limit; gives what `log` does, for each.

        They come to the stream in their order; single records may come between them. One Idempotency-Key is
        for all of them: if the same records come again, those that were logged are not logged again, and the
        others are. Raises NoRoomError where there is no room for all of them within `append_timeout`,
        KeyReusedError where the key was used for anything else, and then logs none; ValueError for more than
        queue.MAX_HELD records.
        """
        return await self._rows.log(records, key)

    async def close(self) -> None:
        """Bring what is queued to Redis within a second, or else to the spool, and end.

        A log that did not start is ended as well.
        """
        self._closing = True
        if self._tasks:
            await self._end(*self._tasks)
        self._queue.close()
        await self._spool.close(settled=self._state.is_direct)
        self._metrics.leave_spool(self._spooled, self._writer.left)
        await self._stream.close()
        await asyncio.to_thread(self._enqueuer.close)

    async def _end(self, run: Task, recovery: Task, checkpoint: Task) -> None:
        self._queue.arrived.set()
        self._delivery.set_shutdown_deadline(CLOSE_TIMEOUT)
        self._recovery.end()
        await asyncio.wait([recovery], timeout=CLOSE_TIMEOUT + DISK_TIMEOUT)
        recovery.cancel()
        checkpoint.cancel()
        await asyncio.gather(run, recovery, checkpoint, return_exceptions=True)

    async def _known(self, each: Sequence[Once]) -> list[Remembered] | None:
        """What is remembered of all of these; None where something isn't, or was about something else."""
        if not self._state.is_direct:
            return None
        try:
            async with asyncio.timeout(self._timeout):
                found = await self._stream.remembered(each)
        except (*FAILURES, TimeoutError):
            return None
        known = list[Remembered]()
        for once, first in zip(each, found, strict=True):
            if first is None or first.fingerprint != once.fingerprint:
                return None
            known.append(first)
        return known

    async def _run(self) -> None:
        while not self._closing or self._queue:
            await self._queue.arrived.wait()
            await self._keep_interval()
            await self._delivery.deliver(self._queue)
        await self._delivery.tell_counts(min(self._timeout, CLOSE_TIMEOUT), keep=True)

    async def _keep_interval(self) -> None:
        early = self._next_commit - monotonic()
        if early > 0 and not self._closing:
            await asyncio.sleep(early)
        self._next_commit = monotonic() + COMMIT_INTERVAL


def _log_error(task: Task) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _logger.error("the feature log has ended", exc_info=error)
