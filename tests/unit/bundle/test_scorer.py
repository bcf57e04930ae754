"""Scoring with real ONNX models, ours and others'."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from bundle import BundleError, Scorer, ScoringError, open_bundle
from contract.schema import FeatureValue, Schema
from tests.support.data.models import (
    NUMBERS,
    SCHEMA,
    floats,
    matrix_model,
    model,
    per_feature_model,
    strings,
    zipmap_model,
)
from tests.support.data.month_records import month_records
from tests.support.data.scored import probability_of


def sigmoid(value: float) -> float:
    """What the models of the tests answer."""
    return 1.0 / (1.0 + math.exp(-value))


@pytest.mark.parametrize(
    ("row", "total"),
    [
        ({"age": 0.5, "paperless": True, "service": "DSL"}, 2.5),
        ({"age": 0.5, "paperless": False, "service": "No"}, 2.5),
        ({"age": -2, "paperless": None, "service": "DSL"}, 4.0),
        ({"age": 0.0, "paperless": False, "service": "satellite"}, -1.0),
        ({"age": 0.0, "paperless": False, "service": ""}, -1.0),
    ],
)
def test_a_row_is_scored(row: dict[str, FeatureValue], total: float) -> None:
    """Booleans are 0 and 1, null is NaN, and a category the model has never seen is no error."""
    assert Scorer(per_feature_model(), SCHEMA).score_row(row) == pytest.approx(sigmoid(total), abs=1e-6)


@pytest.mark.parametrize("number", [1e300, -1e300, 1e-300, 3.5e38, 10**25])
def test_numbers_beyond_single_precision_are_scored(number: float) -> None:
    """What JSON can say and a single-precision float cannot is scored as its extreme."""
    scorer = Scorer(per_feature_model(), SCHEMA)

    one = scorer.score_row({"age": number, "paperless": False, "service": "DSL"})
    many = scorer.score_columns({"age": [number], "paperless": [False], "service": ["DSL"]})

    assert one == many[0] == pytest.approx(sigmoid(max(min(number, 100), -100) + 1), abs=1e-6)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.booleans() | st.none(),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_one_row_and_many_are_scored_alike(rows: list[tuple[float, bool | None, str]]) -> None:
    """One row, a few rows and columns give the same probabilities."""
    scorer = Scorer(per_feature_model(), SCHEMA)
    columns = dict(zip(SCHEMA.feature_names, zip(*rows, strict=True), strict=True))

    many = scorer.score_columns(columns)

    assert many.dtype == np.float64
    named = [dict(zip(SCHEMA.feature_names, row, strict=True)) for row in rows]
    assert many.tolist() == [scorer.score_row(row) for row in named] == scorer.score_rows(named)


@pytest.mark.parametrize("output", [(None, 1), ("N", 1), (None, None)])
def test_one_probability_per_row_is_enough(output: tuple[Any, ...]) -> None:
    """A model may answer with the positive class alone."""
    scorer = Scorer(per_feature_model(output), SCHEMA)

    assert scorer.score_row({"age": 1.0, "paperless": False, "service": "DSL"}) == pytest.approx(sigmoid(2.0))


@pytest.mark.parametrize("width", [2, None])
def test_one_matrix_is_filled_in_the_order_of_the_schema(width: int | None) -> None:
    """A model of numbers may take them as one matrix; of two classes the second is positive."""
    scorer = Scorer(matrix_model(width), NUMBERS)

    assert scorer.score_row({"paperless": True, "age": 0.5}) == pytest.approx(sigmoid(1.5))
    assert scorer.score_columns({"age": [0.5, 2.0], "paperless": [True, False]}) == pytest.approx(
        np.array([sigmoid(1.5), sigmoid(2.0)])
    )


@pytest.mark.parametrize(
    ("classes", "positive", "second"),
    [
        ([0, 1], True, True),
        ([0, 1], 0, False),
        (["No", "Yes"], "Yes", True),
        (["No", "Yes"], "No", False),
        (["a", "b"], "c", True),
    ],
)
def test_a_zipmap_is_read_by_the_positive_class(
    classes: Any, positive: bool | int | str, second: bool
) -> None:
    """The keys of a ZipMap name the classes; where none is the schema's, it is the second."""
    content = NUMBERS.model_dump() | {"label": {"name": "left", "positive": positive}}
    scorer = Scorer(zipmap_model(classes), Schema.model_validate(content))

    expected = sigmoid(1.5) if second else 1 - sigmoid(1.5)
    assert scorer.score_row({"age": 0.5, "paperless": True}) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("content", "schema", "expected"),
    [
        (b"", SCHEMA, "is no model that ONNX Runtime can run"),
        (b"no model", SCHEMA, "is no model that ONNX Runtime can run"),
        (per_feature_model()[:-40], SCHEMA, "is no model that ONNX Runtime can run"),
        (
            per_feature_model(),
            NUMBERS,
            "one input per feature, named as the feature; inputs without a feature: s",
        ),
        (
            matrix_model(),
            SCHEMA,
            "takes numbers, but service are categorical; export the model with one input",
        ),
        (matrix_model(3), NUMBERS, "input x takes 3 values per row, but the schema has 2 features"),
        (
            matrix_model(2, rows=1),
            NUMBERS,
            "input x is fixed at 1 rows; export the model with a dynamic first",
        ),
    ],
)
def test_a_model_that_does_not_fit_is_refused(content: bytes, schema: Schema, expected: str) -> None:
    """A corrupt model, and inputs that don't fit the schema, are refused with one line that says so."""
    with pytest.raises(BundleError) as caught:
        Scorer(content, schema)

    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (
            [strings("age", None, 1), floats("paperless", None, 1)],
            "input age is tensor(string), but age is a numerical feature",
        ),
        ([floats("age", None, 1)], "features without an input: paperless"),
        ([floats("age", None, 2), floats("paperless", None, 1)], "input age takes 2 values per row"),
        ([floats("age", None), floats("paperless", None, 1)], "input age has shape"),
        ([floats("age", 7, 1), floats("paperless", None, 1)], "input age is fixed at 7 rows"),
    ],
)
def test_inputs_of_another_type_or_shape_are_refused(inputs: list[Any], expected: str) -> None:
    """The message names the input and what a feature of its kind is."""
    nodes = [helper.make_node("Identity", [item.name], [f"{item.name}_out"]) for item in inputs]
    nodes.append(helper.make_node("RandomUniform", [], ["probability"], shape=[1]))
    content = model(nodes, inputs, [floats("probability", 1)])

    with pytest.raises(BundleError) as caught:
        Scorer(content, NUMBERS)

    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("node", "output", "expected"),
    [
        (helper.make_node("Identity", ["x"], ["y"]), floats("y", None, 2), "2.5, which is no probability"),
        (
            helper.make_node("Concat", ["x", "x"], ["y"], axis=1),
            floats("y", None, None),
            "the model answers with shape (1, 4), but two classes are (rows, 2), (rows, 1) or (rows)",
        ),
        (helper.make_node("Log", ["x"], ["y"]), floats("y", None, 2), "nan, which is no probability"),
    ],
)
def test_a_model_that_answers_with_no_probability_is_refused(node: Any, output: Any, expected: str) -> None:
    """One typical row is scored when a model is loaded: a regression or a third class shows at once."""
    content = NUMBERS.model_dump()
    content["features"][1] = {"name": "size", "kind": "numerical", "minimum": 2.5, "maximum": 9.0}
    content["features"][0]["minimum"] = -1.0
    if node.op_type == "Log":
        content["features"][1]["minimum"] = -1.0

    with pytest.raises(BundleError) as caught:
        Scorer(model([node], [floats("x", None, 2)], [output]), Schema.model_validate(content))

    assert expected in str(caught.value)


