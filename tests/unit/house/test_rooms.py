"""The rooms of the house: few modules in each, and no arrow that runs back up."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.processes import program

MOST_MODULES = 9
BACK_UP = {
    "services/drift-worker/src/drift_worker/decide/decision.py": "from drift_worker.record import store",
    "services/drift-worker/src/drift_worker/record/files.py": "from drift_worker.show import publish",
    "services/predict/src/predict/score/batching.py": "from predict.request import routes",
    "packages/feature-log/src/feature_log/stream.py": "from feature_log import recovery",
}
"""A file of each service, and an import that its layer must not have."""


def folders() -> list[Path]:
    """Every folder with modules of a member."""
    members = ("services/*", "packages/*", "training", "simulator", "demo")
    sources = [source for member in members for source in ROOT.glob(f"{member}/src/*")]
    found = {path.parent for source in sources for path in source.rglob("*.py")}
    return sorted(found)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_room_has_at_most_nine_modules(folder: Path) -> None:
    """More are two rooms."""
    modules = [path.name for path in folder.glob("*.py") if not path.name.startswith("__")]

    assert len(modules) <= MOST_MODULES, modules


@pytest.mark.parametrize("file", BACK_UP)
def test_an_arrow_that_runs_back_up_is_refused(file: str, tmp_path: Path) -> None:
    """`make check` runs import-linter, which names the import and fails."""
    source = ROOT / file
    package = next(parent for parent in source.parents if parent.parent.name == "src")
    shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    copied = tmp_path / package.name / source.relative_to(package)
    copied.write_text(f"{copied.read_text()}\n{BACK_UP[file]}\n")

    checked = program.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 1
    assert f"{package.name}: the way of a" in checked.stdout
    assert "BROKEN" in checked.stdout
