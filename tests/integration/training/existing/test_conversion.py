"""`training build` takes models of other libraries, and answers as they do."""

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import skops.io
import xgboost
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bundle import Scorer, open_bundle
from tests.support.data.exported import NUMBERS, Shop, shop
from tests.support.data.training import Training

BAD = "label: {name: verdict, positive: bad}"
GRADES = "task: multiclass\nclasses: [a, b, c]\nlabel: {name: grade}"
AMOUNT = "label: {name: amount}"


@pytest.fixture
def data(tmp_path: Path) -> Shop:
    """A table, and where models go."""
    return shop(tmp_path)


def scores(training: Training, data: Shop, library: str, file: Path) -> Any:
    """The scores of all rows by the bundle of a model file."""
    answer = training("build", "--data", data.data, "--out", data.folder / "shop", f"--{library}", file)
    assert answer.code == 0, answer.err
    bundle = open_bundle(data.folder / "shop")
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
    return scorer.score_columns({name: data.frame[name].tolist() for name in NUMBERS})


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(20, random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=10)),
    ],
    ids=["forest", "scaled logistic", "scaled xgboost"],
)
def test_classifiers_of_scikit_learn(training: Training, data: Shop, model: Any) -> None:
    """The positive class is the schema's, and each probability that of the original."""
    label = data.frame["verdict" if not hasattr(model, "steps") or "xgb" not in str(model.steps) else "code"]
    model.fit(data.frame[NUMBERS], label)
    data.schema(NUMBERS, BAD if label.name == "verdict" else "label: {name: code, positive: 1}")
    skops.io.dump(model, data.folder / "model.skops")

    found = scores(training, data, "sklearn", data.folder / "model.skops")

    positive = 0 if label.name == "verdict" else 1
    assert np.abs(found - model.predict_proba(data.frame[NUMBERS])[:, positive]).max() < 1e-5
    assert open_bundle(data.folder / "shop").metadata.recipe is not None


def test_a_regressor_of_scikit_learn(training: Training, data: Shop) -> None:
    """Predicted values are those of the original."""
    model = GradientBoostingRegressor(random_state=0).fit(data.frame[NUMBERS], data.frame["amount"])
    data.schema(NUMBERS, AMOUNT)
    skops.io.dump(model, data.folder / "model.skops")

    found = scores(training, data, "sklearn", data.folder / "model.skops")

    expected = model.predict(data.frame[NUMBERS])
    assert (np.abs(found - expected) / np.maximum(np.abs(expected), 1)).max() < 1e-5


def test_boosters_number_their_classes(training: Training, data: Shop) -> None:
    """The schema's classes say which is which, in any order of the features."""
    codes = data.frame["grade"].map({"a": 0, "b": 1, "c": 2})
    order = ["age", "x", "y"]
    boosted = xgboost.XGBClassifier(n_estimators=5).fit(data.frame[order], codes)
    boosted.save_model(data.folder / "model.json")
    light = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(data.frame[order], codes)
    light.booster_.save_model(data.folder / "model.txt")
    data.schema(NUMBERS, GRADES)

    for library, file, model in (("xgboost", "model.json", boosted), ("lightgbm", "model.txt", light)):
        found = scores(training, data, library, data.folder / file)
        assert np.abs(found - model.predict_proba(data.frame[order])).max() < 1e-5


def test_what_differs_from_the_original_is_refused(training: Training, data: Shop) -> None:
    """Here the converter forgets LightGBM's own factor of the sigmoid."""
    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1, sigmoid=0.5)
    model.fit(data.frame[NUMBERS], data.frame["code"]).booster_.save_model(data.folder / "model.txt")
    data.schema(NUMBERS, "label: {name: code, positive: 1}")

    answer = training(
        "build", "--data", data.data, "--out", data.folder / "shop", "--lightgbm", data.folder / "model.txt"
    )

    assert answer.code == 2
    assert "the converted model differs from the original in 300 of 300 rows, by up to 0." in answer.err
    assert "expected at most 0.00001" in answer.err
    assert not (data.folder / "shop").exists()


def test_one_model_at_a_time(training: Training, data: Shop) -> None:
    """Two files are two models."""
    data.schema(NUMBERS, BAD)

    answer = training(
        "build",
        "--data",
        data.data,
        "--out",
        data.folder / "x",
        "--sklearn",
        "a.skops",
        "--xgboost",
        "b.json",
    )

    assert (answer.code, answer.err) == (2, "error: expected one model, but got --sklearn and --xgboost\n")
