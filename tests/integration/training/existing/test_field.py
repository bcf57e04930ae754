"""Models and tables like those that people reported trouble with; FIELD_DATA names their folder."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from bundle import Bundle, Scorer, open_bundle
from tests.support.data.training import Training

FIELD = Path(os.environ.get("FIELD_DATA", "/nowhere")) / "onnx"

pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="needs FIELD_DATA")


def built(training: Training, out: Path, model: str, schema: str, table: str) -> Bundle:
    """The bundle of a model file."""
    data, files = ["--data", FIELD / table], ["--schema", FIELD / f"{schema}.yaml"]
    answer = training("build", *data, *files, "--onnx", FIELD / f"{model}.onnx", "--out", out)
    assert answer.code == 0, answer.err
    return open_bundle(out)


def scores(bundle: Bundle, table: str) -> Any:
    """The bundle's scores of a table."""
    kinds = {
        feature.name: str if feature.kind == "categorical" else float for feature in bundle.schema.features
    }
    frame = pd.read_csv(FIELD / table)[list(kinds)]
    booleans = [feature.name for feature in bundle.schema.features if feature.kind == "boolean"]
    columns = {name: frame[name].astype(kind).tolist() for name, kind in kinds.items()}
    columns |= {name: frame[name].tolist() for name in booleans}
    return Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature).score_columns(columns)


def run(model: str, output: str, **feeds: Any) -> Any:
    """What ONNX Runtime itself answers."""
    session = onnxruntime.InferenceSession(FIELD / f"{model}.onnx", providers=["CPUExecutionProvider"])
    return session.run([output], feeds)[0]


@pytest.mark.parametrize(
    ("model", "schema", "table"),
    [
        ("o01b_int_only", "num", "month_000.csv"),
        ("o02_renamed", "renamed", "renamed_000.csv"),
        ("o04_two_inputs", "mix3", "month_000.csv"),
        ("o05_string_matrix", "strings", "month_000.csv"),
        ("o03_zipmap_badgood", "verdict", "month_000.csv"),
        ("o03c_columns", "verdict", "month_000.csv"),
    ],
)
def test_binary_models_score_positive_rows_high(
    training: Training, tmp_path: Path, model: str, schema: str, table: str
) -> None:
    """Their AUC is that of a model that knows something, whichever way its classes come."""
    bundle = built(training, tmp_path / "model", model, schema, table)

    frame = pd.read_csv(FIELD / table)
    label = bundle.schema.label
    assert label is not None
    positive = (frame[label.name] == label.positive).to_numpy()
    found = scores(bundle, table)
    assert found[positive].mean() > found[~positive].mean() + 0.02
    assert bundle.metadata.validation is not None
    assert bundle.metadata.validation.value > 0.55


def test_the_matrix_models_answer_as_the_runtime(training: Training, tmp_path: Path) -> None:
    """Three classes, and values, row by row."""
    matrix = pd.read_csv(FIELD / "month_000.csv")[["x", "y", "age"]].to_numpy(np.float32)

    classes = built(training, tmp_path / "classes", "o06_multiclass", "num", "month_000.csv")
    values = built(training, tmp_path / "values", "o07_regression", "num", "month_000.csv")

    assert classes.metadata.classes == (0, 1, 2)
    expected = run("o06_multiclass", "probabilities", X=matrix)
    assert np.abs(scores(classes, "month_000.csv") - expected).max() < 1e-6
    expected = run("o07_regression", "variable", X=matrix)[:, 0]
    assert np.abs(scores(values, "month_000.csv") / expected - 1).max() < 1e-6


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("o10_ir_too_new", "Unsupported model IR version: 99, max supported IR version: "),
        ("o10b_opset_too_new", "Opset 99 is under development"),
        ("o16_logits", "where the model answers with logits, let it end in a sigmoid"),
    ],
)
def test_what_cannot_be_served_says_what_to_do(
    training: Training, tmp_path: Path, model: str, expected: str
) -> None:
    """One message with the version, or with the function that is missing."""
    answer = training(
        "build", "--data", FIELD / "month_000.csv", "--schema", FIELD / "num.yaml", "--onnx",
        FIELD / f"{model}.onnx", "--out", tmp_path / "model",
    )  # fmt: skip

    assert answer.code == 2
    assert expected in answer.err
    assert answer.err.splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize(
    ("case", "task"), [("c15_multiclass", "multiclass"), ("c15b_regression", "regression")]
)
def test_other_labels_are_supported(training: Training, tmp_path: Path, case: str, task: str) -> None:
    """From the proposal of a schema to a bundle."""
    table, schema = FIELD.parent / case / "month_000.csv", tmp_path / "schema.yaml"

    proposed = training("schema", table, "--entity", "cid", "--label", "bought", "--out", schema)
    made = training("build", "--data", table, "--schema", schema, "--out", tmp_path / "model")

    assert (proposed.code, made.code) == (0, 0)
    assert open_bundle(tmp_path / "model").metadata.task == task
