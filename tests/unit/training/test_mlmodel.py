"""Which file of a registered model is the model, and how it is read."""

from pathlib import Path

import pytest
import yaml

from training.errors import TrainingError
from training.registered.mlmodel import read_mlmodel


def version(folder: Path, flavors: object, files: dict[str, bytes]) -> Path:
    """A version's folder: MLmodel with these flavours, and files."""
    (folder / "MLmodel").write_text(yaml.safe_dump({"flavors": flavors}))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("flavors", "content", "library"),
    [
        ({"sklearn": {"pickled_model": "m"}}, b"PK\x03\x04", "sklearn"),
        ({"sklearn": {"pickled_model": "m"}}, b"\x80\x04", "pickle"),
        ({"sklearn": {"pickled_model": "m"}}, b"(i__main__\n", "pickle"),
        ({"lightgbm": {"data": "m"}}, b"tree\n", "lightgbm"),
        ({"lightgbm": {"data": "m"}}, b"\x80\x04", "pickle"),
        ({"xgboost": {"data": "m"}}, b"{L\0\0", "xgboost"),
        ({"onnx": {"data": "m"}, "sklearn": {"pickled_model": "n"}}, b"\x80", "onnx"),
        ({"python_function": {"loader_module": "mlflow.sklearn", "model_path": "m"}}, b"\x80", "pickle"),
        ({"python_function": {"loader_module": "mlflow.xgboost", "data": "m"}}, b"{L", "xgboost"),
    ],
)
def test_a_pickle_is_known_by_its_content(
    tmp_path: Path, flavors: object, content: bytes, library: str
) -> None:
    """Whatever the file is called, and whatever MLmodel says of its format."""
    assert read_mlmodel(version(tmp_path, flavors, {"m": content})).library == library


@pytest.mark.parametrize(
    ("flavors", "expected"),
    [
        ({"onnx": {"data": "../outside"}}, "lacks the model's file, ../outside"),
        ({"onnx": {"data": "/etc/hostname"}}, "lacks the model's file, /etc/hostname"),
        ({"onnx": {"data": ""}}, "lacks the model's file, which MLmodel does not name"),
        ({"onnx": {}}, "lacks the model's file, which MLmodel does not name"),
        (
            {"pytorch": {}, "python_function": {}},
            "has the flavours python_function, pytorch; expected one of",
        ),
        ({}, "has the flavours none; expected one of onnx"),
        (["onnx"], "has no MLmodel that can be read"),
    ],
)
def test_what_names_no_model_of_its_own_is_refused(tmp_path: Path, flavors: object, expected: str) -> None:
    """A file outside of the version is none of it."""
    folder = tmp_path / "version"
    folder.mkdir()
    (tmp_path / "outside").write_bytes(b"")

    with pytest.raises(TrainingError, match=expected):
        read_mlmodel(version(folder, flavors, {}))
