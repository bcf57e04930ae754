"""Models of scikit-learn, and pipelines with XGBoost or LightGBM in them, from skops files."""

import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from sklearn.base import is_classifier, is_regressor

from contract.schema import Schema
from contract.task import ClassValue, Task
from training.errors import TrainingError
from training.model.conversion.columns import columns_read, features_read
from training.model.conversion.extra import needed_for
from training.model.conversion.graph.boosters import register_lightgbm, register_xgboost
from training.model.conversion.graph.model import onnx_bytes
from training.model.conversion.original import Answers, cause, check_readable, task_of
from training.model.conversion.trusted import TRUSTED

CONVERTED_WITH: Final = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")


@dataclass(frozen=True)
class SklearnModel:
    """A fitted estimator or pipeline with scikit-learn's interface."""

    model: Any
    classes: tuple[ClassValue, ...] | None
    library: tuple[str, ...]

    @property
    def task(self) -> Task:
        """What the model predicts."""
        return task_of(self.classes)

    @property
    def estimator(self) -> str:
        """The import path of the class, without the private modules in it; of a pipeline, its last step's."""
        kind = type(_last_step(self.model))
        modules = takewhile(lambda name: not name.startswith("_"), kind.__module__.split("."))
        return ".".join([*modules, kind.__qualname__])

    @property
    def knows_names(self) -> bool:
        """Whether the model names the features that it reads."""
        return _names(self.model) is not None

    def onnx(self, schema: Schema) -> bytes:
        """Return the model as ONNX; raises TrainingError where schema or model don't allow it."""
        names, width = _names(self.model), int(self.model.n_features_in_)
        features = features_read(names, width, schema.feature_names)
        columns = dict(zip(names or features, features, strict=True))
        return onnx_bytes(self.model, columns, schema, classifies=self.classes is not None)

    def answers(self, frame: pd.DataFrame) -> Answers:
        """Return probabilities, shape (rows, classes), or values, shape (rows,), of scikit-learn itself."""
        names = _names(self.model)
        rows: Any = columns_read(names, int(self.model.n_features_in_), frame)
        if names is None and (rows.dtypes == np.float64).all():
            rows = rows.to_numpy()
        answer = self.model.predict if self.classes is None else self.model.predict_proba
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of names that a step inside was or wasn't fitted with
                return np.asarray(answer(rows), np.float64)
        except Exception as error:  # any step may fail in its own way
            raise TrainingError(
                f"{type(self.model).__name__} fails on the data: {cause(error)}; expected rows as those that "
                "the model was fitted on"
            ) from error


def read_sklearn(path: Path) -> SklearnModel:
    """Read a fitted model from a skops file.

    Raises TrainingError where the file is another, where it holds a type that isn't known, or where the model
    gives neither probabilities nor a number per row.
    """
    check_readable(path)
    model, types = _load(path)
    return sklearn_model(path, model, {name.partition(".")[0] for name in types}, ("skops",))


def sklearn_model(
    path: Path, model: Any, packages: Collection[str], read_with: Sequence[str] = ()
) -> SklearnModel:
    """Return a model that was read from a file, and that has steps of these packages beside scikit-learn's.

    Raises TrainingError where the model gives neither probabilities nor a number per row.
    """
    library = [*CONVERTED_WITH, *read_with]
    with needed_for("converting XGBoost or LightGBM"):
        if "xgboost" in packages:
            register_xgboost()
            library += ("onnxmltools", "xgboost-cpu")
        if "lightgbm" in packages:
            register_lightgbm()
            library += ("lightgbm", "onnxmltools")
    return SklearnModel(model, _classes(path, model), tuple(sorted({*library})))


def _load(path: Path) -> tuple[Any, Sequence[str]]:
    """Return the file's model, and the names of its types that skops doesn't trust by itself."""
    with needed_for("reading a scikit-learn model"):
        import skops.io  # noqa: PLC0415 - of the extra
    try:
        types = skops.io.get_untrusted_types(file=path)
        _check_types(path, types)
        return skops.io.load(path, trusted=types), types
    except BadZipFile as error:
        raise TrainingError(
            f"{path}: is no skops file; pickle and joblib files are not read, since they can run code: save "
            'the model with skops.io.dump(model, "model.skops")'
        ) from error
    except TrainingError:
        raise
    except Exception as error:  # the file's content decides what is built
        raise TrainingError(
            f"{path}: can't be read: {cause(error)}; expected a model that was saved with skops.io.dump, and "
            "with the versions that are installed here"
        ) from error


def _check_types(path: Path, types: Sequence[str]) -> None:
    foreign = sorted({*types} - TRUSTED)
    if foreign:
        raise TrainingError(
            f"{path}: holds types that are not known to be safe: {', '.join(foreign)}; only skops files with "
            "the estimators of scikit-learn, XGBoost and LightGBM are read: save a search's best_estimator_, "
            "or export a model that needs other types to ONNX yourself"
        )


def _classes(path: Path, model: Any) -> tuple[ClassValue, ...] | None:
    """Return a classifier's labels, and None for a regression."""
    name = type(_last_step(model)).__name__
    if not hasattr(model, "n_features_in_"):
        raise TrainingError(f"{path}: holds a {type(model).__name__}; expected a fitted model")
    if is_regressor(model):
        return None
    if not is_classifier(model):
        raise TrainingError(f"{path}: {name} is neither a classifier nor a regression; expected one of them")
    if not hasattr(model, "predict_proba"):
        raise TrainingError(
            f"{path}: {name} gives no probabilities; expected a classifier with predict_proba: wrap it in "
            "CalibratedClassifierCV, or set its loss or its probability option so that it has them"
        )
    labels = model.classes_
    if isinstance(labels, np.ndarray) and labels.dtype.kind == "f" and (labels == np.round(labels)).all():
        labels = labels.astype(np.int64)
    listed = [*labels.tolist()] if isinstance(labels, np.ndarray) else []
    if len(listed) < 2 or not all(isinstance(label, bool | int | str) for label in listed):  # noqa: PLR2004
        raise TrainingError(
            f"{path}: {name} has the classes {labels}; expected two or more that are true and false, whole "
            "numbers or text"
        )
    return tuple(listed)


def _names(model: Any) -> list[str] | None:
    """Return the model's names of its columns; None where it was fitted on an array.

    LightGBM calls the columns of an array Column_0, Column_1 and so on.
    """
    names = getattr(model, "feature_names_in_", None)
    if names is None or [*names] == [f"Column_{number}" for number in range(len(names))]:
        return None
    return [str(name) for name in names]


def _last_step(model: Any) -> Any:
    return _last_step(model.steps[-1][1]) if hasattr(model, "steps") else model
