"""Boosters of XGBoost and LightGBM answer by ONNX as they do by themselves, on every row."""

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from tests.support.data.conversion import agreed, schema_of
from training.model.conversion.lightgbm import LightgbmModel, read_lightgbm
from training.model.conversion.xgboost import XgboostModel, read_xgboost

Table = tuple[pd.DataFrame, Any]


def xgboost_model(table: Table, path: Path, *, named: bool = True, **parameters: Any) -> XgboostModel:
    """A Booster of 20 rounds, saved and read."""
    features, target = table
    names = [str(name) for name in features.columns] if named else None
    rows = xgboost.DMatrix(features.to_numpy(), target, feature_names=names)
    xgboost.train({"nthread": 1, **parameters}, rows, 20).save_model(path)
    return read_xgboost(path)


def lightgbm_model(table: Table, path: Path, *, named: bool = True, **parameters: Any) -> LightgbmModel:
    """A Booster of 20 rounds, saved and read."""
    features, target = table
    rows = lightgbm.Dataset(features if named else features.to_numpy(), target)
    lightgbm.train({"num_threads": 1, "verbose": -1, **parameters}, rows, 20).save_model(path)
    return read_lightgbm(path)


@pytest.mark.parametrize("suffix", ["json", "ubj"])
@pytest.mark.parametrize("named", [True, False])
def test_xgboost_with_two_classes(
    cancer_with_holes: Table, tmp_path: Path, suffix: str, *, named: bool
) -> None:
    """As JSON and UBJSON, with names and without, and with missing values."""
    path = tmp_path / f"model.{suffix}"

    original = xgboost_model(cancer_with_holes, path, named=named, objective="binary:logistic")

    assert (original.task, original.classes, original.estimator) == ("binary", (0, 1), "xgboost.Booster")
    assert agreed(original, cancer_with_holes[0]) < 1e-6


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_xgboost_with_three_classes(wine: Table, tmp_path: Path, objective: str) -> None:
    """Probabilities, also of an objective that answers with a class."""
    original = xgboost_model(wine, tmp_path / "model.json", objective=objective, num_class=3)

    assert (original.task, original.classes) == ("multiclass", (0, 1, 2))
    assert agreed(original, wine[0]) < 1e-6


@pytest.mark.parametrize("objective", ["reg:squarederror", "reg:absoluteerror", "reg:gamma", "count:poisson"])
def test_xgboost_regression(diabetes: Table, tmp_path: Path, objective: str) -> None:
    """Of numbers, also by their logarithm, whose rounding the exponential magnifies."""
    original = xgboost_model(diabetes, tmp_path / "model.json", objective=objective)

    assert (original.task, original.classes) == ("regression", None)
    assert agreed(original, diabetes[0]) < 4e-6


def test_an_estimators_file_stops_at_its_best_iteration(cancer: Table, tmp_path: Path) -> None:
    """XGBClassifier with early stopping saves more trees than it uses."""
    features, target = cancer
    model = xgboost.XGBClassifier(n_estimators=200, early_stopping_rounds=2, n_jobs=1)
    model.fit(features[:300], target[:300], eval_set=[(features[300:], target[300:])], verbose=False)
    model.save_model(tmp_path / "model.json")

    original = read_xgboost(tmp_path / "model.json")

    assert model.get_booster().num_boosted_rounds() > model.best_iteration + 1
    assert np.array_equal(original.answers(features), model.predict_proba(features))
    assert agreed(original, features) < 1e-6


@pytest.mark.parametrize("named", [True, False])
def test_lightgbm_with_two_classes(cancer_with_holes: Table, tmp_path: Path, *, named: bool) -> None:
    """Names with blanks, which LightGBM writes with underscores, and none."""
    original = lightgbm_model(cancer_with_holes, tmp_path / "model.txt", named=named, objective="binary")

    assert (original.task, original.classes, original.estimator) == ("binary", (0, 1), "lightgbm.Booster")
    assert agreed(original, cancer_with_holes[0]) < 1e-6


def test_lightgbm_with_three_classes(wine: Table, tmp_path: Path) -> None:
    """A probability of each."""
    original = lightgbm_model(wine, tmp_path / "model.txt", objective="multiclass", num_class=3)

    assert (original.task, original.classes) == ("multiclass", (0, 1, 2))
    assert agreed(original, wine[0]) < 1e-6


@pytest.mark.parametrize(
    "objective", ["regression", "regression_l1", "huber", "quantile", "poisson", "gamma"]
)
def test_lightgbm_regression(diabetes: Table, tmp_path: Path, objective: str) -> None:
    """Of numbers, also by their logarithm, with an umlaut among the names."""
    original = lightgbm_model(diabetes, tmp_path / "model.txt", objective=objective)

    assert (original.task, original.classes) == ("regression", None)
    assert agreed(original, diabetes[0]) < 1e-6


def test_the_same_booster_gives_the_same_bytes(cancer: Table, tmp_path: Path) -> None:
    """Of either library."""
    schema = schema_of(cancer[0])
    one = xgboost_model(cancer, tmp_path / "model.json", objective="binary:logistic")
    two = lightgbm_model(cancer, tmp_path / "model.txt", objective="binary")

    assert one.onnx(schema) == read_xgboost(tmp_path / "model.json").onnx(schema)
    assert two.onnx(schema) == read_lightgbm(tmp_path / "model.txt").onnx(schema)


def test_the_schemas_order_is_its_own(cancer: Table, tmp_path: Path) -> None:
    """A model finds its features by their names, wherever they are."""
    shuffled = cancer[0][sorted(cancer[0].columns)].assign(another=1.0)

    assert agreed(xgboost_model(cancer, tmp_path / "m.json", objective="binary:logistic"), shuffled) < 1e-6
    assert agreed(lightgbm_model(cancer, tmp_path / "m.txt", objective="binary"), shuffled) < 1e-6
