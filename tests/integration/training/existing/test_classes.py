"""What a model calls its classes is asked of its graph, and matched with the label."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from bundle import Scorer, open_bundle
from dataset import read_reference
from tests.support.data.exported import NUMBERS, Shop, exported, linear, shop
from tests.support.data.models import floats, model
from tests.support.data.training import Training

BAD = "label: {name: verdict, positive: bad}"


@pytest.fixture
def data(tmp_path: Path) -> Shop:
    """A table, and where models go."""
    return shop(tmp_path)


def outputs_of(path: Path) -> Any:
    """The reference of a bundle."""
    bundle = open_bundle(path)
    return read_reference(bundle.reference_path, bundle.schema)


@pytest.mark.parametrize("zipmap", [True, False, "columns"])
def test_the_positive_class_is_found_by_its_name(training: Training, data: Shop, zipmap: Any) -> None:
    """A model of the classes bad, good scores bad rows high when bad is positive, however it is exported."""
    model = linear(data.frame, "verdict", NUMBERS)
    data.schema(NUMBERS, BAD)
    file = data.save(exported(model, 3, zipmap))

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file)

    assert answer.code == 0, answer.err
    expected = model.predict_proba(data.frame[NUMBERS].to_numpy(np.float32))[:, 0]
    assert np.abs(outputs_of(data.folder / "shop")["score"] - expected).max() < 1e-5


@pytest.mark.parametrize(
    ("head", "positive_is_bad"),
    [(f"classes: [good, bad]\n{BAD}", True), (f"classes: [bad, good]\n{BAD}", False)],
)
def test_numbered_classes_are_the_places_in_the_schemas(
    training: Training, data: Shop, head: str, positive_is_bad: bool
) -> None:
    """The model says 0 and 1, and `classes` says which of the two each is."""
    model = linear(data.frame, "code", NUMBERS)
    data.schema(NUMBERS, head)
    file = data.save(exported(model, 3))

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file, "--force")

    assert answer.code == 0, answer.err
    expected = model.predict_proba(data.frame[NUMBERS].to_numpy(np.float32))[:, int(positive_is_bad)]
    assert np.abs(outputs_of(data.folder / "shop")["score"] - expected).max() < 1e-5


def test_numbered_classes_are_not_guessed(training: Training, data: Shop) -> None:
    """An encoder sorts, a person puts the positive class last; only the schema can say which it was."""
    data.schema(NUMBERS, BAD)
    file = data.save(exported(linear(data.frame, "code", NUMBERS), 3))

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file)

    assert answer.code == 2
    assert "the model calls its classes 0, 1, but the label has good, bad" in answer.err
    assert "add `classes: ['good', 'bad']` to the schema, in the order of its numbers from 0" in answer.err
    assert not (data.folder / "shop").exists()


def test_a_model_of_the_wrong_way_round_is_refused(training: Training, data: Shop) -> None:
    """Its AUC is below 0.5 by more than two standard errors."""
    data.schema(NUMBERS, f"classes: [bad, good]\n{BAD}")
    file = data.save(exported(linear(data.frame, "code", NUMBERS), 3))
    build = ["build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file]

    refused, forced = training(*build), training(*build, "--force")

    assert refused.code == 2
    assert "the model is worse than chance: AUC 0.0" in refused.err
    assert forced.code == 0, forced.err


def test_true_and_false_are_one_and_zero(training: Training, data: Shop) -> None:
    """A boolean label needs no list of classes."""
    frame = data.frame.assign(code=data.frame["code"].astype(bool))
    frame.to_csv(data.data, index=False)
    data.schema(NUMBERS, "label: {name: code}")
    model = linear(data.frame, "code", NUMBERS)

    answer = training(
        "build", "--data", data.data, "--out", data.folder / "shop", "--onnx", data.save(exported(model, 3))
    )

    assert answer.code == 0, answer.err
    assert open_bundle(data.folder / "shop").metadata.classes == (False, True)


def test_several_classes_keep_the_order_of_the_schema(training: Training, data: Shop) -> None:
    """The model sorts its classes; the bundle's come as the schema lists them."""
    values = data.frame[NUMBERS].to_numpy(np.float32)
    model = RandomForestClassifier(20, random_state=0).fit(values, data.frame["grade"])
    schema = data.schema(NUMBERS, "task: multiclass\nclasses: [c, b, a]\nlabel: {name: grade}")
    file = data.save(exported(model, 3, zipmap=True))

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file)

    assert answer.code == 0, answer.err
    bundle = open_bundle(data.folder / "shop")
    assert (bundle.metadata.task, bundle.metadata.classes) == ("multiclass", ("c", "b", "a"))
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
    scores = scorer.score_columns({name: data.frame[name].tolist() for name in NUMBERS})
    assert np.abs(scores - model.predict_proba(values)[:, [2, 1, 0]]).max() < 1e-5
    reference = outputs_of(data.folder / "shop")
    assert reference["prediction"].tolist() == model.predict(values).tolist()
    assert np.abs(reference["probability"] - model.predict_proba(values).max(axis=1)).max() < 1e-5
    assert schema.is_file()


