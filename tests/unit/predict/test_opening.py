"""What each model of BUNDLE is called, and which of them can be served."""

import json
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bundle import Scorer, open_bundle, parts_of, write_bundle
from predict.errors import StartError
from predict.score.models import bundles
from predict.score.models.bundles import DamagedModel, Model, OpenedModel, open_model, open_models
from sources import Edition, FolderSource
from tests.support.processes import program

ENDING = """
import threading, time
from contextlib import suppress
from functools import partial
from pathlib import Path
from predict.score.models import bundles
from sources import Edition, in_spare_time, spare

spare.LOOK = 0.0
bundles.in_spare_time = partial(in_spare_time, enough={enough})
edition = Edition(Path("bundles/churn"), None)

def open_for_ever():
    with suppress(RuntimeError):  # Python is ending
        while True:
            bundles.open_model(edition)

bundles.open_model(edition)
threading.Thread(target=open_for_ever, daemon=True).start()
time.sleep({seconds})
"""
"""A process that most probably ends while it opens a model, since it does little else."""


def opened(*paths: Path) -> list[Model]:
    """The models of the bundles in these folders."""
    return [each.model for each in open_models([FolderSource(path) for path in paths])]


def test_a_damaged_bundle_still_tells_its_name(bundle_path: Path, tmp_path: Path) -> None:
    """Whatever its folder is called."""
    damaged = Path(shutil.copytree(bundle_path, tmp_path / "Copy of it"))
    metadata = json.loads((damaged / "metadata.json").read_text()) | {"name": "shop", "format": 99}
    (damaged / "metadata.json").write_text(json.dumps(metadata))
    served, told = opened(bundle_path, damaged)
    assert isinstance(served, OpenedModel)
    assert isinstance(told, DamagedModel)
    assert (told.name, told.has_path) == ("shop", True)
    assert "format 99" in told.why


def test_a_model_without_an_answer_to_its_check_is_named(bundle_path: Path, tmp_path: Path) -> None:
    """And keeps no other model from being served."""
    parts = parts_of(open_bundle(bundle_path))
    check = parts.check.replace(b'"monthly_fee"', b'"fee"', 1)
    write_bundle(tmp_path / "shop", replace(parts, name="shop", check=check))
    served, told = opened(bundle_path, tmp_path / "shop")
    assert isinstance(served, OpenedModel)
    assert isinstance(told, DamagedModel)
    assert "row 1 of check.json lacks monthly_fee; build the bundle anew" in told.why


@pytest.mark.parametrize(
    ("folders", "names", "have_paths"),
    [
        (["shop"], ["shop"], [True]),
        (["shop/"], ["shop"], [True]),
        (["Shop v2"], ["{root}/Shop v2"], [False]),
        (["a/shop", "b/shop"], ["{root}/a/shop", "{root}/b/shop"], [False, False]),
        (["churn"], ["{root}/churn"], [False]),
    ],
)
def test_one_that_tells_no_name_is_called_like_its_folder(
    bundle_path: Path, tmp_path: Path, folders: list[str], names: list[str], have_paths: list[bool]
) -> None:
    """Unless that is no name of a model, or another one's: then it is called by its whole path."""
    served, *missing = opened(bundle_path, *(tmp_path / folder for folder in folders))
    assert served.name == "churn"
    assert [model.name for model in missing] == [name.format(root=tmp_path) for name in names]
    assert [model.has_path for model in missing] == have_paths


def test_one_folder_twice_is_refused(bundle_path: Path) -> None:
    """Whether it is well or not there."""
    with pytest.raises(StartError, match="hold models of the same name, churn"):
        opened(bundle_path, bundle_path)
    with pytest.raises(StartError, match="hold models of the same name, /nowhere"):
        opened(bundle_path, Path("/nowhere"), Path("/nowhere"))


def test_a_model_is_opened_in_spare_time_once_predict_serves(
    bundle_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it starts, in its main thread, nobody waits for an answer yet."""
    asked = []

    def in_spare_time(opening: Callable[[], Scorer]) -> Scorer:
        asked.append(opening)
        return opening()

    monkeypatch.setattr(bundles, "in_spare_time", in_spare_time)
    edition = Edition(bundle_path, None)
    assert open_model(edition).name == "churn"
    assert not asked
    with ThreadPoolExecutor(1) as beside:
        assert beside.submit(open_model, edition).result().name == "churn"
    assert len(asked) == 1


@pytest.mark.parametrize("enough", [-1.0, 1e9], ids=["in spare time", "at once"])
def test_a_process_may_end_while_it_opens_a_model(enough: float) -> None:
    """ONNX Runtime aborts a process that ends its threads; a few moments are tried."""

    def ends(seconds: float) -> int:
        command = [sys.executable, "-c", ENDING.format(enough=enough, seconds=seconds)]
        return program.run(command, check=False, capture_output=True, timeout=200).returncode

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(ends, [0.03, 0.05, 0.06, 0.08, 0.1, 0.14])) == {0}
