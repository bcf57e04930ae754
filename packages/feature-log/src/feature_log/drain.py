"""From the spool to Redis: each file in its order, each record once."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from contract.keys import Partition
from contract.stream.append import AppendReply, Batch, Counts
from redis.exceptions import ResponseError

from feature_log.queue import MAX_BATCH
from feature_log.spool.folder import WriterFolder, left_behind
from feature_log.spool.reader import SpoolFile, read_file
from feature_log.spool.writer import SpoolError
from feature_log.spooling import Spooling
from feature_log.stream import RedisStream

Append = Callable[[Batch], Awaitable[AppendReply]]
OnDrained = Callable[[Batch, AppendReply], None]

_logger = logging.getLogger(__name__)


class Drainer:
    """Brings spool files to Redis; one that was drained in part is begun again, since numbers are taken once.

    Raises one of outage.FAILURES, or SpoolError.
    """

    def __init__(self, stream: RedisStream, spooling: Spooling, on_drained: OnDrained) -> None:
        """`on_drained` is called with each batch and what became of it."""
        self._stream = stream
        self._spooling = spooling
        self._on_drained = on_drained

    async def drain_own(self) -> None:
        """Drain what this process has written and sealed."""
        if (batch := self._spooling.unsettled) is not None:
            self._on_drained(batch, await self._stream.append(batch))
            self._spooling.unsettled = None
        for path in await self._spooling.sealed():
            file = await self._read(path)
            await self._send(file, self._stream.append)
            kept = await self._spooling.drained(path, readable=not file.bad_lines)
            _tell(file, kept)

    async def drain_left_behind(self) -> None:
        """Drain what processes have left that ended; those that are running keep theirs.

        What Redis refuses may be refused for its version's sake alone: it is no reason to give up.
        """
        folders = left_behind(self._spooling.root)
        while (folder := await self._spooling.on_disk(lambda: next(folders, None))) is not None:
            try:
                await self._drain_folder(folder)
                await self._settle(folder)
            except (SpoolError, ResponseError) as error:
                _logger.warning("%s is left for later: %s", folder.path, error)
            finally:
                folder.release()

    async def _drain_folder(self, folder: WriterFolder) -> None:
        end = 0
        for path in await self._spooling.on_disk(folder.files):
            file = await self._read(path)
            end = (file.records[-1].number if file.records else end) + file.bad_at_end
            await self._drain_other(folder, file, end)
            if file.bad_lines:
                _tell(file, await self._spooling.on_disk(partial(folder.set_aside, path)))
            else:
                await self._spooling.on_disk(path.unlink)

    async def _settle(self, folder: WriterFolder) -> None:
        """Tell Redis how far the writer had come: what Redis doesn't know of it is gone."""
        standing = await self._spooling.on_disk(folder.standing)
        if standing is not None:
            partition = Partition(standing.model, standing.version)
            counts = Counts(standing.counts_number, standing.counts) if standing.counts else None
            batch = Batch(standing.next, counts=counts)
            await self._stream.check(partition)
            self._on_drained(batch, await self._stream.append_for(partition, folder.writer, batch))
        await self._spooling.on_disk(folder.forget_standing)

    async def _drain_other(self, folder: WriterFolder, file: SpoolFile, end: int) -> None:
        """Send a file of another writer, and what number its last line had: damaged ones count as lost."""
        partition = _partition(file) or await self._partition_of(folder)
        if partition is None:
            return
        await self._stream.check(partition)
        await self._send(file, lambda batch: self._stream.append_for(partition, folder.writer, batch))
        if file.bad_at_end:
            end_of_file = Batch(end + 1)
            self._on_drained(
                end_of_file, await self._stream.append_for(partition, folder.writer, end_of_file)
            )
        _logger.info("drained %d records that another process left in the spool", len(file.records))

    async def _partition_of(self, folder: WriterFolder) -> Partition | None:
        """Whose the writer's records are, by what it put down; None where it put down nothing."""
        standing = await self._spooling.on_disk(folder.standing)
        return Partition(standing.model, standing.version) if standing else None

    async def _read(self, path: Path) -> SpoolFile:
        return await self._spooling.on_disk(lambda: read_file(path))

    async def _send(self, file: SpoolFile, append: Append) -> None:
        for batch in file.batches(MAX_BATCH):
            self._on_drained(batch, await append(batch))


def _partition(file: SpoolFile) -> Partition | None:
    """Whose records these are; None where the file tells nothing."""
    if file.header is not None:
        return Partition(file.header.model, file.header.version)
    if file.records:
        return Partition(file.records[0].record.model, file.records[0].record.version)
    return None


def _tell(file: SpoolFile, kept: Path | None) -> None:
    if kept is not None:
        _logger.error(
            "%d lines of a spool file could not be read, %d records could; the file is kept as %s",
            file.bad_lines,
            len(file.records),
            kept,
        )
