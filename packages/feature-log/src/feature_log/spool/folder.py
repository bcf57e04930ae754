"""SPOOL_DIR: a folder for each process that writes, under a lock, so that no two ever drain the same one."""

import fcntl
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from feature_log.spool.lines import BadLineError, Standing, read_standing, write_standing

SUFFIX: Final = ".spool"
UNREADABLE: Final = "unreadable"
"""Where a file goes that has lines that can't be read, once the others were drained."""

_LOCK: Final = "lock"
_STANDING: Final = "standing"
_STANDING_BYTES: Final = 1024
"""More than a standing has: it is written in its place, which a full disk still takes."""

_WRITER: Final = re.compile("[0-9a-f]{32}")
"""A writer's name, a UUID; nothing else in SPOOL_DIR is ours."""

_logger = logging.getLogger(__name__)


class WriterFolder:
    """The spool of one writer, held by this process; the folder's name is the writer's."""

    def __init__(self, path: Path, lock: int) -> None:
        self._lock = lock
        self.path = path

    @property
    def writer(self) -> str:
        """The writer under whose numbers the records are."""
        return self.path.name

    def files(self) -> list[Path]:
        """Its files in the order in which they were written."""
        return sorted(self.path.glob(f"*{SUFFIX}"))

    def note(self, standing: Standing) -> None:
        """Put down the writer's standing, in the place of the one before; raises OSError."""
        file = os.open(self.path / _STANDING, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(file, write_standing(standing).ljust(_STANDING_BYTES), 0)
            os.fdatasync(file)
        finally:
            os.close(file)

    def standing(self) -> Standing | None:
        """What was put down last; None where that is nothing that can be read."""
        try:
            return read_standing((self.path / _STANDING).read_bytes().partition(b"\n")[0])
        except (FileNotFoundError, BadLineError):
            return None

    def forget_standing(self) -> None:
        """Remove what was put down, once Redis knows it; raises OSError."""
        (self.path / _STANDING).unlink(missing_ok=True)

    def set_aside(self, file: Path) -> Path:
        """Keep a file for a person to look at; gives where it is."""
        kept = self.path.parent / UNREADABLE
        kept.mkdir(exist_ok=True)
        return file.rename(kept / f"{self.writer}-{file.name}")

    def release(self) -> None:
        """Give it up, and remove it where nothing in it is of use."""
        try:
            if not self.files() and not (self.path / _STANDING).exists():
                (self.path / _LOCK).unlink(missing_ok=True)
                self.path.rmdir()
        except OSError as error:
            _logger.warning("%s can't be removed: %s", self.path, error.strerror)
        finally:
            os.close(self._lock)


def take(path: Path) -> WriterFolder | None:
    """Take a writer's folder; None where another process holds it, or has just removed it. Raises OSError."""
    try:
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_ino == (path / _LOCK).stat().st_ino:
            return WriterFolder(path, lock)
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:
        os.close(lock)
        raise
    os.close(lock)
    return None


def create(root: Path, writer: str) -> WriterFolder:
    """Make and take the folder of a new writer; raises OSError."""
    path = root / writer
    while True:
        path.mkdir(parents=True, exist_ok=True)
        folder = take(path)
        if folder is not None:
            return folder


def left_behind(root: Path) -> Iterator[WriterFolder]:
    """Take the folders whose processes have ended, oldest first; each is to be released.

    Raises OSError where `root` can't be read; a folder in it that can't be taken is passed over.
    """
    paths = [path for path in root.iterdir() if _WRITER.fullmatch(path.name) and path.is_dir()]
    for path in sorted(paths, key=_age):
        try:
            folder = take(path)
        except OSError as error:
            _logger.warning("%s is left alone: %s", path, error.strerror)
            continue
        if folder is not None:
            yield folder


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
