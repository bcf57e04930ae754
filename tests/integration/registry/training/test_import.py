"""`training import` makes bundles of models that others registered with MLflow itself."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow import MlflowClient

from bundle import Scorer, open_bundle
from tests.support.data.exported import NUMBERS, Shop
from tests.support.data.training import Answer, Training
from tests.support.processes.mlflow import MlflowServer

TOLERANCE = 1e-5


def import_model(training: Training, others: Shop, name: str, *options: object) -> Answer:
    """Import version 1 of a model, with the table as its reference, into bundles/NAME."""
    return training("import", f"models:/{name}/1", "--data", others.data, *options)


def scores(others: Shop, bundle_folder: Path) -> Any:
    """What a bundle answers to the table's rows."""
    bundle = open_bundle(bundle_folder)
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
    return scorer.score_columns({name: others.frame[name].tolist() for name in NUMBERS})


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("skops", ("verdict",), "imported models:/skops/1: sklearn, model.skops"),
        ("pickled", ("verdict", "--unpickle"), "model.pkl was unpickled, which ran the code in it"),
        ("wrapped", ("verdict", "--unpickle"), "imported models:/wrapped/1: sklearn, wrapped.pkl"),
        ("boosted", ("code",), "imported models:/boosted/1: xgboost, model.ubj"),
        ("graded", ("grade",), "imported models:/graded/1: lightgbm, model.skops"),
        ("amount", ("amount",), "imported models:/amount/1: lightgbm, model.lgb"),
        ("onnx", ("verdict",), "imported models:/onnx/1: onnx, model.onnx"),
    ],
)
def test_a_bundle_answers_as_the_registered_model_does(
    training: Training, others: Shop, name: str, options: tuple[str, ...], told: str
) -> None:
    """In each flavour; the signature says the features, since the table has no schema.yaml."""
    answer = import_model(training, others, name, "--entity", "id", "--label", *options)

    assert answer.code == 0, answer.err
    assert told in answer.out
    found = scores(others, Path("bundles", name))
    original = np.asarray(json.loads((others.folder / "answers.json").read_text())[name])
    expected = original if found.shape == original.shape else original[:, 1]
    scale = np.maximum(np.abs(expected), 1.0)
    assert (np.abs(found - expected) / scale).max() < TOLERANCE
    assert len(found) == len(others.frame)


def test_a_pickle_is_opened_only_if_that_is_asked_for(training: Training, others: Shop, work: Path) -> None:
    """What it would do is said, and nothing is written."""
    answer = import_model(training, others, "pickled", "--label", "verdict")

    assert answer.code == 2
    assert answer.err.splitlines()[-1].startswith(
        "error: models:/pickled/1: model.pkl is a pickle, and opening a pickle runs the code in it; expected "
        "--unpickle, which says that you trust whoever registered it"
    )
    assert not (work / "bundles").exists()


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("wrong", "code", "the converted model differs from the original in 300 of 300 rows"),
        ("own", "verdict", "is code of its own, which can't be converted; expected one of onnx, sklearn"),
        ("unsigned", "verdict", "the model has no signature, and the data no schema.yaml: have a schema"),
    ],
)
def test_what_can_not_be_a_bundle_is_refused(
    training: Training, others: Shop, name: str, label: str, expected: str
) -> None:
    """A conversion that answers otherwise, code, and a model that says nothing of its features."""
    answer = import_model(training, others, name, "--entity", "id", "--label", label)

    assert answer.code == 2
    assert expected in answer.error
    assert not Path("bundles").exists()


def test_a_schema_file_goes_before_the_signature(training: Training, others: Shop, work: Path) -> None:
    """It may say what a signature can't: which class is the positive one."""
    head = "label: {name: verdict, positive: bad}"
    schema = Shop(work, others.frame).schema(NUMBERS, head)

    answer = import_model(training, others, "unsigned", "--schema", schema, "--held-out", "--json")

    assert answer.code == 0, answer.err
    assert (answer.json["classes"], answer.json["reference"]["scores"]) == (["good", "bad"], "held-out")
    both = import_model(training, others, "unsigned", "--schema", schema, "--label", "verdict")
    assert "--entity and --label are for data without a schema.yaml" in both.err


@pytest.mark.usefixtures("work")
def test_a_registered_bundle_gets_a_reference_of_its_own(
    training: Training, bundle_path: Path, months_path: Path
) -> None:
    """The model stays the same; that it has a bundle already is said."""
    training("register", "--bundle", bundle_path, "--name", "again")

    answer = training("import", "models:/again/1", "--data", months_path / "month_000", "--out", "anew")

    assert answer.code == 0, answer.err
    assert "models:/again/1 has a bundle already, which BUNDLE=models:/again/1 serves as it is" in answer.out
    first, anew = open_bundle(bundle_path), open_bundle(Path("anew"))
    assert anew.model_path.read_bytes() == first.model_path.read_bytes()
    assert (anew.name, anew.schema.feature_names) == ("again", first.schema.feature_names)


def test_a_version_whose_file_is_gone_is_named(
    training: Training, others: Shop, mlflow: MlflowServer
) -> None:
    """MLflow still lists the version."""
    name = str(MlflowClient(mlflow.url).get_model_version("onnx", "1").source).removeprefix("models:/")
    (kept,) = mlflow.folder.rglob(f"{name}/artifacts/model.onnx")
    content = kept.read_bytes()
    kept.unlink()
    try:
        answer = import_model(training, others, "onnx")
    finally:
        kept.write_bytes(content)

    assert answer.code == 2
    assert "the version lacks the model's file, model.onnx" in answer.err
