"""What is not converted, and what the messages say of it."""

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from tests.support.data.conversion import as_read, converted_answers, schema_of
from tests.support.processes import program
from training.errors import TrainingError
from training.model.conversion.lightgbm import read_lightgbm
from training.model.conversion.parity import check_parity
from training.model.conversion.sklearn import read_sklearn
from training.model.conversion.xgboost import read_xgboost

Table = tuple[pd.DataFrame, Any]
Saved = Callable[[Any], Path]


def shifted(values: Any) -> Any:
    """A function of this file, which no other program has."""
    return values + 1


class Trap:
    """An object whose pickle would write a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_a_foreign_type_is_refused(saved: Saved) -> None:
    """A function that came with the model is named, and not run."""
    path = saved(make_pipeline(FunctionTransformer(shifted), LogisticRegression()).fit(*iris_like()))

    with pytest.raises(
        TrainingError, match=r"holds types that are not known to be safe: \S*shifted; only skops"
    ):
        read_sklearn(path)


def test_a_pickle_is_refused_unread(tmp_path: Path) -> None:
    """The message says how to save the model instead, and nothing in the file is run."""
    path, trap = tmp_path / "model.pkl", tmp_path / "sprung"
    path.write_bytes(pickle.dumps(Trap(trap)))

    with pytest.raises(TrainingError, match=r'skops\.io\.dump\(model, "model\.skops"\)'):
        read_sklearn(path)

    assert not trap.exists()


@pytest.mark.parametrize("read", [read_sklearn, read_xgboost, read_lightgbm])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"tree\nversion=v4\n", b"\xff\xfe", b'{"learner": 1}'])
def test_another_file_is_refused(read: Callable[[Path], Any], content: bytes | None, tmp_path: Path) -> None:
    """One line that begins with the file, whether it is missing or another."""
    path = tmp_path / "model"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(TrainingError) as refused:
        read(path)

    assert str(refused.value).startswith(f"{path}: ")
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            LinearSVC(),
            "LinearSVC gives no probabilities; expected a classifier with predict_proba: wrap it in",
        ),
        (StandardScaler(), "StandardScaler is neither a classifier nor a regression"),
        (MultiOutputClassifier(LogisticRegression()), "expected two or more that are true and false"),
    ],
)
def test_a_model_that_gives_no_score_is_refused(model: Any, expected: str, saved: Saved) -> None:
    """The message says what kind of model does."""
    features, target = iris_like()
    path = saved(model.fit(features, np.column_stack([target, target]) if "Multi" in repr(model) else target))

    with pytest.raises(TrainingError, match=expected):
        read_sklearn(path)


def test_a_model_that_was_never_fitted_is_refused(saved: Saved) -> None:
    """It has neither features nor classes."""
    with pytest.raises(TrainingError, match="holds a RandomForestClassifier; expected a fitted model"):
        read_sklearn(saved(RandomForestClassifier()))


def test_a_feature_that_the_schema_lacks_is_named(cancer: Table, saved: Saved, tmp_path: Path) -> None:
    """By every library."""
    features, target = cancer
    schema = schema_of(features.drop(columns=["mean radius", "worst area"]))
    path = saved(RandomForestClassifier(2).fit(features, target))
    xgboost.XGBClassifier(n_estimators=2).fit(features, target).save_model(tmp_path / "m.json")
    lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(features, target).booster_.save_model(
        tmp_path / "m.txt"
    )

    for original in (read_sklearn(path), read_xgboost(tmp_path / "m.json")):
        with pytest.raises(TrainingError, match="reads 'mean radius', 'worst area', which the schema lacks"):
            original.onnx(schema)
    with pytest.raises(TrainingError, match="reads 'mean_radius', 'worst_area', which the schema lacks"):
        read_lightgbm(tmp_path / "m.txt").onnx(schema)


def test_a_schema_of_another_width_is_refused(cancer: Table, saved: Saved) -> None:
    """Where the model knows no names."""
    original = read_sklearn(saved(RandomForestClassifier(2).fit(cancer[0].to_numpy(), cancer[1])))

    with pytest.raises(TrainingError, match="reads 30 features and knows no names, but the schema has 29"):
        original.onnx(schema_of(cancer[0].iloc[:, 1:]))


def test_a_model_without_a_converter_is_refused(saved: Saved) -> None:
    """With the cause, and what to do."""
    features, target = iris_like()
    voting = VotingClassifier([("one", LogisticRegression())], voting="soft").fit(features, target)

    with pytest.raises(TrainingError, match=r"VotingClassifier can't be converted to ONNX: .*; use another"):
        read_sklearn(saved(voting)).onnx(schema_of(features))


@pytest.mark.parametrize("objective", ["binary:hinge", "rank:pairwise"])
def test_an_objective_without_probabilities_is_refused(objective: str, tmp_path: Path) -> None:
    """XGBoost's others are listed."""
    features, target = iris_like()
    rows = xgboost.DMatrix(features, target)
    xgboost.train({"objective": objective}, rows, 2).save_model(tmp_path / "m.json")

    with pytest.raises(
        TrainingError, match=f"has the objective {objective}; expected one of binary:logistic"
    ):
        read_xgboost(tmp_path / "m.json")