def test_the_graph_sets_the_task_where_the_schema_leaves_it_open(training: Training, data: Shop) -> None:
    """Three classes are multiclass, and a regressor is a regression, without a label too."""
    values = data.frame[NUMBERS].to_numpy(np.float32)
    data.schema(NUMBERS, "")
    grades = RandomForestClassifier(5, random_state=0).fit(values, data.frame["grade"])
    amounts = RandomForestRegressor(5, random_state=0).fit(values, data.frame["amount"])

    for name, fitted in (("grades", grades), ("amounts", amounts)):
        file = data.save(exported(fitted, 3), f"{name}.onnx")
        answer = training("build", "--data", data.data, "--out", data.folder / name, "--onnx", file)
        assert answer.code == 0, answer.err
        assert "quality not measured: the data have no labels" in answer.out

    assert open_bundle(data.folder / "grades").metadata.classes == ("a", "b", "c")
    assert open_bundle(data.folder / "amounts").metadata.task == "regression"
    assert (
        np.abs(outputs_of(data.folder / "amounts")["prediction"] / amounts.predict(values) - 1).max() < 1e-5
    )


def test_two_classes_without_a_label_are_the_graphs(training: Training, data: Shop) -> None:
    """The second of them is taken as the positive one."""
    data.schema(NUMBERS, "")
    file = data.save(exported(linear(data.frame, "verdict", NUMBERS), 3))

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file)

    assert answer.code == 0, answer.err
    assert open_bundle(data.folder / "shop").metadata.classes == ("bad", "good")