def test_a_probability_that_cannot_be_told_is_refused() -> None:
    """Two float outputs, none of them called a probability, are a guess."""
    nodes = [helper.make_node("Sigmoid", ["x"], ["a"]), helper.make_node("Sigmoid", ["x"], ["b"])]
    content = model(nodes, [floats("x", None, 2)], [floats("a", None, 2), floats("b", None, 2)])

    with pytest.raises(BundleError, match="no output that is clearly the probability of two classes"):
        Scorer(content, NUMBERS)


def test_a_row_without_a_probability_is_an_error_of_its_own() -> None:
    """A model may fail on one row only; the caller is told instead of given a number."""
    content = model([helper.make_node("Sqrt", ["x"], ["y"])], [floats("x", None, 2)], [floats("y", None, 2)])
    scorer = Scorer(content, NUMBERS)

    assert scorer.score_row({"age": 0.0, "paperless": True}) == 1.0
    with pytest.raises(ScoringError, match="nan, which is no probability"):
        scorer.score_row({"age": 0.0, "paperless": None})
    with pytest.raises(ScoringError, match="nan, which is no probability"):
        scorer.score_rows([{"age": 0.0, "paperless": True}, {"age": 0.0, "paperless": None}])
    with pytest.raises(ScoringError, match="the model answers row 2 with nan, which is no probability"):
        scorer.score_columns({"age": [0.0, 0.0], "paperless": [True, None]})


