"""A program that registers models with MLflow itself, of each flavour, as their owners do.

`python -m tests.support.data.registering FOLDER` reads the rows.csv of the folder, and writes answers.json:
what each model answers to the rows by its own library.
"""

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import mlflow.lightgbm
import mlflow.onnx
import mlflow.pyfunc
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import pandas as pd
import xgboost
from mlflow.models import infer_signature
from mlflow.pyfunc.model import PythonModel
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.support.data.exported import NUMBERS, exported, linear


class Own(PythonModel):
    """Code of somebody's own around a model."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
        """Say no to everybody."""
        return np.zeros(len(model_input))


def main(folder: Path) -> None:
    """Register one model of each kind under its own name."""
    frame = pd.read_csv(folder / "rows.csv")
    x = frame[NUMBERS]
    scaled = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, frame["verdict"])
    forest = RandomForestClassifier(20, random_state=0).fit(x, frame["verdict"])
    boosted = xgboost.XGBClassifier(n_estimators=10).fit(x, frame["code"])
    graded = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1).fit(x, frame["grade"])
    amount = lightgbm.train({"verbose": -1}, lightgbm.Dataset(x, frame["amount"]), 10)
    steep = {"objective": "binary", "sigmoid": 2.0, "verbose": -1}
    wrong = lightgbm.train(steep, lightgbm.Dataset(x, frame["code"]), 10)
    matrix = linear(frame, "verdict", NUMBERS)
    (folder / "wrapped.pkl").write_bytes(pickle.dumps(forest))

    signature = infer_signature(x)
    sklearn, pyfunc = mlflow.sklearn.log_model, mlflow.pyfunc.log_model
    log(sklearn, "skops", scaled, signature=signature)
    log(sklearn, "unsigned", scaled)
    log(sklearn, "pickled", forest, signature=signature, serialization_format="cloudpickle")
    log(mlflow.xgboost.log_model, "boosted", boosted, signature=signature)
    log(mlflow.lightgbm.log_model, "graded", graded, signature=signature)
    log(mlflow.lightgbm.log_model, "amount", amount, signature=signature)
    log(mlflow.lightgbm.log_model, "wrong", wrong, signature=signature)
    log(mlflow.onnx.log_model, "onnx", exported(matrix, len(NUMBERS)), signature=signature)
    log(pyfunc, "own", python_model=Own(), signature=signature)
    wrapped = {"loader_module": "mlflow.sklearn", "data_path": str(folder / "wrapped.pkl")}
    log(pyfunc, "wrapped", signature=signature, **wrapped)

    answers = {
        "skops": scaled.predict_proba(x),
        "pickled": forest.predict_proba(x),
        "wrapped": forest.predict_proba(x),
        "boosted": boosted.predict_proba(x),
        "graded": graded.predict_proba(x),
        "amount": amount.predict(x),
        "onnx": matrix.predict_proba(x.to_numpy(np.float32)),
    }
    listed = {name: np.asarray(answer).tolist() for name, answer in answers.items()}
    (folder / "answers.json").write_text(json.dumps(listed))


def log(by: Any, name: str, *model: Any, **options: Any) -> None:
    """Log a model in a run of its own, and register it; given requirements spare MLflow a search for them."""
    with mlflow.start_run():
        by(*model, name="model", registered_model_name=name, pip_requirements=["numpy"], **options)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
