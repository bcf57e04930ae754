"""A folder as a source of bundles: another bundle is put in its place, or its files are overwritten."""

from collections.abc import Hashable
from pathlib import Path
from typing import Final

from bundle import told_name

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

    def __init__(self, path: Path) -> None:
        self._path = path
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
        """A folder keeps nothing of what it held."""

    def confirmed(self) -> Edition | None:
        """None, for the same reason."""
        return None


def _state(folder: Path) -> Hashable:
    """Each file with what changes when it is written; empty where the folder can't be read."""
    try:
        stats = [(path.name, path.stat()) for path in folder.iterdir()]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in stats))
