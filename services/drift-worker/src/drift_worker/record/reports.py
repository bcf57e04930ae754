"""An evaluation's files: REPORTS_DIR/<window id>/ and the Evidently workspace beside them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pandas as pd
from contract.stream.read import Entry
from contract.windows import Window, partition_of

from drift_worker.detect.evidently.report import DriftReport
from drift_worker.errors import UnknownWindowError, UnreadableFileError
from drift_worker.record.evaluation import Evaluation, Reports
from drift_worker.record.files import ENTRIES, EVALUATION, HTML, JSON, ROWS, RUN, new_file, window_ids
from drift_worker.record.store import fields_json
from drift_worker.show.workspace import Workspace

WORKSPACE: Final = "workspace"
"""The Evidently workspace's folder within REPORTS_DIR; no window id is without a version."""


class ReportStore:
    """Writes each file by rename, so that whoever looks sees it whole or not at all.

    Before an evaluation is committed its files are saved; after that it is published: shown in the list
    and in the Evidently workspace. Saving and publishing again changes nothing.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        """`keep` is how many of a model's newest reports stay; window.parquet and evaluation.json all do."""
        self._root = folder
        self._keep = keep
        self._workspace = Workspace(folder / WORKSPACE)

    def folder(self, window_id: str) -> Path:
        """Where a window's files are; raises BadWindowIdError, so that no path leads out of REPORTS_DIR."""
        partition_of(window_id)
        return self._root / window_id

    def save(self, window_id: str, report: DriftReport | None, rows: pd.DataFrame) -> Reports | None:
        """Write a window's rows and its report, if there is one; returns the report's paths."""
        folder = self.folder(window_id)
        folder.mkdir(parents=True, exist_ok=True)
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

    def save_entries(self, window: Window, batches: Iterable[list[Entry]]) -> None:
        """Write what the stream holds of a window that failed; the first line is the window itself."""
        folder = self.folder(window.id)
        folder.mkdir(parents=True, exist_ok=True)
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

    def rows(self, window_id: str) -> pd.DataFrame:
        """The rows of an evaluated window; raises UnknownWindowError, UnreadableFileError."""
        path = self.folder(window_id) / ROWS
        try:
            return pd.read_parquet(path)
        except FileNotFoundError:
            raise UnknownWindowError(f"{path} is missing; it holds an evaluated window's rows") from None
        except (ValueError, OSError):
            raise UnreadableFileError(f"{path} is damaged; it holds an evaluated window's rows") from None

    def publish(self, evaluation: Evaluation) -> None:
        """Show a committed evaluation; then prune the model's oldest reports."""
        folder = self.folder(evaluation.window_id)
        columns = [f.column for f in evaluation.findings if f.kind in ("feature_drift", "prediction_drift")]
        folder.mkdir(parents=True, exist_ok=True)
        with new_file(folder / EVALUATION) as path:
            path.write_text(evaluation.model_dump_json(indent=2), encoding="utf-8")
        if (folder / RUN).is_file():
            self._workspace.add(evaluation.model, evaluation.window_id, folder / RUN, columns)
        if evaluation.status != "failed":
            (folder / ENTRIES).unlink(missing_ok=True)
        self.prune(evaluation.model)

    def unpublished(self) -> list[str]:
        """The windows whose report was saved and not published, as a killed worker leaves them."""
        return [window_id for window_id in window_ids(self._root) if (self._root / window_id / RUN).is_file()]

    def prune(self, model: str) -> None:
        """Remove the model's reports beyond the newest ones, from the folders and from the workspace."""
        reported = [
            window_id
            for window_id in window_ids(self._root)
            if partition_of(window_id).model == model and (self._root / window_id / HTML).is_file()
        ]
        for window_id in reported[: -self._keep]:
            self._workspace.remove(model, window_id)
            for name in (RUN, JSON, HTML):
                (self._root / window_id / name).unlink(missing_ok=True)


def _entry(line: str) -> Entry:
    stream_id, _, text = line.partition(" ")
    fields: dict[str, str] = json.loads(text)
    return stream_id, [part.encode(errors="surrogateescape") for field in fields.items() for part in field]
