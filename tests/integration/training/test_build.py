"""Building bundles: the example's, others', and the input that none can be made of."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bundle import Scorer, open_bundle
from dataset import read_dataset, read_reference, read_schema_yaml
from tests.support.data.scored import positive_rows, probability_of, scored
from tests.support.data.training import Training
from tests.support.processes import program
from training.build import Request, build_bundle
from training.example.streamflow import SCHEMA
from training.model.forest import fit, model_frame

ROWS = 120
SCHEMA_YAML = """
entity: id
label: {name: left, positive: 'Yes'}
features:
  - {name: age, kind: numerical}
  - {name: plan, kind: categorical, nullable: true}
  - {name: paperless, kind: boolean, nullable: true}
"""


def small_data(folder: Path, **changed: Sequence[Any]) -> Path:
    """A folder with a small data set and its schema; None is an empty cell."""
    columns: Mapping[str, Sequence[Any]] = {
        "id": [f"k{row}" for row in range(ROWS)],
        "age": [row % 40 + 0.5 for row in range(ROWS)],
        "plan": [("basic", "family", None)[row % 3] for row in range(ROWS)],
        "paperless": [(True, False, None)[row % 3 - 1] for row in range(ROWS)],
        "left": ["Yes" if row % 40 > 25 else "No" for row in range(ROWS)],
        **changed,
    }
    folder.mkdir(exist_ok=True)
    pd.DataFrame(columns).to_csv(folder / "rows.csv", index=False)
    (folder / "schema.yaml").write_text(SCHEMA_YAML)
    return folder


def numbered(data: Path) -> Path:
    """The data; their schema says by which numbers a model names the classes, from 0."""
    (data / "schema.yaml").write_text("classes: ['No', 'Yes']\n" + SCHEMA_YAML)
    return data


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory, months_path: Path) -> Path:
    """The example's bundle, built anew in a process of its own."""
    out = tmp_path_factory.mktemp("bundles") / "churn"
    data = str(months_path / "month_000")
    command = [sys.executable, "-m", "training", "build", "--data", data, "--out", str(out)]
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    program.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return out


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the small data set; `model.onnx` in it is a model that exists."""
    folder = tmp_path_factory.mktemp("first")
    schema = read_schema_yaml(numbered(small_data(folder / "months")) / "schema.yaml")
    build_bundle(Request(folder / "months", schema, folder / "first", "first"), lambda _: None)
    return folder / "first"


def test_the_same_data_give_the_same_version(rebuilt: Path, bundle_path: Path) -> None:
    """Built in another process, with another hash seed, the example is the committed bundle."""
    assert open_bundle(rebuilt).metadata.content_hash == open_bundle(bundle_path).metadata.content_hash
    assert (rebuilt / "metadata.json").read_bytes() != b""


def test_the_example_is_good_and_small(rebuilt: Path) -> None:
    """Out-of-fold AUC of at least 0.80, in at most 5 MB."""
    metadata = open_bundle(rebuilt).metadata

    assert metadata.validation is not None
    assert metadata.validation.method == "out-of-fold"
    assert metadata.validation.value >= 0.80
    assert metadata.classes == (False, True)
    assert metadata.created_from == "streamflow/month_000"
    assert {"scikit-learn", "onnxruntime"} <= set(metadata.libraries)
    assert sum(path.stat().st_size for path in rebuilt.iterdir()) <= 5_000_000


def test_onnx_and_scikit_learn_agree_on_every_row(rebuilt: Path, months_path: Path) -> None:
    """The served scores are those of the scikit-learn model to 1e-5."""
    frame = read_dataset(months_path / "month_000", SCHEMA).frame
    assert SCHEMA.label is not None
    features = model_frame(frame, SCHEMA)
    pipeline = fit(features, positive_rows(frame, SCHEMA.label), SCHEMA)

    served = scored(frame, SCHEMA, Scorer(rebuilt / "model.onnx", SCHEMA))

    difference = np.abs(served["score"].to_numpy() - pipeline.predict_proba(features)[:, 1])
    assert len(difference) == 7043
    assert difference.max() < 1e-5


def test_the_schema_is_filled_from_the_reference(rebuilt: Path) -> None:
    """Ranges and categories are the reference's, and what is nullable stays so."""
    features = {feature.name: feature for feature in open_bundle(rebuilt).schema.features}

    assert (features["months_active"].minimum, features["months_active"].maximum) == (0.0, 72.0)
    assert features["net_service"].categories == ["DSL", "Fiber optic", "No"]
    assert [name for name, feature in features.items() if feature.nullable] == [
        "plan_stream_tv",
        "plan_stream_movies",
    ]


