"""An evaluation's files: REPORTS_DIR/<window id>/ and the Evidently workspace beside them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pandas as pd
from contract.errors import BadWindowIdError
from contract.windows import partition_of, stream_order

from drift_worker.evaluation import Evaluation, Reports
from drift_worker.evidently_adapter import DriftReport, Workspace

WORKSPACE: Final = "workspace"
"""The Evidently workspace's folder within REPORTS_DIR; no window id is without a version."""

HTML, JSON, RUN, ROWS, EVALUATION = (
    "report.html",
    "report.json",
    "run.json",
    "window.parquet",
    "evaluation.json",
)


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

    def publish(self, evaluation: Evaluation) -> None:
        """Show a committed evaluation; then prune the model's oldest reports."""
        folder = self.folder(evaluation.window_id)
        columns = [f.column for f in evaluation.findings if f.kind in ("feature_drift", "prediction_drift")]
        folder.mkdir(parents=True, exist_ok=True)
        with new_file(folder / EVALUATION) as path:
            path.write_text(evaluation.model_dump_json(indent=2), encoding="utf-8")
        if (folder / RUN).is_file():
            self._workspace.add(evaluation.model, evaluation.window_id, folder / RUN, columns)
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
