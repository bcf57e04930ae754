"""How far a writer has come: a file beside its spool, for whoever drains the spool if the writer dies."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from feature_log.spool.lines import BadLineError, Count, CountName, Model, Version, read_payload, write_line

FILE: Final = "checkpoint"
OLD_FILE: Final = "standing"
"""The name that version 0.1.0 gave to the file; a spool that it left behind is still drained."""

_FILE_BYTES: Final = 1024
"""More than a checkpoint takes. Each is written over the one before, which works on a full disk too."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The number of a writer's next record, and the counts that the ledger doesn't have yet."""

    model: Model
    version: Version
    next: Count
    counts_number: Count
    counts: Mapping[CountName, Count]


_ADAPTER: Final = TypeAdapter(Checkpoint)


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint over the one before, onto the disk itself; raises OSError."""
    line = write_line({name: getattr(checkpoint, name) for name in Checkpoint.__slots__})
    file = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(file, line.ljust(_FILE_BYTES), 0)
        os.fdatasync(file)
    finally:
        os.close(file)


def load(folder: Path) -> Checkpoint | None:
    """Read the checkpoint; None where there is none that can be read. Raises OSError."""
    for name in (FILE, OLD_FILE):
        try:
            return read_payload(_ADAPTER, (folder / name).read_bytes().partition(b"\n")[0])
        except (FileNotFoundError, BadLineError):
            continue
    return None


def exists(folder: Path) -> bool:
    """Whether there is a checkpoint, readable or not."""
    return any((folder / name).exists() for name in (FILE, OLD_FILE))


def remove(folder: Path) -> None:
    """Remove the checkpoint once Redis knows what it says; raises OSError."""
    for name in (FILE, OLD_FILE):
        (folder / name).unlink(missing_ok=True)
