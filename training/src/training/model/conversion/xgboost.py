"""Boosters of XGBoost, from JSON or UBJSON files."""

import copy
import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from contract.schema import Schema
from training.errors import TrainingError
from training.model.conversion.columns import columns_read, features_read
from training.model.conversion.extra import needed_for
from training.model.conversion.graph.boosters import register_xgboost
from training.model.conversion.graph.model import onnx_bytes
from training.model.conversion.original import Answers, Booster, cause, check_readable

CONVERTED_WITH: Final = ("numpy", "onnx", "onnxmltools", "onnxruntime", "skl2onnx", "xgboost-cpu")

CLASSIFIES: Final = ("binary:logistic", "multi:softprob", "multi:softmax")
REGRESSIONS: Final = ("reg:", "count:poisson")


@dataclass(frozen=True, kw_only=True)
class XgboostModel(Booster):
    """A Booster in XGBoost's scikit-learn interface; it stops at the best iteration that a file names."""

    model: Any
    width: int
    library: tuple[str, ...] = CONVERTED_WITH
    estimator: str = "xgboost.Booster"

    def onnx(self, schema: Schema) -> bytes:
        """Return the model as ONNX; raises TrainingError where schema or model don't allow it."""
        features = features_read(self.names, self.width, schema.feature_names)
        columns = dict(zip(self.names or features, features, strict=True))
        model = copy.copy(self.model)
        if model.objective == "multi:softmax":
            model.objective = "multi:softprob"  # the same trees; the converter gives the former no softmax
        return onnx_bytes(model, columns, schema, classifies=self.classes is not None)

    def answers(self, frame: pd.DataFrame) -> Answers:
        """Return probabilities, shape (rows, classes), or values, shape (rows,), of XGBoost itself."""
        rows = columns_read(self.names, self.width, frame).to_numpy(np.float64)
        answer = self.model.predict if self.classes is None else self.model.predict_proba
        return np.asarray(answer(rows, validate_features=False), np.float64)


def read_xgboost(path: Path) -> XgboostModel:
    """Read a Booster that was saved as JSON or UBJSON.

    Raises TrainingError where the file is another, where its objective is neither a classification with
    probabilities nor a regression, or where a feature is categorical inside the Booster.
    """
    check_readable(path)
    with needed_for("reading an XGBoost model"):
        import xgboost  # noqa: PLC0415 - of the extra

        register_xgboost()
    booster = xgboost.Booster()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a file name that doesn't tell JSON from UBJSON
            booster.load_model(path)
        learner = json.loads(booster.save_config())["learner"]
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise TrainingError(
            f"{path}: is no XGBoost model: {cause(error)}; expected one that was saved with "
            'booster.save_model("model.json")'
        ) from error
    objective, grows = learner["objective"]["name"], learner["gradient_booster"]["name"]
    _check(path, objective, grows, booster.feature_types or [])
    names, width = booster.feature_names, booster.num_features()
    booster.set_attr(scikit_learn=None)  # the file may be that of an estimator of either kind
    classifies = objective in CLASSIFIES
    model = xgboost.XGBClassifier() if classifies else xgboost.XGBRegressor()
    model.load_model(booster.save_raw("ubj"))
    classes = tuple(range(model.n_classes_)) if classifies else None
    return XgboostModel(model=model, names=list(names) if names else None, width=width, classes=classes)


def _check(path: Path, objective: str, grows: str, types: Sequence[str]) -> None:
    """Raise TrainingError where a Booster is none that can be converted."""
    if "c" in types:
        raise TrainingError(
            f"{path}: the Booster itself reads categorical features; expected numbers: put a OneHotEncoder "
            "and the estimator into a scikit-learn pipeline, and save it as a skops file"
        )
    if objective not in CLASSIFIES and not objective.startswith(REGRESSIONS):
        raise TrainingError(
            f"{path}: has the objective {objective}; expected one of {', '.join(CLASSIFIES)}, or a regression"
        )
    if grows != "gbtree":
        raise TrainingError(
            f"{path}: is a Booster of the kind {grows}; expected gbtree, which is the default"
        )
