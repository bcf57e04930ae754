"""Model versions on disk: fetched once, and there when MLflow is away."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from registry.client import RegistryClient
from registry.errors import AccessRefusedError, BadCacheError, RegistryAwayError
from registry.notes import FRESH, Notes, room
from registry.reference import ModelReference
from registry.version import RegisteredVersion

KEPT: Final = 5
"""Versions of a model that stay on disk, beside those that a reference means."""

DAY: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A version whose files are in a folder."""

    path: Path
    registered: RegisteredVersion
    away: RegistryAwayError | AccessRefusedError | None = None
    """Why MLflow couldn't be asked; this is then a version that the reference meant before."""


class RegistryCache:
    """A folder of versions, `NAME/VERSION-…/`, which any number of processes may share."""

    def __init__(self, folder: Path, client: RegistryClient) -> None:
        """The folder is made where it isn't there."""
        self._folder = folder
        self._client = client
        self._notes = Notes(folder, client.uri)

    def fetch(self, reference: ModelReference) -> Fetched:
        """The files of the version that a reference means now or, if MLflow can't be asked, meant before.

        A version is fetched once: into a folder of its own, which is then renamed. Raises RegistryError:
        BadCacheError where the disk refuses, RegistryAwayError only if no version is there.
        """
        try:
            registered = self._client.resolve(reference)
            path = self._fetched(registered)
        except (RegistryAwayError, AccessRefusedError) as error:
            before = self.confirmed(reference) or self._here(self._notes.read(reference, "last"))
            if before is None:
                raise
            return replace(before, away=error)
        with self._refusals():
            self._notes.write(reference, "last", registered)
        return Fetched(path, registered)

    def confirm(self, reference: ModelReference, registered: RegisteredVersion) -> None:
        """Note that a version was good: while MLflow is away, it is what the reference means."""
        with self._refusals():
            self._notes.write(reference, "good", registered)

    def confirmed(self, reference: ModelReference) -> Fetched | None:
        """The version that was good last, if its files are here: what to serve instead of a bad one.

        Raises BadCacheError.
        """
        return self._here(self._notes.read(reference, "good"))

    def discard(self, registered: RegisteredVersion) -> None:
        """Remove the files of a version, which is then fetched anew: they turned out to be damaged."""
        shutil.rmtree(self._path(registered), ignore_errors=True)

    def _fetched(self, registered: RegisteredVersion) -> Path:
        path = self._path(registered)
        with self._refusals():
            if path.is_dir():
                return path
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(prefix=FRESH, dir=path.parent))
            try:
                self._client.download(registered, fresh)
                _sync(fresh)
                _rename(fresh, path)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
            self._prune(registered)
        return path

    def _prune(self, newest: RegisteredVersion) -> None:
        """Remove the versions that were fetched longest ago, but none that a reference means."""
        model = self._folder / room(newest.name)
        meant = {self._path(newest), *map(self._path, self._notes.versions(newest.name))}
        versions = sorted((path for path in model.glob("[0-9]*-*") if path.is_dir()), key=_made)
        for path in versions[:-KEPT]:
            if path not in meant:
                shutil.rmtree(path, ignore_errors=True)
        for path in model.glob(f"{FRESH}*"):
            if _made(path) < _made(self._path(newest)) - DAY:  # of a process that was killed
                shutil.rmtree(path, ignore_errors=True)

    def _here(self, registered: RegisteredVersion | None) -> Fetched | None:
        with self._refusals():
            if registered is None or not self._path(registered).is_dir():
                return None
        return Fetched(self._path(registered), registered)

    def _path(self, registered: RegisteredVersion) -> Path:
        """Where a version's files are.

        Two servers, or one before and after it was set up anew, call different versions by the same number.
        """
        origin = f"{registered.source} {registered.run_id} {registered.created_ms}"
        digest = hashlib.sha256(origin.encode()).hexdigest()[:12]
        return self._folder / room(registered.name) / f"{registered.version}-{digest}"

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BadCacheError(
                f"REGISTRY_CACHE: {self._folder} can't keep a model version: {error.strerror or error}"
            ) from error


def _made(path: Path) -> float:
    """When a folder was made; long ago, where another process has removed it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _rename(fresh: Path, path: Path) -> None:
    """Give the folder its name, unless another process was faster: its files are the same."""
    fresh.chmod(0o755)
    try:
        fresh.rename(path)
    except OSError:
        if not path.is_dir():
            raise


def _sync(folder: Path) -> None:
    """Have the files on disk before their folder gets its name."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
