"""Bundles of either format are opened; the older one says what to do."""

import json
from pathlib import Path
from typing import Any

import pytest

from bundle import BundleError, Validation, open_bundle
from tests.support.data.format_1 import small_format_1
from tests.support.data.models import written

FIRST = ("model.onnx", "reference.parquet", "schema.json", "metadata.json")


def set_format(folder: Path, value: Any) -> None:
    """Write another format into a bundle's metadata."""
    path = folder / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"format": value}))


def test_the_newest_format_has_six_files(tmp_path: Path) -> None:
    """Baseline and check are two of them, and nothing is outdated."""
    bundle = written(tmp_path / "small")

    assert bundle.metadata.format == 2
    assert {path.name for path in bundle.path.iterdir()} == {*bundle.files}
    assert bundle.baseline_path == tmp_path / "small" / "baseline.json"
    assert bundle.check_path == tmp_path / "small" / "check.json"
    assert bundle.outdated is None
    assert bundle.metadata.model_dump(include={"task", "outputs"}) == {
        "task": "binary",
        "outputs": ({"name": "score", "kind": "probability", "of": True},),
    }


def test_format_1_is_opened_as_it_was_written(tmp_path: Path) -> None:
    """Four files, the figures that there were, and scores by the model itself."""
    bundle = open_bundle(small_format_1(tmp_path / "small"))

    assert (bundle.metadata.format, bundle.files) == (1, FIRST)
    assert (bundle.baseline_path, bundle.check_path) == (None, None)
    assert (bundle.metadata.reference.rows, bundle.metadata.reference.scores) == (None, "training")
    assert bundle.metadata.validation == Validation(
        metric="auc", value=0.75, standard_error=None, method="hold-out", rows=25
    )
    assert (bundle.metadata.recipe, bundle.metadata.calibration) == (None, None)
    assert bundle.metadata.classes == (False, True)


@pytest.mark.parametrize("validation", [{}, {"auc": 0.9}, {"auc": 1, "method": "reference", "rows": 3}])
def test_figures_that_format_1_did_not_write_are_none(tmp_path: Path, validation: dict[str, Any]) -> None:
    """They are no reason to refuse a bundle whose hash is right."""
    assert open_bundle(small_format_1(tmp_path / "small", validation=validation)).metadata.validation is None


@pytest.mark.parametrize("changed", ["model.onnx", "reference.parquet", "schema.json"])
def test_format_1_is_verified_by_its_own_hash(tmp_path: Path, changed: str) -> None:
    """One byte more in any file is noticed."""
    path = small_format_1(tmp_path / "small") / changed
    path.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(BundleError, match=r"the content is not what metadata\.json says: content hash"):
        open_bundle(tmp_path / "small")


@pytest.mark.parametrize("file", FIRST)
def test_format_1_needs_its_four_files(tmp_path: Path, file: str) -> None:
    """A missing one is named."""
    (small_format_1(tmp_path / "small") / file).unlink()

    with pytest.raises(BundleError, match=f"{file}.* missing; a bundle is a folder of model.onnx, reference"):
        open_bundle(tmp_path / "small")


def test_an_outdated_bundle_says_how_it_is_rebuilt(tmp_path: Path) -> None:
    """One sentence with the data's name and the command."""
    bundle = open_bundle(small_format_1(tmp_path / "small"))

    assert bundle.outdated == (
        f"{tmp_path}/small: the bundle has format 1, which keeps no baseline of its reference; rebuild it "
        "from its data (tests/month_000) with "
        f"`training build --data DATA --name small --out {tmp_path}/small`"
    )


def test_an_imported_model_is_rebuilt_from_its_own_file(tmp_path: Path) -> None:
    """Nobody wants a forest in its place."""
    bundle = open_bundle(small_format_1(tmp_path / "small", libraries={"onnxruntime": "1"}))

    assert f"--data DATA --onnx {tmp_path}/small/model.onnx --name small" in str(bundle.outdated)


@pytest.mark.parametrize("value", [0, 3, 17])
def test_another_format_is_refused(tmp_path: Path, value: int) -> None:
    """The message says which formats there are, and what to do."""
    set_format(written(tmp_path / "small").path, value)

    with pytest.raises(BundleError, match=f"json: the bundle has format {value}; expected 1 or 2; run"):
        open_bundle(tmp_path / "small")


@pytest.mark.parametrize("value", ["2", 2.5, None, True])
def test_a_format_that_is_no_number_is_refused(tmp_path: Path, value: Any) -> None:
    """The field is named."""
    set_format(written(tmp_path / "small").path, value)

    with pytest.raises(BundleError, match=r"metadata\.json: format: Input should be a valid integer"):
        open_bundle(tmp_path / "small")


def test_the_format_is_part_of_the_version(tmp_path: Path) -> None:
    """The same model, reference and schema in both formats are two versions."""
    one, two = open_bundle(small_format_1(tmp_path / "one")), written(tmp_path / "two")

    assert one.version != two.version
