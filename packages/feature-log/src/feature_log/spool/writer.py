"""The files of this process's spool: records are appended to one file at a time, within a bound."""

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from feature_log.spool import checkpoint
from feature_log.spool.checkpoint import Checkpoint
from feature_log.spool.disk import SpoolError
from feature_log.spool.folder import SUFFIX, WriterFolder, create
from feature_log.spool.lines import Header, SpooledRecord, write_header, write_record

FILE_BYTES: Final = 1024 * 1024
"""From this size on a new file is begun: a whole one is read into memory to be drained."""

_NEW_FILE: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

_logger = logging.getLogger(__name__)


class SpoolWriter:
    """Files of records under one writer's name. Calls block, and are made one at a time."""

    def __init__(self, root: Path, writer: str, max_bytes: int) -> None:
        """`max_bytes` bounds what this process writes and has not drained."""
        self.root = root
        self.max_bytes = max_bytes
        self._writer = writer
        self._folder: WriterFolder | None = None
        self._file = -1
        self._file_bytes = 0
        self._names = 0
        self._sizes: dict[Path, tuple[int, int]] = {}
        self._unsynced: set[Path] = set()

    def open(self) -> WriterFolder:
        """Make sure that the folder is there; raises OSError."""
        if self._folder is None or not self._folder.path.exists():
            self._folder = create(self.root, self._writer)
        return self._folder

    def save_checkpoint(self, reached: Checkpoint) -> None:
        """Write down how far this process has come; raises OSError."""
        checkpoint.save(self.open().path, reached)

    @property
    def is_open(self) -> bool:
        """Whether a file is being written."""
        return self._file >= 0

    @property
    def begins(self) -> bool:
        """Whether the next write begins a file."""
        return not self.is_open or self._file_bytes >= FILE_BYTES

    def leave_removed(self) -> None:
        """Seal the present file if somebody removed it: nobody would read what is written to it."""
        if self.is_open and os.fstat(self._file).st_nlink == 0:
            self.seal()

    def write(self, records: Sequence[SpooledRecord], header: Header) -> None:
        """Append all of the records, or none of them; a new file begins with the header.

        Raises SpoolError where the spool is full, or OSError.
        """
        begins = self.begins
        lines = [write_record(each) for each in records]
        if begins:
            self.seal()
            lines.insert(0, write_header(header))
        content = b"".join(lines)
        if self._bytes + len(content) > self.max_bytes:
            raise SpoolError(f"it is full; SPOOL_MAX_BYTES allows {self.max_bytes} bytes")
        path = self._begin() if begins else self._path
        self._put(content)
        self._unsynced.add(path)
        size, count = self._sizes.get(path, (0, 0))
        self._sizes[path] = (size + len(content), count + len(records))

    def sync(self) -> None:
        """Bring every file that was written since the last call to the disk itself; raises OSError."""
        if not self._unsynced:
            return
        for path in [*self._unsynced]:
            with suppress(FileNotFoundError):  # it was drained
                _sync(path)
            self._unsynced.discard(path)
        for folder in (self.open().path, self.root):
            with suppress(OSError):  # not every file system can do this, and the content is there
                _sync(folder)

    def seal(self) -> None:
        """End the present file; the next write begins another."""
        if self.is_open:
            file, self._file = self._file, -1
            os.close(file)

    @property
    def records(self) -> int:
        """How many records wait here."""
        return sum(count for _, count in self._sizes.values())

    def left(self) -> int:
        """How many records wait here that nobody has drained since the folder was given up."""
        return sum(count for path, (_, count) in self._sizes.items() if path.exists())

    def sealed(self) -> list[Path]:
        """The files that are complete, in their order; raises OSError."""
        if not self._sizes:
            return []
        files = self.open().files()
        for path in [path for path in self._sizes if path not in files]:
            _logger.error("somebody removed %s, with %d records", path, self._sizes.pop(path)[1])
        return [path for path in files if not (self.is_open and path == self._path)]

    def drained(self, path: Path, *, readable: bool) -> Path | None:
        """Remove a file whose records are in Redis; gives where it is kept if it has unreadable lines."""
        kept = None
        if readable:
            path.unlink(missing_ok=True)
        else:
            kept = self.open().set_aside(path)
        self._sizes.pop(path, None)
        return kept

    def close(self, *, settled: bool = True) -> None:
        """Give the folder up: what is left in it is for the next process.

        Where Redis has everything (`settled`), nobody needs the checkpoint.
        """
        self.seal()
        with suppress(OSError):  # it is in the kernel
            self.sync()
        if self._folder is not None:
            if settled:
                checkpoint.remove(self._folder.path)
            self._folder.release()
            self._folder = None

    @property
    def _bytes(self) -> int:
        return sum(size for size, _ in self._sizes.values())

    @property
    def _path(self) -> Path:
        return self.open().path / f"{self._names:06d}{SUFFIX}"

    def _begin(self) -> Path:
        self.open()
        self._names += 1
        path = self._path
        self._file = os.open(path, _NEW_FILE, 0o600)
        self._file_bytes = 0
        return path

    def _put(self, content: bytes) -> None:
        """Write all of it, or leave the file as it was."""
        written = 0
        try:
            while written < len(content):
                written += os.write(self._file, content[written:])
        except OSError:
            self._take_back()
            raise
        self._file_bytes += written

    def _take_back(self) -> None:
        if self._file_bytes == 0:
            path = self._path
            self.seal()
            path.unlink(missing_ok=True)
            return
        os.ftruncate(self._file, self._file_bytes)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
