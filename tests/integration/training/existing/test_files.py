"""Files that are no ONNX model, or none that can be run, are told apart."""

import pickle
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from bundle import open_bundle
from tests.support.data.exported import NUMBERS, Shop, exported, linear, shop
from tests.support.data.models import floats, model
from tests.support.data.training import Training

CODE = "label: {name: code, positive: 1}"


@pytest.fixture
def data(tmp_path: Path) -> Shop:
    """A table with its schema, and where models go."""
    found = shop(tmp_path)
    found.schema(NUMBERS, CODE)
    return found


def refusal(training: Training, data: Shop, content: bytes) -> str:
    """What is said of a file given as ONNX."""
    file = data.save(content)
    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file)
    assert answer.code == 2, answer.out
    assert answer.err.splitlines()[-1].startswith("error: ")
    return answer.err


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            pickle.dumps({"weights": [1.0]}),
            "is no ONNX file but a Python pickle, which Driftline never opens",
        ),
        (b"PK\x03\x04rest", "is no ONNX file but a ZIP archive, as skops, PyTorch and Keras write"),
        (b'{"learner": {}}', "is no ONNX file but JSON, as XGBoost writes"),
        (b"tree\nversion=v4\n", "is no ONNX file but a LightGBM model"),
        (b"\x89HDF\r\n", "is no ONNX file but an HDF5 file"),
        (b"id,x\nk0,1\n", "is no ONNX file"),
    ],
)
def test_another_file_is_named_for_what_it_is(
    training: Training, data: Shop, content: bytes, expected: str
) -> None:
    """And the options for scikit-learn, XGBoost and LightGBM are told."""
    told = refusal(training, data, content)

    assert expected in told
    assert "--sklearn FILE.skops" in told


def test_a_model_that_is_too_new_says_which_version_it_has(training: Training, data: Shop) -> None:
    """The format's version as well as an operator set's, and what to do."""
    too_new = exported(linear(data.frame, "code", NUMBERS), 3)
    too_new.ir_version = 99
    told = refusal(training, data, too_new.SerializeToString())
    assert "Unsupported model IR version: 99, max supported IR version" in told
    assert "export the model for an older version" in told

    too_new.ir_version = 10
    too_new.opset_import[0].version = 99
    told = refusal(training, data, too_new.SerializeToString())
    assert "Opset 99 is under development" in told
    assert "export the model for an older version" in told


def test_logits_are_told_with_what_to_do(training: Training, data: Shop) -> None:
    """They are not squeezed into probabilities, since nobody knows by what."""
    weights = numpy_helper.from_array(np.ones((3, 1), np.float32), "w")
    graph = onnx.load_model_from_string(
        model(
            [helper.make_node("MatMul", ["X", "w"], ["logit"])],
            [floats("X", None, 3)],
            [floats("logit", None, 1)],
        )
    )
    graph.graph.initializer.append(weights)

    told = refusal(training, data, graph.SerializeToString())

    assert "which is no probability between 0 and 1; where the model answers with logits" in told
    assert "let it end in a sigmoid (two classes) or a softmax" in told


def test_data_beside_the_model_become_part_of_it(training: Training, data: Shop) -> None:
    """Large models keep their weights in a file of their own."""
    linear_model = linear(data.frame, "code", NUMBERS)
    weights = numpy_helper.from_array(linear_model.coef_.T.astype(np.float32), "w")
    bias = numpy_helper.from_array(linear_model.intercept_.astype(np.float32), "b")
    nodes = [
        helper.make_node("MatMul", ["X", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    graph = onnx.load_model_from_string(
        model(nodes, [floats("X", None, 3)], [floats("probability", None, 1)])
    )
    graph.graph.initializer.extend([weights, bias])
    file = data.folder / "model.onnx"
    onnx.save_model(graph, file, save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (data.folder / "weights.bin").stat().st_size > 0

    answer = training("build", "--data", data.data, "--out", data.folder / "shop", "--onnx", file)

    assert answer.code == 0, answer.err
    assert "the model's one answer is taken as the probability of 1" in answer.out
    (data.folder / "weights.bin").unlink()
    assert open_bundle(data.folder / "shop").metadata.validation is not None
    lost = training("build", "--data", data.data, "--out", data.folder / "lost", "--onnx", file)
    assert lost.code == 2
    assert "weights.bin" in lost.err


def test_a_threshold_may_be_chosen(training: Training, data: Shop) -> None:
    """A number, the largest F1, or the largest sum of sensitivity and specificity."""
    file = data.save(exported(linear(data.frame, "code", NUMBERS), 3))
    found = {}
    for asked in ("0.2", "f1", "youden"):
        out = data.folder / f"by-{asked.replace('.', '-')}"
        answer = training("build", "--data", data.data, "--out", out, "--onnx", file, "--threshold", asked)
        assert answer.code == 0, answer.err
        found[asked] = open_bundle(out).metadata.threshold

    assert found["0.2"] == 0.2
    assert all(
        threshold is not None and 0.2 < threshold < 0.8 for name, threshold in found.items() if name != "0.2"
    )
    refused = training(
        "build", "--data", data.data, "--out", data.folder / "x", "--onnx", file, "--threshold", "2"
    )
    assert (refused.code, "expected a number from 0 to 1, f1 or youden" in refused.err) == (2, True)
