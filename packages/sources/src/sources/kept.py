"""A copy of what was served last from a folder, for a start while the folder holds something bad."""

import hashlib
from pathlib import Path

from bundle import BundleError, open_bundle, write_folder
from sources.source import Edition


class KeptCopy:
    """The copy that belongs to one folder, in a place that any number of processes may share."""

    def __init__(self, cache: Path, folder: Path) -> None:
        """`cache` is the place, and `folder` what is copied from."""
        digest = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:12]
        self._path = cache / "folders" / digest

    def keep(self, folder: Path) -> None:
        """Copy the bundle; where that can't be done there is no copy, and a later start has to do without."""
        try:
            bundle = open_bundle(folder)
            if self._holds(bundle.metadata.content_hash):
                return
            write_folder(self._path, {name: (folder / name).read_bytes() for name in bundle.files})
        except (BundleError, OSError):
            return

    def edition(self) -> Edition | None:
        """The copy; None where there is none."""
        return Edition(self._path, self._path) if self._path.is_dir() else None

    def _holds(self, content_hash: str) -> bool:
        try:
            return open_bundle(self._path).metadata.content_hash == content_hash
        except BundleError:
            return False