def test_a_model_that_mixes_rows_is_found_out() -> None:
    """An answer to all rows together is an answer to none of several."""
    nodes = [
        helper.make_node("Sigmoid", ["x"], ["each"]),
        helper.make_node("ReduceMax", ["each"], ["y"], axes=[0], keepdims=1),
    ]
    scorer = Scorer(model(nodes, [floats("x", None, 2)], [floats("y", None, 2)]), NUMBERS)
    row: dict[str, FeatureValue] = {"age": 0.0, "paperless": True}

    assert scorer.score_row(row) == pytest.approx(sigmoid(1.0))
    with pytest.raises(ScoringError, match="the model gives 1 answers to 2 rows"):
        scorer.score_rows([row, row])


def test_rounding_does_not_leave_the_probabilities() -> None:
    """A sum of single-precision floats just above 1 is 1."""
    nodes = [
        helper.make_node("Constant", [], ["little"], value_float=1.00001),
        helper.make_node("Mul", ["x", "little"], ["y"]),
    ]
    scorer = Scorer(model(nodes, [floats("x", None, 2)], [floats("y", None, 2)]), NUMBERS)

    assert scorer.score_row({"age": 0.0, "paperless": True}) == 1.0
    assert scorer.score_columns({"age": [0.0], "paperless": [True]}).tolist() == [1.0]


def test_a_model_file_is_named_in_its_errors(tmp_path: Path) -> None:
    """A missing and a corrupt file are told by their path."""
    (tmp_path / "model.onnx").write_bytes(b"no model")

    with pytest.raises(BundleError, match=r"model\.onnx: is no model that ONNX Runtime can run"):
        Scorer(tmp_path / "model.onnx", SCHEMA)
    with pytest.raises(BundleError, match=r"other\.onnx: cannot be read: No such file or directory"):
        Scorer(tmp_path / "other.onnx", SCHEMA)


def test_the_example_scores_rows_together_as_it_does_alone(bundle_path: Path, months_path: Path) -> None:
    """To the last bit, however many there are."""
    bundle = open_bundle(bundle_path)
    scorer = Scorer(bundle.model_path, bundle.schema)
    rows = [json.loads(each.features_json) for each in month_records(months_path / "month_001", bundle)[:528]]

    for count in range(1, 33):
        together, rows = rows[:count], rows[count:]
        assert scorer.score_rows(together) == [scorer.score_row(row) for row in together]
    assert rows == []


def test_the_example_scores_an_unknown_category(bundle_path: Path) -> None:
    """The committed model answers a net_service that the reference never had."""
    bundle = open_bundle(bundle_path)
    row: dict[str, FeatureValue] = {
        feature.name: False if feature.kind == "boolean" else feature.minimum or 0.0
        for feature in bundle.schema.features
    }

    score = probability_of(Scorer(bundle.model_path, bundle.schema), {**row, "net_service": "satellite 🛰"})

    assert 0.0 < score < 1.0
