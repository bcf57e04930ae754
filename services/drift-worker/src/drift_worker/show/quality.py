"""Shows committed quality evaluations like those of windows, and prunes their old reports."""

import shutil
from pathlib import Path

from drift_worker.record.files import EVALUATION, HTML, JSON, RUN, new_file
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.files import quality_ids, quality_partition
from drift_worker.show.publish import WORKSPACE
from drift_worker.show.workspace import Workspace


class QualityPublisher:
    """Shows quality evaluations after their commit; publishing one again changes nothing."""

    def __init__(self, root: Path, keep: int) -> None:
        """`root` is REPORTS_DIR; `keep` is how many of a model's newest quality reports stay."""
        self._root = root
        self._keep = keep
        self._workspace = Workspace(root / WORKSPACE)

    def publish(self, evaluation: QualityEvaluation) -> None:
        """Show a committed evaluation; then prune the model's oldest quality reports. Raises OSError."""
        folder = self._root / evaluation.quality_id
        folder.mkdir(parents=True, exist_ok=True)
        with new_file(folder / EVALUATION) as path:
            path.write_text(evaluation.model_dump_json(indent=2), encoding="utf-8")
        if (folder / RUN).is_file():
            self._workspace.add(evaluation.model, evaluation.quality_id, folder / RUN)
        self._prune(evaluation.model)

    def unpublished(self, model: str) -> list[str]:
        """The model's evaluations that were saved and not published, as a killed worker leaves them."""
        return [
            each
            for each in quality_ids(self._root)
            if quality_partition(each).model == model and self._is_unpublished(self._root / each)
        ]

    @staticmethod
    def _is_unpublished(folder: Path) -> bool:
        """The workspace takes run.json away, last of all."""
        return (folder / RUN).is_file() or not (folder / EVALUATION).is_file()

    def forget(self, quality_id: str) -> None:
        """Remove the files of an evaluation that was never committed."""
        quality_partition(quality_id)
        shutil.rmtree(self._root / quality_id, ignore_errors=True)

    def _prune(self, model: str) -> None:
        """Remove the quality reports beyond the newest ones; quality.parquet and evaluation.json stay."""
        reported = [
            each
            for each in quality_ids(self._root)
            if quality_partition(each).model == model and (self._root / each / HTML).is_file()
        ]
        for quality_id in reported[: -self._keep]:
            self._workspace.remove(model, quality_id)
            for name in (RUN, JSON, HTML):
                (self._root / quality_id / name).unlink(missing_ok=True)
