"""Features find their way into the inputs of a model, whatever form these have."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int32TensorType,
    Int64TensorType,
    StringTensorType,
)
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from bundle import Bundle, Scorer, ScoringError, open_bundle
from tests.support.data.exported import NUMBERS, Shop, exported, linear, shop
from tests.support.data.models import floats, model
from tests.support.data.training import Training

CODE = "label: {name: code, positive: 1}"


@pytest.fixture
def data(tmp_path: Path) -> Shop:
    """A table, and where models go."""
    return shop(tmp_path)


def built(training: Training, data: Shop, file: Path, *options: object) -> Bundle:
    """The bundle of an existing model."""
    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file, *options)
    assert answer.code == 0, answer.err
    return open_bundle(data.folder / "shop")


def scores_of(bundle: Bundle, data: Shop) -> Any:
    """The model's scores of all rows."""
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
    columns = {name: data.frame[name].tolist() for name in bundle.schema.feature_names}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    together, singly = scorer.score_columns(columns), scorer.score_rows(rows)
    assert np.abs(together - np.array(singly)).max() < 1e-6
    return together


def whole_ages(data: Shop, whole: Any) -> tuple[Any, Any]:
    """A pipeline, and its export with doubles and a tensor of whole numbers."""
    pipeline = make_pipeline(
        ColumnTransformer([("all", "passthrough", NUMBERS)]), LogisticRegression(max_iter=2000)
    )
    pipeline.fit(data.frame[NUMBERS], data.frame["code"])
    types = [
        ("x", DoubleTensorType([None, 1])),
        ("y", DoubleTensorType([None, 1])),
        ("age", whole([None, 1])),
    ]
    return pipeline, to_onnx(pipeline, initial_types=types, options={"zipmap": False})


@pytest.mark.parametrize("whole", [Int32TensorType, Int64TensorType])
def test_numbers_of_each_type_are_taken(training: Training, data: Shop, whole: Any) -> None:
    """Double and integer inputs, one per feature."""
    pipeline, onnx_model = whole_ages(data, whole)
    file = data.save(onnx_model)
    data.schema(NUMBERS, CODE)

    bundle = built(training, data, file)

    expected = pipeline.predict_proba(data.frame[NUMBERS])[:, 1]
    assert np.abs(scores_of(bundle, data) - expected).max() < 1e-5


def test_what_an_integer_input_cannot_hold_has_no_score(training: Training, data: Shop) -> None:
    """A missing value and a fraction are told by the feature's name."""
    _, onnx_model = whole_ages(data, Int64TensorType)
    data.schema(NUMBERS, CODE)
    bundle = built(training, data, data.save(onnx_model))
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)

    for value, shown in ((None, "is missing"), (18.5, "is 18.5"), (1e30, "is 1e"), (float("inf"), "is inf")):
        with pytest.raises(ScoringError, match=f"age {shown}.*, but the model's input takes whole numbers"):
            scorer.score_row({"x": 1.0, "y": 2.0, "age": value})


def test_names_are_matched_as_exporters_change_them(training: Training, data: Shop) -> None:
    """`avg (EUR)` is `avg__EUR_` in a graph; that it is taken for it is told."""
    data.frame.rename(columns={"x": "home.dest", "y": "avg (EUR)"}).to_csv(data.data, index=False)
    data.schema(["home.dest", "avg (EUR)"], CODE)
    frame = data.frame[["x", "y"]].set_axis(["home_dest", "avg__EUR_"], axis=1)
    pipeline = make_pipeline(ColumnTransformer([("all", "passthrough", list(frame))]), LogisticRegression())
    pipeline.fit(frame, data.frame["code"])
    types = [(name, FloatTensorType([None, 1])) for name in reversed(frame.columns)]
    file = data.save(to_onnx(pipeline, initial_types=types))

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file)

    assert answer.code == 0, answer.err
    assert "the model's input avg__EUR_ is taken as the feature avg (EUR)" in answer.out
    assert "the model's input home_dest is taken as the feature home.dest" in answer.out


def mixed_model(data: Shop, numbers: list[str]) -> tuple[Any, Any]:
    """A pipeline of numbers and a category, and its export with a tensor for each kind."""
    steps = [
        ("numbers", "passthrough", slice(0, len(numbers))),
        ("colour", OneHotEncoder(), slice(len(numbers), len(numbers) + 1)),
    ]
    values = data.frame[[*numbers, "colour"]].to_numpy(object)
    pipeline = make_pipeline(ColumnTransformer(steps), LogisticRegression(max_iter=2000)).fit(
        values, data.frame["code"]
    )
    types = [("num", FloatTensorType([None, len(numbers)])), ("cat", StringTensorType([None, 1]))]
    return pipeline, to_onnx(pipeline, initial_types=types, options={"zipmap": False})


