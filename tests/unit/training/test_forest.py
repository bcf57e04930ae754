"""The forest, and its conversion to ONNX, for features of any kind and name."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from baseline.auc import auc_of
from bundle import Scorer
from contract.schema import Feature, Schema
from dataset import Target
from tests.support.data.scored import scored
from training.errors import TrainingError
from training.model.folds import out_of_fold
from training.model.forest import MOST_DRAWN, fit, model_frame, scores_of
from training.model.onnx import onnx_bytes
from training.model.reference import filled_schema

ROWS = 400

BINARY = Target("binary")


def mixed(names: list[str]) -> tuple[Schema, pd.DataFrame, NDArray[np.bool_]]:
    """Six features under these names, nullable ones among them, and a label that depends on them."""
    rng = np.random.default_rng(5)
    kinds: list[Any] = ["numerical", "numerical", "boolean", "boolean", "categorical", "categorical"]
    features = [
        Feature(name=name, kind=kind, nullable=number % 2 == 1)
        for number, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
    numbers = rng.normal(size=ROWS) * 1e6
    gappy = np.where(rng.random(ROWS) < 0.3, np.nan, rng.normal(size=ROWS))
    flags = pd.Categorical(list(rng.random(ROWS) < 0.5))
    gappy_flags = pd.Categorical([None if draw < 0.2 else draw < 0.6 for draw in rng.random(ROWS)])
    words = pd.Categorical(rng.choice(["DSL", "größe", "", "a, b"], ROWS))
    gappy_words = pd.Categorical([None if draw < 0.2 else "x" for draw in rng.random(ROWS)])
    columns = [numbers, gappy, flags, gappy_flags, words, gappy_words]
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    positive = (numbers > 0) ^ np.isnan(gappy)
    return Schema(entity="id", features=features), frame, positive


@pytest.mark.parametrize(
    "names",
    [
        ["a", "b", "c", "d", "e", "f"],
        ["mean radius (mm)", "größe", "is it? 🛰", "a.b/c", "x'y", '"'],
        ["label", "probabilities", "variable", "transformed_column", "shape_tensor", "Concat"],
        ["feature1", "feature0", "feature10", "input", "merged_columns", "variable1"],
        ["output_label", "output_probability", "float_input", "input", "merged_columns", "variable1"],
    ],
)
def test_onnx_and_scikit_learn_agree_on_any_features(names: list[str]) -> None:
    """Kinds, missing values, and names that the converter itself uses make no difference to 1e-5."""
    schema, frame, positive = mixed(names)
    features = model_frame(frame, schema)
    pipeline = fit(features, positive, schema, trees=30)

    reference = scored(frame, schema, Scorer(onnx_bytes(pipeline, schema), schema))

    assert np.abs(reference["score"] - pipeline.predict_proba(features)[:, 1]).max() < 1e-5
    assert reference["score"].corr(pd.Series(positive.astype(float))) > 0.5


def test_a_missing_value_is_a_value_of_its_own() -> None:
    """Where a number is missing is learned: the label of the test depends on it."""
    schema, frame, positive = mixed(["a", "b", "c", "d", "e", "f"])

    scores = out_of_fold(model_frame(frame, schema), positive, schema, BINARY).scores

    assert auc_of(positive, scores).auc > 0.9


def test_rows_of_one_id_are_scored_by_models_that_know_none_of_them() -> None:
    """Where each id's rows are alike and labels are chance, a model that knew some would seem to know all."""
    random = np.random.default_rng(7)
    schema = Schema(entity="id", ids="repeat", features=[Feature(name="a", kind="numerical")])
    ids = pd.Series(np.arange(ROWS) % (ROWS // 8))
    frame = pd.DataFrame({"a": random.normal(size=ROWS // 8)[ids]})
    truth = (random.random(ROWS // 8) < 0.5)[ids]

    known = out_of_fold(model_frame(frame, schema), truth, schema, BINARY).scores
    scores = out_of_fold(model_frame(frame, schema), truth, schema, BINARY, ids).scores

    assert auc_of(truth, known).auc > 0.9
    assert auc_of(truth, scores).auc < 0.7
    with pytest.raises(TrainingError, match="the rows have 4 ids; expected at least 5"):
        out_of_fold(model_frame(frame, schema), truth, schema, BINARY, ids % 4)


@pytest.mark.parametrize("column", ["numerical", "boolean", "categorical"])
def test_a_column_without_values_is_no_obstacle(column: Any) -> None:
    """A nullable feature that is missing in every row is trained on, converted and scored."""
    feature = Feature(name="empty", kind=column, nullable=True)
    schema = Schema(entity="id", features=[Feature(name="age", kind="numerical"), feature])
    nothing = (
        pd.Series([np.nan] * ROWS) if column == "numerical" else pd.Series(pd.Categorical([None] * ROWS))
    )
    frame = pd.DataFrame({"age": np.arange(float(ROWS)), "empty": nothing})
    features = model_frame(frame, schema)
    pipeline = fit(features, np.arange(ROWS) % 3 == 0, schema, trees=30)

    reference = scored(frame, filled_schema(schema, frame), Scorer(onnx_bytes(pipeline, schema), schema))

    assert np.abs(reference["score"] - pipeline.predict_proba(features)[:, 1]).max() < 1e-5


def test_numbers_beyond_single_precision_are_refused() -> None:
    """The model would read infinity."""
    schema = Schema(entity="id", features=[Feature(name="age", kind="numerical", nullable=True)])

    with pytest.raises(
        TrainingError, match=r"feature 'age', row 3: is larger than 3\.4e\+38, the most a model"
    ):
        model_frame(pd.DataFrame({"age": [1.0, np.nan, -1e300]}), schema)


def test_too_few_rows_of_a_class_are_refused() -> None:
    """An AUC of a handful of rows says nothing."""
    schema, frame, _ = mixed(["a", "b", "c", "d", "e", "f"])

    with pytest.raises(
        TrainingError, match="7 of 400 rows are positive; expected at least 8 of either class"
    ):
        out_of_fold(model_frame(frame, schema), np.arange(ROWS) < 7, schema, BINARY)


def test_rare_categories_are_the_same_to_the_model() -> None:
    """One with fewer rows than a leaf has no column of its own, so that thousands of them cost nothing."""
    schema = Schema(entity="id", features=[Feature(name="town", kind="categorical")])
    towns = [f"village {row % 800}" for row in range(2_400)] + ["a city", "another city"] * 200
    frame = pd.DataFrame({"town": pd.Categorical(towns)})
    truth = np.array([town == "a city" for town in towns])

    model = fit(model_frame(frame, schema), truth, schema, trees=5)

    (encoder,) = [step for _, step, _ in model.named_steps["preparation"].transformers_]
    assert [*encoder.categories_[0]] == ["a city", "another city"]
    asked = pd.DataFrame({"town": pd.Categorical(["village 1", "village 2", "a city"])})
    one, other, city = scores_of(model, model_frame(asked, schema), "binary")
    assert one == other
    assert one < 0.1
    assert city > 0.9


def test_a_column_of_rare_categories_alone_is_no_obstacle() -> None:
    """The model learns from the other columns."""
    schema = Schema(
        entity="id", features=[Feature(name="a", kind="numerical"), Feature(name="name", kind="categorical")]
    )
    names = pd.Categorical([f"name {row}" for row in range(ROWS)])
    frame = pd.DataFrame({"a": np.arange(float(ROWS)), "name": names})

    model = fit(model_frame(frame, schema), np.arange(ROWS) > ROWS / 2, schema, trees=5)
    reference = scored(frame, filled_schema(schema, frame), Scorer(onnx_bytes(model, schema), schema))

    assert reference["score"].corr(frame["a"]) > 0.8


def test_trees_of_many_rows_are_grown_on_a_part_of_them() -> None:
    """Each on rows of its own, so that a model of many rows takes no longer than one of twenty thousand."""
    schema = Schema(entity="id", features=[Feature(name="a", kind="numerical")])
    frame = pd.DataFrame({"a": np.arange(3.0 * MOST_DRAWN)})
    truth = np.sin(np.arange(3 * MOST_DRAWN) / 9_000)

    model = fit(model_frame(frame, schema), truth, schema, "regression", trees=20)

    forest = model.named_steps["forest"]
    assert {tree.tree_.weighted_n_node_samples[0] for tree in forest.estimators_} == {MOST_DRAWN}
    answers = scores_of(model, model_frame(frame, schema), "regression")
    assert np.abs(answers - truth).mean() < 0.02


def test_the_schema_is_filled_from_the_reference() -> None:
    """Ranges and categories are those of the data; what has no values has neither."""
    schema, frame, _ = mixed(["a", "b", "c", "d", "e", "f"])

    filled = {feature.name: feature for feature in filled_schema(schema, frame).features}

    assert filled["a"].minimum == frame["a"].min()
    assert filled["b"].maximum == frame["b"].max()
    assert filled["c"] == schema.features[2]
    assert filled["e"].categories == ["", "DSL", "a, b", "größe"]
    assert filled["f"].categories == ["x"]
