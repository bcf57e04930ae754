"""When records go to the spool, and how; its files are written in a thread, one call at a time."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from contract.keys import Partition
from contract.stream.append import Batch

from feature_log.metrics import LogMetrics
from feature_log.not_logged import KeptOut
from feature_log.queue import spooled
from feature_log.spool.lines import Header, Standing
from feature_log.spool.writer import Spool, SpoolError

T = TypeVar("T")

_logger = logging.getLogger(__name__)


class Spooling:
    """The spool as the feature log uses it; while `active`, every record goes there."""

    def __init__(self, spool: Spool, partition: Partition, metrics: LogMetrics) -> None:
        self._spool = spool
        self._partition = partition
        self._metrics = metrics
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._standing: Standing | None = None
        self._synced = True
        self._begun = asyncio.Event()
        self.active = False
        self.problem: str | None = None
        """Why the last write failed."""
        self.unsettled: Batch | None = None
        """A batch of unknown outcome that the disk didn't take: it is kept here until Redis says."""

    @property
    def records(self) -> int:
        """How many records wait in this process's spool."""
        return self._spool.records

    async def open(self) -> None:
        """Make the folder, to know at once if that can't be done."""
        try:
            await self.on_disk(self._spool.open)
        except SpoolError as error:
            self.failed(error)

    @property
    def root(self) -> Path:
        """The folder of all spools."""
        return self._spool.root

    async def begin(self, batch: Batch, kept_out: KeptOut) -> None:
        """From here on records go to the spool; the first are a batch whose outcome in Redis is unknown."""
        self.active = True
        self._begun.set()
        header = self._header(kept_out, unknown=batch)
        if await self._write(batch, header, kept_out):
            self._metrics.count("spooled", len(batch.records))
        else:
            self.unsettled = batch

    async def put(self, batch: Batch, kept_out: KeptOut) -> int:
        """Write a batch, or count it as dropped; gives how many records took their numbers."""
        if await self._write(batch, self._header(kept_out), kept_out):
            self._metrics.count("spooled", len(batch.records))
            return len(batch.records)
        kept_out.add("dropped", len(batch.records))
        self._metrics.count("dropped", len(batch.records))
        return 0

    async def keep(self, batch: Batch, kept_out: KeptOut) -> None:
        """Write counts that Redis could not be told, for whoever drains the spool."""
        await self.seal()
        await self._write(batch, self._header(kept_out, unknown=batch), kept_out)

    async def seal(self) -> None:
        """End the present file, so that it can be drained."""
        await self.on_disk(self._spool.seal)

    async def sealed(self) -> list[Path]:
        """The files that can be drained, in their order; raises SpoolError."""
        return await self.on_disk(self._spool.sealed)

    async def drained(self, path: Path, *, readable: bool) -> Path | None:
        """Forget a file whose records are in Redis; one with unreadable lines is kept, and where is told."""
        return await self.on_disk(lambda: self._spool.drained(path, readable=readable))

    def wake(self) -> None:
        """End a wait."""
        self._begun.set()

    async def wait(self, seconds: float) -> None:
        """Wait that long, or until spooling begins."""
        try:
            async with asyncio.timeout(seconds):
                await self._begun.wait()
        except TimeoutError:
            return
        self._begun.clear()

    async def on_disk(self, call: Callable[[], T]) -> T:
        """Run a blocking call that has to do with the spool's files; raises SpoolError."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._disk, call)
        except OSError as error:
            raise SpoolError(error.strerror or str(error)) from error

    async def note(self, next_record: int, kept_out: KeptOut) -> None:
        """Put down how far this process has come, unless that is known already."""
        standing = self._as_standing(next_record, kept_out.next_number(), kept_out)
        if standing == self._standing:
            return
        try:
            await self._put_down(standing)
        except SpoolError as error:
            self.failed(error)
        else:
            if not self.active:
                self.problem = None

    async def sync(self) -> None:
        """Bring what was written to the disk itself; written it is in any case."""
        try:
            await self.on_disk(self._spool.sync)
        except SpoolError as error:
            if self._synced:
                _logger.error("the spool can't be brought to the disk itself: %s", error)  # noqa: TRY400 - it tells all
            self._synced = False
        else:
            self._synced = True

    async def close(self) -> None:
        """Seal, and give the folder up to whoever drains it."""
        settled = not self.active
        try:
            await self.on_disk(lambda: self._spool.close(settled=settled))
        except SpoolError as error:
            self.failed(error)
        self._disk.shutdown()

    def _as_standing(self, next_record: int, number: int, kept_out: KeptOut) -> Standing:
        return Standing(
            self._partition.model, self._partition.version, next_record, number, dict(kept_out.counts)
        )

    async def _put_down(self, standing: Standing) -> None:
        await self.on_disk(lambda: self._spool.note(standing))
        self._standing = standing

    def _header(self, kept_out: KeptOut, unknown: Batch | None = None) -> Header:
        counts = unknown.counts if unknown else None
        return Header(
            model=self._partition.model,
            version=self._partition.version,
            announce=kept_out.next_number(),
            unknown_until=unknown.next - 1 if unknown else 0,
            counts_number=counts.number if counts else 0,
            counts=counts.add if counts else {},
        )

    async def _write(self, batch: Batch, header: Header, kept_out: KeptOut) -> bool:
        try:
            await self.on_disk(self._spool.leave_removed)
            if self._spool.begins:
                await self._give_number(kept_out)
            await self.on_disk(lambda: self._spool.write(spooled(batch), header))
        except SpoolError as error:
            self.failed(error)
            return False
        if self.problem is not None:
            _logger.info("the spool takes records again")
        self.problem = None
        return True

    async def _give_number(self, kept_out: KeptOut) -> None:
        """Let a new file have the number of the counts that were put down; they get the next one, first."""
        kept_out.use_number()
        if self._standing is not None:
            number = kept_out.next_number()
            await self._put_down(self._as_standing(self._standing.next, number, kept_out))

    def failed(self, error: SpoolError) -> None:
        """Note why the spool can't be used; said once."""
        problem = f"the spool {self.root} can't be used: {error}"
        if problem != self.problem:
            _logger.error("%s; records are dropped while Redis is away", problem)
        self.problem = problem