def test_tensors_of_each_kind_take_the_features_in_the_schemas_order(training: Training, data: Shop) -> None:
    """Numbers go into the one, texts into the other, wherever they stand in the schema."""
    pipeline, onnx_model = mixed_model(data, NUMBERS)
    data.schema(["colour", *NUMBERS], CODE)

    bundle = built(training, data, data.save(onnx_model))

    expected = pipeline.predict_proba(data.frame[[*NUMBERS, "colour"]].to_numpy(object))[:, 1]
    assert np.abs(scores_of(bundle, data) - expected).max() < 1e-5


def test_a_file_says_which_features_go_where(training: Training, data: Shop) -> None:
    """The model was trained with another order than the schema's."""
    order = ["age", "x", "y"]
    pipeline, onnx_model = mixed_model(data, order)
    data.schema([*NUMBERS, "colour"], CODE)
    inputs = data.folder / "inputs.yaml"
    inputs.write_text("num: [age, x, y]\ncat: [colour]\n")

    bundle = built(training, data, data.save(onnx_model), "--inputs", inputs)

    expected = pipeline.predict_proba(data.frame[[*order, "colour"]].to_numpy(object))[:, 1]
    assert np.abs(scores_of(bundle, data) - expected).max() < 1e-5


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("num: [age, x]\ncat: [colour]\n", "has to name each feature of the schema once; look at y"),
        ("num: [age, x, y, y]\ncat: [colour]\n", "has to name each feature of the schema once; look at y"),
        ("X: [age, x, y, colour]\n", "names the inputs X; expected those of the model: num, cat"),
        ("[age]\n", "expected a line `input: [feature, feature]` for each input of the model"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    training: Training, data: Shop, content: str, expected: str
) -> None:
    """Each feature has its place, and each input its features."""
    data.schema([*NUMBERS, "colour"], CODE)
    inputs = data.folder / "inputs.yaml"
    inputs.write_text(content)
    file = data.save(mixed_model(data, NUMBERS)[1])

    answer = training(
        "build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file, "--inputs", inputs
    )

    assert answer.code == 2
    assert expected in answer.err


def test_one_tensor_of_texts_takes_categories(training: Training, data: Shop) -> None:
    """A matrix of strings, a column for each category."""
    frame = data.frame.assign(member=data.frame["member"].map({True: "yes", False: "no"}))
    frame.to_csv(data.data, index=False)
    pipeline = make_pipeline(OneHotEncoder(), LogisticRegression())
    pipeline.fit(frame[["colour", "member"]].to_numpy(object), frame["code"])
    file = data.save(
        to_onnx(pipeline, initial_types=[("input", StringTensorType([None, 2]))], options={"zipmap": False})
    )
    (data.folder / "schema.yaml").write_text(
        f"entity: id\n{CODE}\nfeatures:\n"
        "  - {name: colour, kind: categorical}\n  - {name: member, kind: categorical}\n"
    )

    bundle = built(training, data, file)

    expected = pipeline.predict_proba(frame[["colour", "member"]].to_numpy(object))[:, 1]
    assert np.abs(scores_of(bundle, Shop(data.folder, frame)) - expected).max() < 1e-5


def test_a_boolean_input_takes_a_boolean(training: Training, data: Shop) -> None:
    """True and false are no numbers there."""
    nodes = [
        helper.make_node("Cast", ["member"], ["truth"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["truth", "truth"], ["squared"]),
        helper.make_node("Sigmoid", ["squared"], ["probability"]),
    ]
    member = helper.make_tensor_value_info("member", TensorProto.BOOL, [None, 1])
    data.schema(["member"], CODE)

    bundle = built(
        training, data, data.save(model(nodes, [member], [floats("probability", None, 1)])), "--force"
    )

    expected = 1 / (1 + np.exp(-data.frame["member"].astype(float)))
    assert np.abs(scores_of(bundle, data) - expected).max() < 1e-5


def test_an_input_of_another_kind_is_refused(training: Training, data: Shop) -> None:
    """The message says which tensors take which features, and what to do."""
    data.schema(["x", "y", "colour"], CODE)
    file = data.save(exported(linear(data.frame, "code", NUMBERS), 3))

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file)

    assert answer.code == 2
    assert "inputs without a feature: X (numbers, 3 columns)" in answer.err
    assert "say with --inputs FILE which features go where" in answer.err
