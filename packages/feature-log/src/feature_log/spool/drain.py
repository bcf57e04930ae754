"""From the spool to Redis: each file in its order, each record once."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from redis.exceptions import ResponseError

from contract.keys import Partition
from contract.stream.append import AppendReply, Batch, Counts
from feature_log.queue import MAX_BATCH
from feature_log.spool import checkpoint
from feature_log.spool.disk import Disk, SpoolError
from feature_log.spool.folder import WriterFolder, left_behind
from feature_log.spool.reader import SpoolFile, read_file
from feature_log.spool.spool import Spool
from feature_log.spool.writer import SpoolWriter
from feature_log.stream import RedisStream

Append = Callable[[Batch], Awaitable[AppendReply]]
OnDrained = Callable[[Partition, Batch, AppendReply], None]

_logger = logging.getLogger(__name__)


class Drain:
    """Brings spool files to Redis; one that was drained in part is sent again, as no number is taken twice.

    Its calls raise one of stream.FAILURES, or SpoolError.
    """

    def __init__(
        self, stream: RedisStream, spool: Spool, writer: SpoolWriter, disk: Disk, on_drained: OnDrained
    ) -> None:
        """`on_drained` is called with each batch that Redis has taken, whose it is, and the reply."""
        self._stream = stream
        self._spool = spool
        self._writer = writer
        self._disk = disk
        self._on_drained = on_drained

    async def seal(self) -> int:
        """End the present file, so that it can be drained; gives how many records wait in all files."""
        await self._disk.run(self._writer.seal)
        return self._writer.records

    async def own(self) -> None:
        """Drain what this process has written and sealed."""
        if (batch := self._spool.unsettled) is not None:
            self._on_drained(self._stream.partition, batch, await self._stream.append(batch))
            self._spool.settled()
        for path in await self._disk.run(self._writer.sealed):
            file = await self._read(path)
            await self._send(self._stream.partition, file, self._stream.append)
            kept = await self._disk.run(partial(self._writer.drained, path, readable=not file.bad_lines))
            _log_unreadable(file, kept)

    async def left_behind(self) -> None:
        """Drain what processes have left that ended; those that are running keep theirs.

        Where Redis refuses one folder's records, that folder is left for later and the others are drained.
        """
        folders = left_behind(self._writer.root)
        while (folder := await self._disk.run(lambda: next(folders, None))) is not None:
            try:
                await self._drain_folder(folder)
                await self._settle(folder)
            except (SpoolError, ResponseError) as error:
                _logger.warning("%s is left for later: %s", folder.path, error)
            finally:
                folder.release()

    async def _drain_folder(self, folder: WriterFolder) -> None:
        end = 0
        for path in await self._disk.run(folder.files):
            file = await self._read(path)
            end = (file.records[-1].number if file.records else end) + file.bad_at_end
            await self._drain_other(folder, file, end)
            if file.bad_lines:
                _log_unreadable(file, await self._disk.run(partial(folder.set_aside, path)))
            else:
                await self._disk.run(path.unlink)

    async def _settle(self, folder: WriterFolder) -> None:
        """Tell Redis how far the writer had come: what Redis doesn't know of it is lost."""
        reached = await self._disk.run(partial(checkpoint.load, folder.path))
        if reached is not None:
            partition = Partition(reached.model, reached.version)
            counts = Counts(reached.counts_number, reached.counts) if reached.counts else None
            batch = Batch(reached.next, counts=counts)
            await self._stream.register(partition)
            reply = await self._stream.append_for(partition, folder.writer, batch)
            self._on_drained(partition, batch, reply)
        await self._disk.run(partial(checkpoint.remove, folder.path))

    async def _drain_other(self, folder: WriterFolder, file: SpoolFile, end: int) -> None:
        """Send a file of another writer, and the number of its last line: damaged lines count as lost."""
        partition = _partition(file) or await self._partition_of(folder)
        if partition is None:
            return
        await self._stream.register(partition)
        await self._send(partition, file, partial(self._stream.append_for, partition, folder.writer))
        if file.bad_at_end:
            end_of_file = Batch(end + 1)
            reply = await self._stream.append_for(partition, folder.writer, end_of_file)
            self._on_drained(partition, end_of_file, reply)
        _logger.info("drained %d records that another process left in the spool", len(file.records))

    async def _partition_of(self, folder: WriterFolder) -> Partition | None:
        """Whose the writer's records are, by its checkpoint; None where it has none."""
        reached = await self._disk.run(partial(checkpoint.load, folder.path))
        return Partition(reached.model, reached.version) if reached else None

    async def _read(self, path: Path) -> SpoolFile:
        return await self._disk.run(partial(read_file, path))

    async def _send(self, partition: Partition, file: SpoolFile, append: Append) -> None:
        for batch in file.batches(MAX_BATCH):
            self._on_drained(partition, batch, await append(batch))


def _partition(file: SpoolFile) -> Partition | None:
    """Whose records these are; None where the file does not say."""
    if file.header is not None:
        return Partition(file.header.model, file.header.version)
    if file.records:
        return Partition(file.records[0].record.model, file.records[0].record.version)
    return None


def _log_unreadable(file: SpoolFile, kept: Path | None) -> None:
    if kept is not None:
        _logger.error(
            "%d lines of a spool file could not be read, %d records could; the file is kept as %s",
            file.bad_lines,
            len(file.records),
            kept,
        )
