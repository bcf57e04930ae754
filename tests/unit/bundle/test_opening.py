"""A bundle is verified as a whole before anything of it is used."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bundle import BundleError, open_bundle
from bundle.content import FILES
from tests.support.data.models import written

METADATA = "metadata.json"
CURVE = {"x": [0.1, 0.9], "y": [0.0, 1.0]}
CURVES = {"predicted": CURVE, "others": CURVE}


def change(path: Path, **fields: Any) -> None:
    """Change fields of a JSON file; None takes one away."""
    content = json.loads(path.read_bytes()) | fields
    removed = {name for name, value in fields.items() if value is None}
    path.write_text(json.dumps({name: value for name, value in content.items() if name not in removed}))


def test_a_bundle_is_opened(tmp_path: Path) -> None:
    """Name, version, schema and paths are there."""
    written(tmp_path / "small")

    bundle = open_bundle(tmp_path / "small")

    assert bundle.name == "small"
    assert re.fullmatch("[0-9a-f]{12}", bundle.version)
    assert bundle.schema.feature_names == ["age", "paperless", "service"]
    assert bundle.model_path.is_file()
    assert bundle.reference_path.read_bytes() == b"any bytes"
    assert bundle.metadata.classes == (False, True)
    assert bundle.metadata.threshold == 0.5


@pytest.mark.parametrize("file", [*FILES[2]])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    """Each of the six files has to be there."""
    (written(tmp_path / "small").path / file).unlink()

    with pytest.raises(BundleError, match=f"{file} missing; a bundle is a folder of model.onnx, reference"):
        open_bundle(tmp_path / "small")


@pytest.mark.parametrize("path", ["nowhere", "file"])
def test_a_place_that_is_no_folder_is_refused(tmp_path: Path, path: str) -> None:
    """The message says how to make a bundle, or to name another."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(BundleError, match="there is no such folder; make a bundle with `training build`"):
        open_bundle(tmp_path / path)


@pytest.mark.parametrize("file", [file for file in FILES[2] if file != METADATA])
def test_changed_content_is_refused(tmp_path: Path, file: str) -> None:
    """One byte more in any file is not the bundle that the version names."""
    path = written(tmp_path / "small").path / file
    path.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(BundleError, match=r"the content is not what metadata\.json says: content hash"):
        open_bundle(tmp_path / "small")


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "other"},
        {"classes": [True, False]},
        {"threshold": 0.4},
        {"outputs": [{"name": "other", "kind": "probability", "of": True}]},
    ],
)
def test_changed_behaviour_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Name, classes, threshold and outputs are part of the version; the rest of the metadata is not."""
    bundle = written(tmp_path / "small")
    change(bundle.path / METADATA, libraries={}, importance={"age": 0.1}, created_from="elsewhere")
    assert open_bundle(bundle.path).version == bundle.version

    change(bundle.path / METADATA, **changed)
    with pytest.raises(BundleError, match=r"the content is not what metadata\.json says"):
        open_bundle(bundle.path)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"name": "Not a name"}, "metadata.json: name: String should match pattern"),
        ({"name": None}, "metadata.json: name: Field required"),
        ({"version": "0" * 12}, "metadata.json: Value error, version is not the start of content_hash"),
        ({"classes": [False, True, None]}, "metadata.json: classes.2"),
        ({"threshold": 2.0}, "metadata.json: threshold: Input should be less than or equal to 1"),
        ({"weights": []}, "metadata.json: weights: Extra inputs are not permitted"),
        ({"calibration": {"x": [0.2, 0.1], "y": [0.0, 1.0]}}, "a calibration has as many y as x"),
        ({"calibration": {"x": [0.1, 0.2], "y": [1.0]}}, "a calibration has as many y as x"),
        ({"calibration": {"x": [], "y": []}}, "metadata.json: calibration.x: Tuple should have at least 1"),
        ({"class_calibrations": [CURVES]}, "2 classes of a binary have 1 calibrations"),
    ],
)
def test_bad_metadata_are_named_by_field(tmp_path: Path, changed: dict[str, Any], expected: str) -> None:
    """The message names the file and the field."""
    bundle = written(tmp_path / "small")
    change(bundle.path / METADATA, **changed)

    with pytest.raises(BundleError) as caught:
        open_bundle(bundle.path)

    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"{"),
        lambda path: path.write_bytes(b"\xff\xfe"),
        lambda path: path.write_bytes(b"[]"),
    ],
)
def test_metadata_that_are_no_json_object_are_refused(tmp_path: Path, spoil: Callable[[Path], int]) -> None:
    """Anything else than an object of the known fields is refused."""
    bundle = written(tmp_path / "small")
    spoil(bundle.path / METADATA)

    with pytest.raises(BundleError, match=r"metadata\.json: "):
        open_bundle(bundle.path)