def test_categories_inside_a_booster_are_refused(tmp_path: Path) -> None:
    """The message says where they belong."""
    features, target = iris_like()
    features = features.assign(kind=pd.Categorical(np.where(features["a"] > 0, "x", "y")))
    rows = xgboost.DMatrix(features, target, enable_categorical=True)
    xgboost.train({"objective": "binary:logistic"}, rows, 2).save_model(tmp_path / "m.json")
    content = lightgbm.Dataset(features, target)
    lightgbm.train({"objective": "binary", "verbose": -1}, content, 2).save_model(tmp_path / "m.txt")

    for read, name in ((read_xgboost, "m.json"), (read_lightgbm, "m.txt")):
        with pytest.raises(
            TrainingError, match="itself reads categorical features; expected numbers: put a One"
        ):
            read(tmp_path / name)


def test_a_conversion_that_is_wrong_is_refused(cancer: Table, tmp_path: Path) -> None:
    """The converter knows nothing of LightGBM's `sigmoid`, and raises nothing."""
    features, target = cancer
    rows = lightgbm.Dataset(features, target)
    lightgbm.train({"objective": "binary", "sigmoid": 0.5, "verbose": -1}, rows, 9).save_model(
        tmp_path / "m.txt"
    )
    original = read_lightgbm(tmp_path / "m.txt")
    converted = converted_answers(original.onnx(schema_of(features)), features)

    with pytest.raises(
        TrainingError, match=r"differs from the original in 569 of 569 rows, by up to 0\.\d+; exp"
    ):
        check_parity(original.answers(as_read(features)), converted)


@pytest.mark.parametrize("read", ["sklearn", "xgboost", "lightgbm"])
def test_without_the_extra_the_message_names_it(read: str, tmp_path: Path) -> None:
    """In a process that can't import what the extra brings."""
    (tmp_path / "model").touch()
    code = (
        "import sys, pathlib\n"
        "sys.modules.update(dict.fromkeys(['skops', 'xgboost', 'lightgbm', 'onnxmltools']))\n"
        f"from training.model.conversion.{read} import read_{read} as read\n"
        f"read(pathlib.Path({str(tmp_path / 'model')!r}))"
    )

    ended = program.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "needs the extra: uv sync --package training --extra convert" in ended.stderr.splitlines()[-1]


def iris_like() -> Table:
    """60 rows of two numbers, and two classes."""
    generator = np.random.default_rng(2)
    features = pd.DataFrame(generator.normal(size=(60, 2)), columns=["a", "b"])
    return features, (features["a"] > 0).to_numpy().astype(int)
