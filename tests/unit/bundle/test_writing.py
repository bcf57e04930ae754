"""Writing a bundle, whole or not at all."""

from pathlib import Path
from typing import Any

import pytest

from bundle import BundleError, open_bundle, write_bundle, write_folder
from contract.schema import Feature, Schema
from tests.support.data.models import matrix_model, parts


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_parts_give_the_same_bundle(tmp_path: Path) -> None:
    """Not a byte differs, wherever it is written."""
    one = write_bundle(tmp_path / "one", parts())
    two = write_bundle(tmp_path / "deep" / "two", parts())

    assert one.version == two.version
    assert everything(tmp_path / "one") == everything(tmp_path / "deep" / "two")


@pytest.mark.parametrize(
    "changed",
    [
        {"model": matrix_model()},
        {"reference": b"other bytes"},
        {"baseline": b"other bytes"},
        {"check": b"other bytes"},
        {"schema": Schema(entity="id", features=[Feature(name="age", kind="numerical")])},
        {"name": "other"},
        {"classes": (0, True)},
        {"threshold": 0.25},
    ],
)
def test_whatever_changes_an_answer_changes_the_version(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Every file but the metadata, and name, classes and threshold make the version."""
    version = write_bundle(tmp_path / "small", parts()).version

    assert write_bundle(tmp_path / "small", parts(**changed)).version != version


def test_an_older_bundle_is_replaced(tmp_path: Path) -> None:
    """The folder holds the new bundle, and nothing is left beside it."""
    write_bundle(tmp_path / "small", parts())

    bundle = write_bundle(tmp_path / "small", parts(created_from="later"))

    assert open_bundle(bundle.path).metadata.created_from == "later"
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_parts_that_make_no_bundle_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    """A name that cannot be part of a window id leaves no folder behind."""
    with pytest.raises(BundleError, match="name: String should match pattern"):
        write_bundle(tmp_path / "small", parts(name="Small bundle"))

    assert list(tmp_path.iterdir()) == []


def test_classes_that_are_not_the_schemas_are_refused(tmp_path: Path) -> None:
    """The label's positive value and the positive class are one."""
    with pytest.raises(BundleError, match="the positive class is 1, but the schema's label has True"):
        write_bundle(tmp_path / "small", parts(classes=(0, 1)))

    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    """Writing to a home folder by mistake loses nothing."""
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(
        BundleError, match=r"holds thesis\.tex, which would be lost; choose an empty or a new"
    ):
        write_folder(tmp_path, {"model.onnx": b""})

    assert everything(tmp_path) == {"thesis.tex": b"years of work"}


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    """A folder made beforehand is no obstacle, and nested files are written."""
    out = tmp_path / "out"
    out.mkdir()

    write_folder(out, {"a": b"1", "b/c": b"2"})

    assert everything(tmp_path) == {"out/a": b"1", "out/b/c": b"2"}


@pytest.mark.parametrize("taken", ["file", "link"])
def test_a_place_that_is_no_folder_is_refused(tmp_path: Path, taken: str) -> None:
    """A file is not replaced by a folder, and a link is not followed."""
    (tmp_path / "file").write_text("content")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    with pytest.raises(BundleError, match="is not a folder; choose another place"):
        write_folder(tmp_path / taken, {"a": b""})

    assert everything(tmp_path) == {"file": b"content"}


def test_a_parent_that_is_a_file_is_one_message(tmp_path: Path) -> None:
    """What the disk refuses is said with its reason."""
    (tmp_path / "file").write_text("content")

    with pytest.raises(BundleError, match="cannot be written: File exists"):
        write_folder(tmp_path / "file" / "out", {"a": b""})
