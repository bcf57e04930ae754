"""SPOOL_DIR: each writing process has a folder in it, under a lock, so that no two drain the same one."""

import fcntl
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from feature_log.spool import checkpoint

SUFFIX: Final = ".spool"
UNREADABLE: Final = "unreadable"
"""Where a file goes that has unreadable lines, once its readable ones were drained."""

_LOCK: Final = "lock"
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

    def set_aside(self, file: Path) -> Path:
        """Keep a file for a person to look at; gives where it is."""
        kept = self.path.parent / UNREADABLE
        kept.mkdir(exist_ok=True)
        return file.rename(kept / f"{self.writer}-{file.name}")

    def release(self) -> None:
        """Give the folder up, and remove it where nothing in it is needed."""
        try:
            if not self.files() and not checkpoint.exists(self.path):
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
    """Take the folders whose processes have ended, oldest first; the caller releases each.

    Skips a folder that can't be taken, and logs it; raises OSError where `root` can't be read.
    """
    paths = [path for path in root.iterdir() if _WRITER.fullmatch(path.name) and path.is_dir()]
    for path in sorted(paths, key=_age):
        try:
            folder = take(path)
        except OSError as error:
            _logger.warning("%s is skipped: %s", path, error.strerror)
            continue
        if folder is not None:
            yield folder


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
