"""Models with scikit-learn's interface from pickles, for those who have said that they trust them."""

import pickle
import warnings
from pathlib import Path
from typing import Any, Final

from training.errors import TrainingError
from training.model.conversion.original import cause, check_readable
from training.model.conversion.sklearn import SklearnModel, sklearn_model

STEPS: Final = ("lightgbm", "xgboost")
"""The packages whose estimators may be steps beside those of scikit-learn."""


def read_pickle(path: Path) -> SklearnModel:
    """Read a fitted model from a pickle, which runs the code in it: ask before.

    Raises TrainingError where it can't be read, or holds no fitted model with probabilities or a number per
    row.
    """
    check_readable(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of another version, which the importer says
            model = pickle.loads(path.read_bytes())  # noqa: S301 - asked for
    except ModuleNotFoundError as error:
        raise TrainingError(
            f"{path}: needs the package {error.name}, which is not installed here; expected a model of "
            "scikit-learn, XGBoost or LightGBM: install the package, or register the model as ONNX"
        ) from error
    except Exception as error:  # a pickle runs whatever is in it
        raise TrainingError(
            f"{path}: can't be read: {cause(error)}; expected a pickle that was made with the versions that "
            "are installed here"
        ) from error
    return sklearn_model(path, model, [name for name in STEPS if name in _packages(model)])


def _packages(model: Any) -> set[str]:
    """Return the packages of an estimator, and of its parameters, among which are a pipeline's steps."""
    inside = model.get_params().values() if hasattr(model, "get_params") else ()
    return {type(each).__module__.partition(".")[0] for each in (model, *inside)}
