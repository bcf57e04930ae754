"""A folder as a source of bundles: another bundle is put in its place, or its files are overwritten."""

from collections.abc import Hashable
from pathlib import Path
from typing import Final

from bundle import told_name
from sources.kept import KeptCopy
from sources.source import Edition

INTERVAL: Final = 1.0
"""Seconds from one look to the next; a look asks for the state of seven files."""


class FolderSource:
    """A folder that is looked at from time to time.

    While its files differ from one look to the next, someone is copying: until they stand still, the folder
    counts as what it was before.
    """

    interval: Final = INTERVAL
    problem: Final = None

    def __init__(self, path: Path, cache: Path | None = None) -> None:
        """`cache` is where a copy of what was served is kept; None keeps none."""
        self._path = path
        self._kept = None if cache is None else KeptCopy(cache, path)
        self._seen: Hashable = None
        self._edition: Edition | None = None

    def __str__(self) -> str:
        """As BUNDLE names it."""
        return str(self._path)

    @property
    def short_name(self) -> str:
        """The folder's name."""
        return self._path.resolve().name

    def told_name(self) -> str | None:
        """As the folder's metadata.json says, damaged or not."""
        return told_name(self._path)

    def look(self) -> Edition:
        """What the folder held when it last stood still; the first look takes it as it is."""
        seen = _state(self._path)
        if self._edition is None or seen == self._seen:
            self._edition = Edition(self._path, seen)
        self._seen = seen
        return self._edition

    def holds(self, edition: Edition) -> bool:
        """Whether no file has changed since."""
        return _state(self._path) == edition.mark

    def renew(self, edition: Edition) -> bool:
        """Nobody but who wrote the folder can mend it."""
        return False

    def confirm(self, edition: Edition) -> None:
        """Keep a copy: the folder itself will hold something else one day."""
        if self._kept is not None and self.holds(edition):
            self._kept.keep(edition.path)

    def confirmed(self) -> Edition | None:
        """The copy that was kept last."""
        return None if self._kept is None else self._kept.edition()


def _state(folder: Path) -> Hashable:
    """Each file with what changes when it is written; empty where the folder can't be read."""
    try:
        return tuple(sorted((path.name, *_stat(path)) for path in folder.iterdir()))
    except OSError:
        return ()


def _stat(path: Path) -> tuple[int, ...]:
    """What changes when a file is written, or when who may read it changes; an editor may link to nowhere."""
    try:
        stat = path.stat()
    except OSError:
        stat = path.lstat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