def test_a_small_data_set_with_text_labels_is_enough(training: Training, tmp_path: Path) -> None:
    """A hundred rows, missing values and labels Yes and No make a bundle that scores."""
    data = small_data(tmp_path / "months")

    answer = training("build", "--data", data, "--out", tmp_path / "small", "--json")

    assert answer.code == 0, answer.err
    assert answer.json["classes"] == ["No", "Yes"]
    assert answer.json["name"] == "small"
    bundle = open_bundle(tmp_path / "small")
    scorer = Scorer(bundle.model_path, bundle.schema)
    assert probability_of(scorer, {"age": 39.5, "plan": None, "paperless": None}) > 0.5
    assert probability_of(scorer, {"age": 2.5, "plan": "another", "paperless": True}) < 0.5


def test_what_is_ignored_is_told(training: Training, tmp_path: Path) -> None:
    """Columns that the schema doesn't name, the AUC and the version are printed."""
    data = small_data(tmp_path / "months", note=["x"] * ROWS)

    answer = training("build", "--data", data, "--out", tmp_path / "small", "--name", "other-name")

    assert answer.code == 0, answer.err
    assert "ignored, not in the schema: rows.csv: note" in answer.out
    assert f"wrote {tmp_path / 'small'}: model other-name, version " in answer.out
    assert f"on {ROWS} rows (out-of-fold)" in answer.out
    assert "most important: age (" in answer.out
    assert "columns compared by jensenshannon: 2, wasserstein: 2" in answer.out
    last, following = answer.out.splitlines()[-2:]
    assert last.startswith(f"the reference's {ROWS} scores are out-of-fold: each row")
    assert following.startswith(f"next: BUNDLE={tmp_path / 'small'} make up")
    printed = dict(re.findall(r"^  (\S+) +([\d,.]+) kB$", answer.out, re.MULTILINE))
    assert [*printed] == [*open_bundle(tmp_path / "small").files, "together"]


def test_each_step_is_told_where_nobody_has_a_terminal(training: Training, tmp_path: Path) -> None:
    """A line for each of them on stderr, at once: training may take minutes."""
    data = small_data(tmp_path / "months")

    answer = training("build", "--data", data, "--out", tmp_path / "small")

    assert answer.err.splitlines() == [
        "reading the schema",
        "reading the data",
        *(f"training on {ROWS} rows: fold {fold} of 5" for fold in range(1, 6)),
        f"training on all {ROWS} rows",
        "scoring the reference",
        "keeping what detection needs of the reference",
    ]


def test_an_existing_model_is_bundled(training: Training, tmp_path: Path, first: Path) -> None:
    """--onnx takes a classifier as it is, and measures it where there are labels."""
    data = numbered(small_data(tmp_path / "months"))
    model = first / "model.onnx"

    answer = training("build", "--data", data, "--out", tmp_path / "second", "--onnx", model, "--json")

    assert answer.code == 0, answer.err
    assert answer.json["validation"]["method"] == "reference"
    assert answer.json["validation"]["value"] > 0.9
    assert answer.json["validation"]["standard_error"] == 0.0
    assert answer.json["recipe"]["estimator"] is None
    assert (tmp_path / "second" / "model.onnx").read_bytes() == model.read_bytes()
    one, two = (
        read_reference(path / "reference.parquet", open_bundle(path).schema)
        for path in (first, tmp_path / "second")
    )
    pd.testing.assert_frame_equal(one.drop(columns="score"), two.drop(columns="score"))
    schema = open_bundle(tmp_path / "second").schema
    served = scored(two, schema, Scorer(model, schema))
    pd.testing.assert_series_equal(two["score"], served["score"])


@pytest.mark.parametrize(
    ("options", "known"),
    [([], ("training", "reference", False)), (["--held-out"], ("held-out", "held-out", True))],
)
def test_who_imports_a_model_says_whether_it_knows_the_rows(
    training: Training, tmp_path: Path, first: Path, options: list[str], known: tuple[str, str, bool]
) -> None:
    """Without --held-out they count as training rows, and the build says what to do, on stderr."""
    scores, method, calibrated = known
    data = numbered(small_data(tmp_path / "months"))
    imported = ("--onnx", first / "model.onnx", "--name", "imported", *options)

    answer = training("build", "--data", data, "--out", tmp_path / "second", *imported, "--json")

    assert answer.json["reference"] == {"rows": ROWS, "scores": scores}
    assert answer.json["validation"]["method"] == method
    assert (answer.json["calibration"] is not None) is calibrated
    assert answer.json["importance"] == {}
    assert ("say so with --held-out" in answer.err) is not calibrated

    answer = training("build", "--data", data, "--out", tmp_path / "second", *imported)
    assert f"the reference's {ROWS} scores are {scores}: the model itself scored rows that it" in answer.out


