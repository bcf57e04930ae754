"""The folder that Evidently's UI reads: one project per model, one run per window or quality evaluation."""

import json
import shutil
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from evidently.legacy.utils import NumpyEncoder
from evidently.sdk.models import ProjectModel
from evidently.ui.storage.local.base import (
    DASHBOARD_FILE_NAME,
    PROJECT_FILE_NAME,
    SNAPSHOTS_DIR_NAME,
)

from drift_worker.show.dashboard import dashboard, is_dashboard_of

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:driftline:evidently-workspace")


class Workspace:
    """Projects and runs under ids derived from their names, so that adding one again changes nothing.

    Files are made outside of the folder and moved into it: the UI watches the folder and reads what
    appears there at once.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is the workspace; its parent, on the same file system, is where files are made."""
        self.folder = folder

    def add(self, model: str, window_id: str, run: Path, columns: Sequence[str] | None = None) -> None:
        """Move a run's file into the model's project; does nothing where it was moved before.

        Without columns the project's dashboard stays as it is. `window_id` may be a quality evaluation's id.
        """
        project = self._project(model, columns)
        try:
            run.replace(project / SNAPSHOTS_DIR_NAME / _run_file(window_id))
        except FileNotFoundError:
            return

    def remove(self, model: str, window_id: str) -> None:
        """Take a window's run out of the model's project, if it is there."""
        (self._project_folder(model) / SNAPSHOTS_DIR_NAME / _run_file(window_id)).unlink(missing_ok=True)

    def _project_folder(self, model: str) -> Path:
        return self.folder / str(_project_id(model))

    def _project(self, model: str, columns: Sequence[str] | None) -> Path:
        folder = self._project_folder(model)
        if not folder.is_dir():
            self._create(model, folder, columns or ())
        elif columns is not None and not is_dashboard_of(folder / DASHBOARD_FILE_NAME, columns):
            with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=".project-") as partial:
                new = Path(partial, DASHBOARD_FILE_NAME)
                _write(new, dashboard(columns).dict())
                new.replace(folder / DASHBOARD_FILE_NAME)
        return folder

    def _create(self, model: str, folder: Path, columns: Sequence[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=self.folder.parent, prefix=".project-"))
        partial.chmod(0o755)
        (partial / SNAPSHOTS_DIR_NAME).mkdir()
        project = ProjectModel(
            id=_project_id(model), name=model, description=f"The windows of the model {model}."
        )
        _write(partial / PROJECT_FILE_NAME, project.dict())
        _write(partial / DASHBOARD_FILE_NAME, dashboard(columns).dict())
        try:
            partial.rename(folder)
        except OSError:
            # Another worker made the project first: a folder that is not empty cannot be replaced.
            shutil.rmtree(partial)
            if not folder.is_dir():
                raise


def _project_id(model: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, model)


def _run_file(window_id: str) -> str:
    return f"{uuid.uuid5(_NAMESPACE, window_id)}.json"


def _write(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, cls=NumpyEncoder, indent=2), encoding="utf-8")
