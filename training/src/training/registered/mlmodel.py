"""A model that others registered with MLflow: what its MLmodel says, and which file of it is the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from contract.schema import first_problem
from dataset import DataError, read_yaml
from training.errors import TrainingError
from training.model.existing.model_file import Library
from training.registered.onnx_model import MLMODEL

FILES: Final[Mapping[str, str]] = {
    "onnx": "data",
    "sklearn": "pickled_model",
    "xgboost": "data",
    "lightgbm": "data",
}
"""The flavours that are read, and the field of each that names the model's file."""

GENERIC_FILES: Final = ("model_path", "data")
"""The fields of python_function that name the file, where that is the only flavour."""

SKOPS: Final = b"PK\x03\x04"
PICKLE: Final = b"\x80"


class _Signature(BaseModel):
    inputs: str | None = None


class _MLmodel(BaseModel):
    """The fields of MLmodel that are read."""

    flavors: dict[str, dict[str, Any]]
    signature: _Signature | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """A model of a flavour that is read: its file, and what MLmodel says of it."""

    flavor: str
    path: Path
    library: Library
    inputs: str | None
    """The columns of its signature, as JSON; None where it has none."""
    saved_with: str | None
    """The version of scikit-learn that it was saved with, where that is not the one here."""


def read_mlmodel(folder: Path) -> Foreign:
    """Read the MLmodel in a version's folder, and find the model's file.

    Raises TrainingError where it can't be read, has no flavour that is read, or names a file that is missing.
    """
    content = _content(folder)
    flavor, fields = _flavor(content)
    named = [fields[field] for field in (FILES[flavor], *GENERIC_FILES) if field in fields]
    path = _file(folder, str(named[0]) if named else "")
    saved = fields.get("sklearn_version")
    return Foreign(
        flavor,
        path,
        _library(flavor, path),
        content.signature.inputs if content.signature else None,
        str(saved) if saved and saved != version("scikit-learn") else None,
    )


def _content(folder: Path) -> _MLmodel:
    try:
        return _MLmodel.model_validate(read_yaml(folder / MLMODEL))
    except (DataError, ValidationError) as error:
        said = first_problem(error) if isinstance(error, ValidationError) else str(error)
        raise TrainingError(
            f"the version has no {MLMODEL} that can be read ({said}); expected a model that MLflow's own "
            "log_model has registered"
        ) from error


def _flavor(content: _MLmodel) -> tuple[str, Mapping[str, Any]]:
    """Return the flavour that is read, and its fields; python_function may stand for one by its loader."""
    for flavor in FILES:
        if flavor in content.flavors:
            return flavor, content.flavors[flavor]
    generic = content.flavors.get("python_function", {})
    loader = str(generic.get("loader_module", ""))
    if loader.removeprefix("mlflow.") in FILES:
        return loader.removeprefix("mlflow."), generic
    own = " and is code of its own, which can't be converted" if loader == "mlflow.pyfunc.model" else ""
    raise TrainingError(
        f"the model has the flavours {', '.join(content.flavors) or 'none'}{own}; expected one of "
        f"{', '.join(FILES)}: register the model inside by MLflow's log_model for its library, or as ONNX"
    )


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not name or not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise TrainingError(
            f"the version lacks the model's file, {name or 'which MLmodel does not name'}; expected a whole "
            "version: register the model again"
        )
    return path


def _library(flavor: str, path: Path) -> Library:
    """Return how the file is read: a skops file and a pickle are known by their first bytes."""
    if flavor == "onnx":
        return "onnx"
    with path.open("rb") as file:
        start = file.read(len(SKOPS))
    if start == SKOPS:
        return "sklearn"
    if flavor == "sklearn" or start.startswith(PICKLE):
        return "pickle"
    return "xgboost" if flavor == "xgboost" else "lightgbm"
