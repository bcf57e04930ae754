"""What references meant when MLflow was last asked, on disk."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from registry.reference import ModelReference
from registry.version import RegisteredVersion

Kind = Literal["last", "good"]
"""What a reference meant last, and what it meant when that was last found to be good."""

FRESH: Final = ".fetching-"
"""How a file or a folder is called until it is complete."""


class Note(BaseModel):
    """A version, and the server that has it."""

    uri: str
    registered: RegisteredVersion


class Notes:
    """One small file for each reference and kind, beside the model's versions; each is written by rename."""

    def __init__(self, folder: Path, uri: str) -> None:
        """Notes of one server, below the cache's folder."""
        self._folder = folder
        self._uri = uri

    def write(self, reference: ModelReference, kind: Kind, registered: RegisteredVersion) -> None:
        """Note what a reference means; raises OSError."""
        note, path = Note(uri=self._uri, registered=registered), self._path(reference, kind)
        if _read(path) == note:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(prefix=FRESH, dir=path.parent)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(note.model_dump_json(by_alias=True))
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).replace(path)
        finally:
            Path(fresh).unlink(missing_ok=True)

    def read(self, reference: ModelReference, kind: Kind) -> RegisteredVersion | None:
        """What a reference meant on this server, if that was noted."""
        note = _read(self._path(reference, kind))
        return note.registered if note is not None and note.uri == self._uri else None

    def versions(self, name: str) -> Iterator[RegisteredVersion]:
        """Each version of a model that some reference means, on whichever server."""
        for path in (self._folder / room(name)).glob("*.json"):
            note = _read(path)
            if note is not None:
                yield note.registered

    def _path(self, reference: ModelReference, kind: Kind) -> Path:
        what = f"alias-{reference.alias}" if reference.alias else f"version-{reference.version}"
        return self._folder / room(reference.name) / f"{what}.{kind}.json"


def room(name: str) -> str:
    """The folder of a model in the cache; its name may be any text."""
    return quote(name, safe=" ") if name.strip(".") else name.replace(".", "%2E")


def _read(path: Path) -> Note | None:
    try:
        return Note.model_validate_json(path.read_text())
    except (OSError, ValidationError):
        return None
