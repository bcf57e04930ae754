"""The files of a window, in REPORTS_DIR/<window id>/; each is written by rename, whole or not at all."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contract.keys import Partition
from contract.stream.read import Entry
from contract.windows import Window, is_window_id, last_record, partition_of
from drift_worker.errors import UnknownWindowError, UnreadableFileError
from drift_worker.record.evaluation import Reports
from drift_worker.window.dead_letters import fields_json

if TYPE_CHECKING:  # these take seconds to import, which commands that compare nothing need not wait for
    import pandas as pd

    from drift_worker.detect.evidently.report import DriftReport

HTML: Final = "report.html"
JSON: Final = "report.json"
RUN: Final = "run.json"
"""The report as a run of the Evidently workspace, until it is published there."""

ROWS: Final = "window.parquet"
CELLS: Final = "cells.json"
"""What a window adds to the pools of later ones; made again from its rows where it is lost."""

ENTRIES: Final = "entries.jsonl"
"""The stream's entries of a window that failed; the first line is the window itself."""

LABELS: Final = "labels.parquet"
"""The labels of a window's predictions, each with its state."""

EVALUATION: Final = "evaluation.json"


class WindowFiles:
    """Saves what an evaluation is made of, and reads it back; saving again changes nothing."""

    def __init__(self, root: Path) -> None:
        """`root` is REPORTS_DIR."""
        self.root = root

    def folder(self, window_id: str) -> Path:
        """Where a window's files are; raises BadWindowIdError, so that no path leads out of REPORTS_DIR."""
        partition_of(window_id)
        return self.root / window_id

    def save(self, window_id: str, report: "DriftReport | None", rows: "pd.DataFrame") -> Reports | None:
        """Write a window's rows and its report, if there is one; gives the report's paths."""
        folder = self._made(window_id)
        with new_file(folder / ROWS) as path:
            rows.to_parquet(path, compression="zstd", index=False)
        if report is None:
            return None
        for name, text in ((HTML, report.html()), (JSON, report.json()), (RUN, report.run_json())):
            with new_file(folder / name) as path:
                path.write_text(text, encoding="utf-8")
        return Reports.model_validate(
            {"html": f"{window_id}/{HTML}", "json": f"{window_id}/{JSON}", "window": f"{window_id}/{ROWS}"}
        )

    def save_cells(self, window_id: str, text: str) -> None:
        """Write what a window adds to the pools of later ones."""
        with new_file(self._made(window_id) / CELLS) as path:
            path.write_text(text, encoding="utf-8")

    def cells(self, window_id: str) -> str | None:
        """What `save_cells` wrote; None where nothing can be read."""
        try:
            return (self.folder(window_id) / CELLS).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def save_entries(self, window: Window, batches: Iterable[list[Entry]]) -> None:
        """Write what the stream holds of a window that failed."""
        folder = self._made(window.id)
        with new_file(folder / ENTRIES) as path, path.open("w", encoding="ascii") as file:
            file.write(window.model_dump_json() + "\n")
            for batch in batches:
                file.writelines(f"{stream_id} {fields_json(fields)}\n" for stream_id, fields in batch)

    def entries(self, window_id: str) -> tuple[Window, list[Entry]]:
        """Read back what `save_entries` wrote; raises UnknownWindowError, UnreadableFileError."""
        path = self.folder(window_id) / ENTRIES
        try:
            first, *lines = path.read_text(encoding="ascii").splitlines()
            return Window.model_validate_json(first), [_entry(line) for line in lines]
        except FileNotFoundError:
            raise UnknownWindowError(f"{path} is missing; it holds a failed window's entries") from None
        except (ValueError, TypeError, AttributeError):
            raise UnreadableFileError(f"{path} is damaged; it holds a failed window's entries") from None

    def rows(self, window_id: str) -> "pd.DataFrame":
        """The rows of an evaluated window; raises UnknownWindowError, UnreadableFileError."""
        import pandas as pd  # noqa: PLC0415 - as above

        path = self.folder(window_id) / ROWS
        try:
            return pd.read_parquet(path)
        except FileNotFoundError:
            raise UnknownWindowError(f"{path} is missing; it holds an evaluated window's rows") from None
        except (ValueError, OSError):
            raise UnreadableFileError(f"{path} is damaged; it holds an evaluated window's rows") from None

    def _made(self, window_id: str) -> Path:
        folder = self.folder(window_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def published(root: Path, partition: Partition) -> list[str]:
    """The partition's windows whose evaluation was published in REPORTS_DIR, oldest first."""
    return [
        window_id
        for window_id in window_ids(root)
        if partition_of(window_id) == partition and (root / window_id / EVALUATION).is_file()
    ]


def window_ids(root: Path) -> list[str]:
    """The windows that have a folder in REPORTS_DIR, oldest first by the stream id of their last record."""
    try:
        names = [entry.name for entry in root.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(filter(is_window_id, names), key=last_record)


def is_damage(error: Exception) -> bool:
    """Whether a Parquet file could not be read for what it holds, and not since the disk refused it.

    Arrow raises ArrowInvalid, a ValueError, or an OSError without a number: it could not decompress a page.
    """
    return isinstance(error, ValueError) or (isinstance(error, OSError) and error.errno is None)


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


def _entry(line: str) -> Entry:
    stream_id, _, text = line.partition(" ")
    fields: dict[str, str] = json.loads(text)
    return stream_id, [part.encode(errors="surrogateescape") for field in fields.items() for part in field]