def test_an_existing_model_needs_no_labels(training: Training, tmp_path: Path, first: Path) -> None:
    """Without labels there is a reference and no figure of merit."""
    data = numbered(small_data(tmp_path / "months"))
    table = data / "rows.csv"
    pd.read_csv(table).drop(columns="left").to_csv(table, index=False)
    model = first / "model.onnx"

    answer = training("build", "--data", data, "--out", tmp_path / "second", "--onnx", model, "--json")

    assert answer.code == 0, answer.err
    assert answer.json["validation"] is None
    assert answer.json["classes"] == ["No", "Yes"]


def test_a_model_that_predicts_the_other_class_is_refused(
    training: Training, tmp_path: Path, first: Path
) -> None:
    """An AUC below 0.5 by more than two errors asks whether the classes are the wrong way round."""
    data = numbered(small_data(tmp_path / "months"))
    table = data / "rows.csv"
    table.write_text(table.read_text().replace("Yes", "x").replace("No", "Yes").replace("x", "No"))
    build = [
        "build",
        "--data",
        data,
        "--out",
        tmp_path / "second",
        "--onnx",
        first / "model.onnx",
    ]

    refused, forced = training(*build), training(*build, "--force")

    assert refused.code == 2
    assert "the model is worse than chance: AUC 0." in refused.err
    assert forced.code == 0, forced.err


def test_numbered_classes_are_matched_by_the_schema_alone(
    training: Training, tmp_path: Path, first: Path
) -> None:
    """Whether 0 is No or Yes is not guessed."""
    data = small_data(tmp_path / "months")

    answer = training("build", "--data", data, "--out", tmp_path / "second", "--onnx", first / "model.onnx")

    assert answer.code == 2
    assert "the model calls its classes 0, 1, but the label has No, Yes" in answer.err
    assert "add `classes: ['No', 'Yes']` to the schema" in answer.err


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"left": ["Yes"] * ROWS}, "label 'left' has 1 value ('Yes'); expected at least two, or numbers"),
        (
            {"left": ["a", "b", "c"] * 40},
            "has 3 values ('a', 'b', 'c'); a binary label has two; for several classes say",
        ),
        ({"left": ["yes", "no"] * 60}, "the schema's positive value is 'Yes'"),
        ({"left": ["Yes"] * 3 + ["No"] * 117}, "3 of 120 rows are positive; expected at least 8"),
        ({"age": ["old"] * ROWS}, "column 'age', row 1: 'old' is not a number"),
        ({"id": ["k"] * ROWS}, "column 'id', row 2: 'k' is in row 1 already"),
    ],
)
def test_data_that_make_no_model_leave_nothing_behind(
    training: Training, tmp_path: Path, changed: dict[str, Sequence[Any]], expected: str
) -> None:
    """One message on stderr, exit code 2, and no bundle, not even a part of one."""
    data = small_data(tmp_path / "months", **changed)

    answer = training("build", "--data", data, "--out", tmp_path / "small")

    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    assert answer.err.splitlines()[-1].startswith("error: ")
    assert [path.name for path in tmp_path.iterdir()] == ["months"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--name", "Not a name"], "'Not a name' is no model name; expected at most 64 lower-case letters"),
        (["--schema", "nowhere.yaml"], "nowhere.yaml: cannot be read: No such file or directory"),
        (["--held-out"], "--held-out says something of an existing model: expected --onnx FILE beside it"),
        (["--onnx", "nowhere.onnx"], "nowhere.onnx: cannot be read: No such file or directory"),
        (["--onnx", "{data}/rows.csv"], "rows.csv: is no ONNX file"),
    ],
)
def test_options_that_make_no_bundle_leave_an_older_one_alone(
    training: Training, tmp_path: Path, first: Path, options: list[str], expected: str
) -> None:
    """What was there before is still there, byte for byte."""
    data = small_data(tmp_path / "months")
    shutil.copytree(first, tmp_path / "small")
    before = open_bundle(tmp_path / "small")

    answer = training(
        "build", "--data", data, "--out", tmp_path / "small", *(text.format(data=data) for text in options)
    )

    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    assert open_bundle(tmp_path / "small") == before


def test_a_missing_schema_is_told_how_to_get_one(training: Training, tmp_path: Path) -> None:
    """The message names the command that proposes a schema."""
    data = small_data(tmp_path / "months")
    (data / "schema.yaml").unlink()

    answer = training("build", "--data", data, "--out", tmp_path / "small")

    assert answer.code == 2
    assert f"training schema {data} --label COLUMN --out schema.yaml" in answer.err


def test_other_peoples_files_are_not_replaced(training: Training, tmp_path: Path) -> None:
    """--out may be a folder by mistake; it is left as it is."""
    data = small_data(tmp_path / "months")

    answer = training("build", "--data", data, "--out", data)

    assert answer.code == 2
    assert "holds rows.csv, which would be lost; choose an empty or a new folder" in answer.err
    assert (data / "rows.csv").is_file()
