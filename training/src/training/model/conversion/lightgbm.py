"""Boosters of LightGBM, from its text files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from contract.schema import Schema
from training.errors import TrainingError
from training.model.conversion.columns import columns_read, features_read
from training.model.conversion.extra import needed_for
from training.model.conversion.graph.boosters import register, register_lightgbm
from training.model.conversion.graph.model import onnx_bytes
from training.model.conversion.original import Answers, Booster, cause, check_readable

CONVERTED_WITH: Final = ("lightgbm", "numpy", "onnx", "onnxmltools", "onnxruntime", "skl2onnx")

CLASSIFIES: Final = ("binary", "multiclass")
REGRESSIONS: Final = ("gamma", "huber", "poisson", "quantile", "regression", "regression_l1", "tweedie")


class _Step(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A Booster with the attributes by which the converter knows LightGBM's estimators."""

    def __init__(self, booster: Any, classes: tuple[int, ...] | None, *, averages: bool) -> None:
        self.booster_ = booster
        self.classes_ = np.asarray(classes or ())
        self.boosting_type = "rf" if averages else "gbdt"


class BoosterClassifier(ClassifierMixin, _Step):  # type: ignore[misc]
    """A Booster that gives probabilities."""


class BoosterRegressor(RegressorMixin, _Step):  # type: ignore[misc]
    """A Booster that gives a number."""


@dataclass(frozen=True, kw_only=True)
class LightgbmModel(Booster):
    """A Booster, with all iterations that its file holds."""

    booster: Any
    averages: bool
    """Whether the trees' answers are averaged, as those of a random forest, and not added."""
    library: tuple[str, ...] = CONVERTED_WITH
    estimator: str = "lightgbm.Booster"

    def onnx(self, schema: Schema) -> bytes:
        """Return the model as ONNX; raises TrainingError where schema or model don't allow it."""
        features = features_read(self.names, self.booster.num_feature(), schema.feature_names)
        columns = dict(zip(self.names or features, features, strict=True))
        kind = BoosterRegressor if self.classes is None else BoosterClassifier
        step = kind(self.booster, self.classes, averages=self.averages)
        return onnx_bytes(step, columns, schema, classifies=self.classes is not None)

    def answers(self, frame: pd.DataFrame) -> Answers:
        """Return probabilities, shape (rows, classes), or values, shape (rows,), of LightGBM itself."""
        rows = columns_read(self.names, self.booster.num_feature(), frame).to_numpy(np.float64)
        answer = np.asarray(self.booster.predict(rows), np.float64)
        return np.column_stack([1 - answer, answer]) if self.task == "binary" else answer


def read_lightgbm(path: Path) -> LightgbmModel:
    """Read a Booster that was saved as text.

    Raises TrainingError where the file is another, where its objective is neither a classification with
    probabilities nor a regression, or where a feature is categorical inside the Booster.
    """
    check_readable(path)
    with needed_for("reading a LightGBM model"):
        import lightgbm  # noqa: PLC0415 - of the extra

        converter = register_lightgbm()
    register(BoosterClassifier, converter, classifies=True)
    register(BoosterRegressor, converter, classifies=False)
    try:
        booster = lightgbm.Booster(model_str=_text(path))
        content = booster.dump_model()
    except (lightgbm.basic.LightGBMError, ValueError) as error:
        raise TrainingError(
            f"{path}: is no LightGBM model: {cause(error)}; expected one that was saved with "
            'booster.save_model("model.txt")'
        ) from error
    classes = _classes(path, content)
    if any(tree["num_cat"] for tree in content["tree_info"]) or booster.pandas_categorical:
        raise TrainingError(
            f"{path}: the Booster itself reads categorical features; expected numbers: put a OneHotEncoder "
            "and the estimator into a scikit-learn pipeline, and save it as a skops file"
        )
    names = booster.feature_name()
    unnamed = names == [f"Column_{number}" for number in range(len(names))]
    return LightgbmModel(
        booster=booster,
        names=None if unnamed else names,
        classes=classes,
        averages=bool(content["average_output"]),
    )


def _text(path: Path) -> str:
    """Return a file's text; raises ValueError for one that is cut short, at which LightGBM would abort."""
    text = path.read_text(encoding="utf-8")
    if not text.startswith("tree") or "end of trees" not in text:
        raise ValueError("it is cut short, or another file")
    return text


def _classes(path: Path, content: dict[str, Any]) -> tuple[int, ...] | None:
    """Return the class numbers of a classification, and None for a regression."""
    objective = str(content.get("objective", "of its own")).partition(" ")[0]
    if objective in CLASSIFIES:
        return tuple(range(max(2, int(content["num_class"]))))
    if objective in REGRESSIONS:
        return None
    raise TrainingError(
        f"{path}: has the objective {objective}; expected one of {', '.join((*CLASSIFIES, *REGRESSIONS))}"
    )
