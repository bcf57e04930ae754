"""The spool of this process, as the event loop uses it."""

import logging

from contract.keys import Partition
from contract.stream.append import Batch
from feature_log.counts import NotLogged
from feature_log.metrics import LogMetrics
from feature_log.spool.checkpoint import Checkpoint
from feature_log.spool.disk import Disk, SpoolError
from feature_log.spool.lines import Header, SpooledRecord
from feature_log.spool.writer import SpoolWriter

_logger = logging.getLogger(__name__)


class Spool:
    """Writes batches to the disk, and remembers why it could not."""

    def __init__(
        self,
        writer: SpoolWriter,
        disk: Disk,
        partition: Partition,
        not_logged: NotLogged,
        metrics: LogMetrics,
    ) -> None:
        self._writer = writer
        self._disk = disk
        self._partition = partition
        self._not_logged = not_logged
        self._metrics = metrics
        self._checkpoint: Checkpoint | None = None
        self._unsettled: Batch | None = None
        self._problem: str | None = None
        self._synced = True

    @property
    def problem(self) -> str | None:
        """Why the disk refused the last write; None where it took it."""
        return self._problem

    @property
    def unsettled(self) -> Batch | None:
        """A batch of unknown outcome that the disk refused; it is kept in memory until Redis takes it."""
        return self._unsettled

    def settled(self) -> None:
        """Forget the batch of unknown outcome: Redis has taken it."""
        self._unsettled = None

    async def open(self) -> None:
        """Make the folder, to know at once if that can't be done."""
        try:
            await self._disk.run(self._writer.open)
        except SpoolError as error:
            self.failed(error)

    async def put_unknown(self, batch: Batch) -> None:
        """Write a batch of which nobody knows whether Redis took it; it is the first of a file."""
        if await self._write(batch, self._header(unknown=batch)):
            self._metrics.count("spooled", len(batch.records))
        else:
            self._unsettled = batch

    async def put(self, batch: Batch) -> int:
        """Write a batch, or count it as dropped; gives how many records took their numbers."""
        if await self._write(batch, self._header()):
            self._metrics.count("spooled", len(batch.records))
            return len(batch.records)
        self._not_logged.add("dropped", len(batch.records))
        return 0

    async def save_checkpoint(self, next_record: int, *, direct: bool) -> None:
        """Write down how far this process has come, unless that is written already.

        While records go to Redis (`direct`), this is what shows that the disk works again. While they go to
        the spool it shows nothing, since a full disk still takes a checkpoint.
        """
        checkpoint = self._checkpoint_at(next_record)
        if checkpoint == self._checkpoint:
            return
        try:
            await self._save(checkpoint)
        except SpoolError as error:
            self.failed(error)
        else:
            if direct:
                self._problem = None

    async def sync(self) -> None:
        """Bring what was written to the disk itself; where that fails it is still in the kernel."""
        try:
            await self._disk.run(self._writer.sync)
        except SpoolError as error:
            if self._synced:
                _logger.error("the spool can't be brought to the disk itself: %s", error)  # noqa: TRY400 - it tells all
            self._synced = False
        else:
            self._synced = True

    async def close(self, *, settled: bool) -> None:
        """Give the folder up to whoever drains it; `settled` means that Redis has everything."""
        try:
            await self._disk.run(lambda: self._writer.close(settled=settled))
        except SpoolError as error:
            self.failed(error)
        self._disk.close()

    def failed(self, error: SpoolError) -> None:
        """Note why the spool can't be used, and log each reason once."""
        problem = f"the spool {self._writer.root} can't be used: {error}"
        if problem != self._problem:
            _logger.error("%s; records are dropped while Redis is away", problem)
        self._problem = problem

    def _header(self, unknown: Batch | None = None) -> Header:
        counts = unknown.counts if unknown else None
        return Header(
            model=self._partition.model,
            version=self._partition.version,
            announce=self._not_logged.next_number,
            unknown_until=unknown.next - 1 if unknown else 0,
            counts_number=counts.number if counts else 0,
            counts=counts.add if counts else {},
        )

    async def _write(self, batch: Batch, header: Header) -> bool:
        """Write a batch; a new file begins with the header. Gives whether the disk took it."""
        records = [
            SpooledRecord(batch.first + place, record, batch.once.get(place))
            for place, record in enumerate(batch.records)
        ]
        try:
            await self._disk.run(self._writer.leave_removed)
            if self._writer.begins:
                await self._use_number()
            await self._disk.run(lambda: self._writer.write(records, header))
        except SpoolError as error:
            self.failed(error)
            return False
        if self._problem is not None:
            _logger.info("the spool takes records again")
        self._problem = None
        return True

    async def _use_number(self) -> None:
        """Use the next counts number for a new file, once the counts in the checkpoint have the one after.

        Redis takes one count of each number, so the file and the checkpoint must never share one.
        """
        self._not_logged.use_number()
        if self._checkpoint is not None:
            await self._save(self._checkpoint_at(self._checkpoint.next))

    def _checkpoint_at(self, next_record: int) -> Checkpoint:
        return Checkpoint(
            self._partition.model,
            self._partition.version,
            next_record,
            self._not_logged.next_number,
            self._not_logged.counts,
        )

    async def _save(self, checkpoint: Checkpoint) -> None:
        await self._disk.run(lambda: self._writer.save_checkpoint(checkpoint))
        self._checkpoint = checkpoint
