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

TOO_HEAVY = ("feast", "mlflow", "pandas", "sklearn")
LIGHT = ("services/predict/src/predict/app.py", "packages/registry/src/registry/cache.py")
"""Files of members that have to stay small: they must not import any of these, nor have it imported."""


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
    said = refusal(file, BACK_UP[file], tmp_path)
    assert f"{file.split('/src/')[1].partition('/')[0]}: the way of a" in said


@pytest.mark.parametrize("file", LIGHT)
def test_what_is_heavy_is_refused_in_what_has_to_be_light(file: str, tmp_path: Path) -> None:
    """predict's image has no room for it: what is read of MLflow and Feast is read by HTTP."""
    said = refusal(file, "\n".join(f"import {name}" for name in TOO_HEAVY), tmp_path)
    member = file.split("/src/")[1].partition("/")[0]
    for name in TOO_HEAVY:
        assert f"{member} is not allowed to import {name}" in said


def refusal(file: str, added: str, tmp_path: Path) -> str:
    """What import-linter says of a file with a line more."""
    source = ROOT / file
    package = next(parent for parent in source.parents if parent.parent.name == "src")
    shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    copied = tmp_path / package.name / source.relative_to(package)
    copied.write_text(f"{copied.read_text()}\n{added}\n")

    checked = program.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 1
    assert "BROKEN" in checked.stdout
    return str(checked.stdout)
