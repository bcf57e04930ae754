"""Models of scikit-learn answer by ONNX as they do by themselves, on every row."""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from bundle import Scorer
from tests.support.data.conversion import agreed, as_read, converted_answers, schema_of
from tests.support.processes import program
from training.model.conversion.sklearn import read_sklearn

Table = tuple[pd.DataFrame, Any]
Saved = Callable[[Any], Path]

FOREST = RandomForestClassifier(20, random_state=1)
XGB, LGBM = XGBClassifier(n_estimators=20, n_jobs=1), LGBMClassifier(n_estimators=20, n_jobs=1, verbose=-1)
XGB_NUMBER = XGBRegressor(n_estimators=20, n_jobs=1)
LGBM_NUMBER = LGBMRegressor(n_estimators=20, n_jobs=1, verbose=-1)


@pytest.mark.parametrize(
    "model",
    [
        FOREST,
        GradientBoostingClassifier(n_estimators=20),
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), FOREST),
        make_pipeline(StandardScaler(), XGB),
        make_pipeline(StandardScaler(), LGBM),
        CalibratedClassifierCV(FOREST, cv=2),
    ],
    ids=lambda model: "-".join(type(step).__name__ for step in getattr(model, "steps", [[model]])[-1]),
)
@pytest.mark.parametrize("named", [True, False], ids=["frame", "array"])
def test_a_classifier_of_two_classes(model: Any, cancer: Table, saved: Saved, *, named: bool) -> None:
    """Fitted on a frame, whose names have blanks, or on an array."""
    features, target = cancer
    path = saved(clone(model).fit(features if named else features.to_numpy(), target))

    original = read_sklearn(path)

    assert (original.task, original.classes) == ("binary", (0, 1))
    assert agreed(original, features) < 1e-6


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
        make_pipeline(SimpleImputer(), XGB),
        HistGradientBoostingClassifier(max_iter=20),
        XGB,
        LGBM,
        FOREST,
    ],
    ids=lambda model: type(getattr(model, "steps", [[model]])[-1][-1]).__name__,
)
def test_missing_values_go_the_same_way(model: Any, cancer_with_holes: Table, saved: Saved) -> None:
    """Imputed, or sent to a side by each tree."""
    features, target = cancer_with_holes

    assert agreed(read_sklearn(saved(clone(model).fit(features, target))), features) < 1e-6


@pytest.mark.parametrize(
    "model", [FOREST, GradientBoostingClassifier(n_estimators=9), LGBM, LogisticRegression(max_iter=300)]
)
def test_three_classes_that_are_text(model: Any, iris: Table, saved: Saved) -> None:
    """In the order of the estimator's classes."""
    features, target = iris

    original = read_sklearn(saved(clone(model).fit(features, target)))

    assert (original.task, original.classes) == ("multiclass", ("setosa", "versicolor", "virginica"))
    assert original.answers(features).shape == (150, 3)
    assert agreed(original, features) < 1e-6


@pytest.mark.parametrize("model", [HistGradientBoostingClassifier(max_iter=9), XGB, LGBM])
def test_three_classes_that_are_numbers(model: Any, wine: Table, saved: Saved) -> None:
    """With missing values."""
    features, target = wine

    original = read_sklearn(saved(clone(model).fit(features, target)))

    assert (original.task, original.classes) == ("multiclass", (0, 1, 2))
    assert agreed(original, features) < 1e-6


@pytest.mark.parametrize(("labels", "classes"), [([False, True], (False, True)), (["a", "ß"], ("a", "ß"))])
def test_classes_are_the_labels(labels: list[Any], classes: Any, cancer: Table, saved: Saved) -> None:
    """True and false stay what they are, and so does text."""
    features, target = cancer

    original = read_sklearn(saved(clone(FOREST).fit(features, np.array(labels)[target])))

    assert original.classes == classes
    assert agreed(original, features) < 1e-6


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        make_pipeline(StandardScaler(), Ridge()),
        RandomForestRegressor(20, random_state=1),
        GradientBoostingRegressor(n_estimators=20),
        HistGradientBoostingRegressor(max_iter=20),
        make_pipeline(StandardScaler(), XGB_NUMBER),
        XGB_NUMBER,
        LGBM_NUMBER,
    ],
    ids=lambda model: "-".join(type(step[-1]).__name__ for step in getattr(model, "steps", [[model]])),
)
def test_a_regression(model: Any, diabetes: Table, saved: Saved) -> None:
    """A number per row, with an umlaut among the features' names."""
    features, target = diabetes

    original = read_sklearn(saved(clone(model).fit(features, target)))

    assert (original.task, original.classes) == ("regression", None)
    assert original.answers(features).shape == (442,)
    assert agreed(original, features) < 1e-6


@pytest.mark.parametrize("model", [LogisticRegression(), FOREST, XGB, LGBM, HistGradientBoostingClassifier()])
def test_the_last_digits_of_large_numbers_count(model: Any, saved: Saved) -> None:
    """Numbers around a billion that differ by tens are told apart as the original tells them."""
    generator = np.random.default_rng(3)
    features = pd.DataFrame(
        {"small": generator.normal(size=800), "at": 1e9 + generator.normal(size=800) * 40}
    )
    target = ((features["at"] - 1e9) / 40 + features["small"] > 0).to_numpy().astype(int)
    path = saved(make_pipeline(StandardScaler(), clone(model)).fit(features, target))

    assert agreed(read_sklearn(path), features) < 1e-6


