"""The files in REPORTS_DIR: their names, how each is written, and which windows have them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from contract.errors import BadWindowIdError
from contract.keys import Partition
from contract.windows import partition_of, stream_order

HTML: Final = "report.html"
JSON: Final = "report.json"
RUN: Final = "run.json"
ROWS: Final = "window.parquet"
ENTRIES: Final = "entries.jsonl"
"""The stream's entries of a window that failed."""

EVALUATION: Final = "evaluation.json"


def published(folder: Path, partition: Partition) -> list[str]:
    """The partition's windows whose evaluation was published here, oldest first."""
    return [
        window_id
        for window_id in window_ids(folder)
        if partition_of(window_id) == partition and (folder / window_id / EVALUATION).is_file()
    ]


def window_ids(folder: Path) -> list[str]:
    """The windows that have a folder in REPORTS_DIR, oldest first by the stream id of their last record."""
    return sorted(filter(_is_window_id, _names(folder)), key=_last_record)


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except FileNotFoundError:
        return []


def _is_window_id(name: str) -> bool:
    try:
        partition_of(name)
    except BadWindowIdError:
        return False
    return True


def _last_record(window_id: str) -> tuple[int, int]:
    time, sequence = window_id.rsplit("-", 2)[1:]
    return stream_order(f"{time}-{sequence}")


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to write, which takes its place only when it is complete and on the disk; raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    partial = Path(name)
    try:
        os.fchmod(handle, 0o644)
        yield partial
        os.fsync(handle)
        partial.replace(path)
    finally:
        os.close(handle)
        partial.unlink(missing_ok=True)