def softmax(width: int | str | None) -> bytes:
    """A model of three numbered classes, low, mid and high in x, whose answer says its width or not."""
    nodes = [
        helper.make_node("MatMul", ["X", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    built = onnx.load_model_from_string(
        model(nodes, [floats("X", None, 3)], [floats("probabilities", None, width)])
    )
    weights = np.array([[-1, 0, 1], [0, 0, 0], [0, 0, 0]], np.float32)
    bias = np.array([35, 0, -65], np.float32)
    built.graph.initializer.extend(
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")]
    )
    return bytes(built.SerializeToString())


@pytest.mark.parametrize("width", [3, "C", None])
def test_the_order_of_numbered_classes_is_never_that_of_the_alphabet(
    training: Training, data: Shop, width: int | str | None
) -> None:
    """Low, mid, high are not guessed from h, l, m, whether the graph says its width or not."""
    grades = data.frame.assign(grade=data.frame["grade"].map({"c": "low", "a": "mid", "b": "high"}))
    grades.to_csv(data.data, index=False)
    file = data.save(softmax(width))
    build = ["build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file]

    data.schema(NUMBERS, "label: {name: grade}")
    refused = training(*build)
    data.schema(NUMBERS, "classes: [low, mid, high]\nlabel: {name: grade}")
    taken = training(*build)

    assert refused.code == 2
    assert "the model calls its classes 0, 1, 2, but the label has high, low, mid" in refused.err
    assert taken.code == 0, taken.err
    assert (outputs_of(data.folder / "shop")["prediction"] == grades["grade"]).mean() > 0.9


def test_classes_that_are_exchanged_are_refused(training: Training, data: Shop) -> None:
    """An order in which far more rows are right is told."""
    grades = data.frame.assign(grade=data.frame["grade"].map({"c": "low", "a": "mid", "b": "high"}))
    grades.to_csv(data.data, index=False)
    data.schema(NUMBERS, "classes: [high, mid, low]\nlabel: {name: grade}")
    build = ["build", "--data", data.data, "--out", data.folder / "shop", "--onnx", data.save(softmax(3))]

    refused, forced = training(*build), training(*build, "--force")

    assert refused.code == 2
    assert "would be with high as low, low as high instead" in refused.err
    assert forced.code == 0, forced.err


def test_a_model_of_more_classes_than_the_label_is_refused(training: Training, data: Shop) -> None:
    """Two of three probabilities are no binary model."""
    data.schema(NUMBERS, "task: binary\nlabel: {name: code, positive: 1}")

    answer = training(
        "build", "--data", data.data, "--out", data.folder / "shop", "--onnx", data.save(softmax(3))
    )

    assert answer.code == 2
    assert "the model has 3 classes (0, 1, 2), but the label has 2 (0, 1)" in answer.err


def test_two_answers_that_do_not_add_up_are_no_probabilities(training: Training, data: Shop) -> None:
    """Independent sigmoids are not two classes."""
    nodes = [
        helper.make_node("Sigmoid", ["X"], ["all"]),
        helper.make_node("Slice", ["all", "from", "to", "axes"], ["two"]),
    ]
    built = onnx.load_model_from_string(model(nodes, [floats("X", None, 3)], [floats("two", None, 2)]))
    for name, value in (("from", 0), ("to", 2), ("axes", 1)):
        built.graph.initializer.append(numpy_helper.from_array(np.array([value], np.int64), name))
    data.schema(NUMBERS, "label: {name: code, positive: 1}")

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", data.save(built))

    assert answer.code == 2
    assert "but two probabilities add up to 1" in answer.err


def test_a_task_that_is_given_is_not_overruled(training: Training, data: Shop) -> None:
    """The label's values and the graph have no say then."""
    data.schema(NUMBERS, "label: {name: amount}")
    fractions = training("build", "--data", data.data, "--out", data.folder / "x", "--task", "binary")
    data.schema(NUMBERS, "label: {name: grade}")
    three = training("build", "--data", data.data, "--out", data.folder / "x", "--task", "binary")

    assert (fractions.code, three.code) == (2, 2)
    assert "is not a whole number" in fractions.err
    assert "has 3 values ('a', 'b', 'c'); a binary label has two" in three.err


def test_a_regressor_may_be_a_binary_model(training: Training, data: Shop) -> None:
    """Where the schema has two classes and all answers are probabilities; else it is a regression."""
    values = data.frame[NUMBERS].to_numpy(np.float32)
    data.schema(NUMBERS, "label: {name: code, positive: 1}")
    tasks = {}
    for name in ("code", "amount"):
        regressor = RandomForestRegressor(5, random_state=0).fit(values, data.frame[name])
        file = data.save(exported(regressor, 3), f"{name}.onnx")
        answer = training("build", "--data", data.data, "--out", data.folder / name, "--onnx", file)
        assert answer.code == 0, answer.err
        tasks[name] = open_bundle(data.folder / name).metadata.task

    assert tasks == {"code": "binary", "amount": "regression"}


def test_a_feature_may_be_called_as_an_output(training: Training, data: Shop) -> None:
    """`prediction` is what a regression's output is called; then it has an underscore."""
    data.frame.rename(columns={"x": "prediction"}).to_csv(data.data, index=False)
    data.schema(["prediction", "y"], "label: {name: amount}")

    answer = training("build", "--data", data.data, "--out", data.folder / "shop")

    assert answer.code == 0, answer.err
    bundle = open_bundle(data.folder / "shop")
    assert [output.name for output in bundle.metadata.outputs] == ["prediction_"]
    frame = read_reference(bundle.reference_path, bundle.schema)
    assert (
        abs(frame["prediction_"] - frame["amount"]).mean()
        < 10
        < abs(frame["prediction"] - frame["amount"]).mean()
    )


def test_a_label_of_the_data_set_says_which_class_is_positive_without_being_there(
    training: Training, data: Shop
) -> None:
    """Drift alone can be watched with the positive class that the schema names."""
    data.frame.drop(columns="verdict").to_csv(data.data, index=False)
    data.schema(NUMBERS, BAD)
    file = data.save(exported(linear(data.frame, "verdict", NUMBERS), 3))

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file)

    assert answer.code == 0, answer.err
    assert open_bundle(data.folder / "shop").metadata.classes == ("good", "bad")