@pytest.mark.parametrize("model", [LogisticRegression(), FOREST, XGB, LGBM, GradientBoostingClassifier()])
def test_columns_of_every_kind(model: Any, saved: Saved) -> None:
    """Names, missing categories and booleans go through a ColumnTransformer, and through the scorer."""
    features, target = mixed()
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    text = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    preparation = ColumnTransformer(
        [
            ("numbers", numbers, ["höhe (cm)", "fee"]),
            ("text", text, ["plan b"]),
            ("more", OneHotEncoder(handle_unknown="ignore"), ["label"]),
            ("rest", "passthrough", ["paper"]),
        ]
    )
    original = read_sklearn(saved(make_pipeline(preparation, clone(model)).fit(features, target)))
    schema = schema_of(features.assign(unread=1.0)[["unread", "paper", *features.columns.drop("paper")]])

    scorer = Scorer(original.onnx(schema), schema)

    assert agreed(original, features) < 1e-6
    rows = features.assign(unread=1.0)
    columns = {name: [None if pd.isna(value) else value for value in rows[name]] for name in rows.columns}
    served = scorer.score_columns(columns)
    assert np.abs(served - original.answers(as_read(features))[:, 1]).max() < 1e-6


def test_the_same_file_gives_the_same_bytes(cancer: Table, saved: Saved) -> None:
    """In another process with another hash seed, so that a bundle's version is that of its content."""
    path = saved(make_pipeline(SimpleImputer(), StandardScaler(), clone(XGB)).fit(*cancer))
    schema = schema_of(cancer[0])
    code = (
        "import hashlib, pathlib, sys\n"
        "from contract.schema import Schema\n"
        "from training.model.conversion.sklearn import read_sklearn\n"
        "onnx = read_sklearn(pathlib.Path(sys.argv[1])).onnx(Schema.model_validate_json(sys.argv[2]))\n"
        "print(hashlib.sha256(onnx).hexdigest())"
    )
    command = [sys.executable, "-c", code, str(path), schema.model_dump_json()]

    ended = program.run(
        command, env={**os.environ, "PYTHONHASHSEED": "4242"}, capture_output=True, text=True, check=True
    )

    assert ended.stdout.strip() == hashlib.sha256(read_sklearn(path).onnx(schema)).hexdigest()


def test_a_feature_named_as_an_output_is_no_other(diabetes: Table, saved: Saved) -> None:
    """`label`, `probabilities` and `variable` are names within a converted model."""
    features = diabetes[0].set_axis(
        ["label", "probabilities", "variable", "label_", "a b", "a_b", "input", "model", "ß", "output"],
        axis=1,
    )
    path = saved(clone(FOREST).fit(features, diabetes[1] > 140))

    assert agreed(read_sklearn(path), features) < 1e-6


def test_what_matters_of_a_model_is_known(cancer: Table, saved: Saved) -> None:
    """The class of the last step, and the libraries whose versions matter."""
    original = read_sklearn(saved(make_pipeline(StandardScaler(), clone(XGB)).fit(*cancer)))

    assert original.estimator == "xgboost.sklearn.XGBClassifier"
    assert {"scikit-learn", "skl2onnx", "skops", "onnxmltools", "xgboost-cpu"} <= set(original.library)
    original = read_sklearn(saved(clone(FOREST).fit(*cancer)))
    assert original.estimator == "sklearn.ensemble.RandomForestClassifier"
    assert "xgboost-cpu" not in original.library


def test_the_features_of_an_array_are_those_of_the_schema(cancer: Table, saved: Saved) -> None:
    """Without names the model's order is the schema's."""
    features, target = cancer
    original = read_sklearn(saved(clone(FOREST).fit(features.to_numpy(), target)))
    renamed = features.set_axis([f"Merkmal {number} (ß)" for number in range(30)], axis=1)

    answers = converted_answers(original.onnx(schema_of(renamed)), renamed)

    assert np.abs(answers - original.answers(renamed)).max() < 1e-6


def mixed() -> Table:
    """600 rows of numbers, text and booleans, some missing, and two classes."""
    generator = np.random.default_rng(5)
    features = pd.DataFrame(
        {
            "höhe (cm)": generator.normal(170, 9, 600),
            "fee": generator.integers(0, 9, 600).astype(np.float64),
            "plan b": generator.choice(["größe", "klein", "x"], 600).astype(object),
            "label": generator.choice(["a", "b"], 600).astype(object),
            "paper": generator.random(600) < 0.5,
        }
    )
    target = ((features["fee"] > 4) ^ (features["plan b"] == "x") | features["paper"]).to_numpy().astype(int)
    for name in ("höhe (cm)", "plan b", "label"):
        features.loc[generator.random(600) < 0.1, name] = np.nan
    return features, target
