"""Shows committed evaluations on the reports page and in the Evidently workspace, and prunes old reports."""

from pathlib import Path
from typing import Final

from contract.windows import partition_of
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import ENTRIES, EVALUATION, HTML, JSON, RUN, new_file, window_ids
from drift_worker.show.workspace import Workspace

WORKSPACE: Final = "workspace"
"""The Evidently workspace's folder within REPORTS_DIR; a window id always has a version, so none is equal."""


class Publisher:
    """Shows evaluations after their commit; publishing one again changes nothing."""

    def __init__(self, root: Path, keep: int) -> None:
        """`root` is REPORTS_DIR; `keep` is how many of a model's newest reports stay."""
        self._root = root
        self._keep = keep
        self._workspace = Workspace(root / WORKSPACE)

    def publish(self, evaluation: Evaluation) -> None:
        """Show a committed evaluation; then prune the model's oldest reports."""
        folder = self._root / evaluation.window_id
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
        """Remove the model's reports beyond the newest ones, from the folders and from the workspace.

        window.parquet and evaluation.json stay.
        """
        reported = [
            window_id
            for window_id in window_ids(self._root)
            if partition_of(window_id).model == model and (self._root / window_id / HTML).is_file()
        ]
        for window_id in reported[: -self._keep]:
            self._workspace.remove(model, window_id)
            for name in (RUN, JSON, HTML):
                (self._root / window_id / name).unlink(missing_ok=True)
