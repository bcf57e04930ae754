"""What a bundle of format 2 keeps: scores out of fold, baseline, check, quality and recipe."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

from baseline.auc import auc_of
from baseline.document import baseline_of, read_baseline
from bundle import Bundle, Scorer, open_bundle, read_check, verify_answers
from dataset import read_reference
from tests.support.data.exported import NUMBERS, shop
from tests.support.data.scored import positive_rows, scored
from tests.support.data.training import Training
from tests.support.processes import program

ROWS: Final = 160
SCHEMA_YAML: Final = """
entity: id
label: {name: left, positive: 'Yes'}
features:
  - {name: age, kind: numerical, drift: {method: jensenshannon, size: 0.3}}
  - {name: fee, kind: numerical, nullable: true}
  - {name: plan, kind: categorical, nullable: true}
  - {name: paperless, kind: boolean, drift: {ignore: true}}
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a small data set and its schema: of older people more leave."""
    rows = range(ROWS)
    columns = {
        "id": [f"k{row}" for row in rows],
        "age": [row % 40 + 0.5 for row in rows],
        "fee": [None if row % 11 == 0 else row % 13 / 7 for row in rows],
        "plan": [("basic", "family", "größe", None)[row % 4] for row in rows],
        "paperless": [row % 3 == 0 for row in rows],
        "left": ["Yes" if row % 40 + row % 7 > 28 else "No" for row in rows],
    }
    (tmp_path / "months").mkdir()
    pd.DataFrame(columns).to_csv(tmp_path / "months" / "rows.csv", index=False)
    (tmp_path / "months" / "schema.yaml").write_text(SCHEMA_YAML)
    return tmp_path / "months"


@pytest.fixture(scope="module")
def example(bundle_path: Path) -> Bundle:
    """The example's bundle."""
    return open_bundle(bundle_path)


def test_two_processes_build_the_same_bundle(data: Path, tmp_path: Path) -> None:
    """The order of sets and the number of threads have no say in a file that the hash covers."""
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "training", "build", "--data", str(data), "--name", "small"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LOKY_MAX_CPU_COUNT": seed}
        output = ["--out", str(tmp_path / seed)]
        program.run([*command, *output], check=True, env=environment, stdout=subprocess.DEVNULL)

    one, two = (open_bundle(tmp_path / seed) for seed in ("1", "2"))

    assert one.metadata == two.metadata
    for name in one.files:
        assert (one.path / name).read_bytes() == (two.path / name).read_bytes(), name


def test_the_references_scores_are_out_of_fold(example: Bundle) -> None:
    """The served model scores its own training rows far better than rows that it has not seen."""
    reference = read_reference(example.reference_path, example.schema)
    assert example.schema.label is not None
    positive = positive_rows(reference, example.schema.label)
    served = scored(reference, example.schema, Scorer(example.model_path, example.schema))
    measured = example.metadata.validation
    assert measured is not None

    found = auc_of(positive, reference["score"].to_numpy())

    assert (measured.value, measured.standard_error) == pytest.approx(found, abs=1e-6)
    assert (measured.metric, measured.method, measured.rows) == ("auc", "out-of-fold", 7043)
    assert example.metadata.reference.model_dump() == {"rows": 7043, "scores": "out-of-fold"}
    assert auc_of(positive, served["score"].to_numpy()).auc > found.auc + 0.04


def test_the_baseline_is_that_of_the_reference(example: Bundle) -> None:
    """Every feature in the schema's order, then the model's output, from the rows that are kept."""
    assert example.baseline_path is not None
    baseline = read_baseline(example.baseline_path)

    assert baseline.features == tuple(example.schema.feature_names)
    assert (baseline.output, baseline.rows) == ("score", 7043)
    reference = read_reference(example.reference_path, example.schema)
    assert baseline == baseline_of(reference, example.schema, example.schema.outputs)


def test_the_check_is_a_hundred_rows_with_the_models_own_answers(example: Bundle) -> None:
    """The first row, the last, and every 71st between them."""
    assert example.check_path is not None
    check = read_check(example.check_path)
    scorer = Scorer(example.model_path, example.schema)
    reference = read_reference(example.reference_path, example.schema)

    verify_answers(check, scorer)

    assert [row.score for row in check.rows] == pytest.approx(
        scorer.score_rows([row.features for row in check.rows]), abs=1e-6
    )
    chosen = reference.iloc[np.linspace(0, 7042, 100).round().astype(int)]
    assert [row.features["monthly_fee"] for row in check.rows] == chosen["monthly_fee"].tolist()
    for row in check.rows:
        example.schema.features_adapter.validate_python(row.features)


def test_the_quality_says_what_features_and_scores_are_worth(example: Bundle) -> None:
    """The constant feature is worth nothing; the calibration rises from 0 to 1."""
    metadata = example.metadata
    assert metadata.calibration is not None
    x, y = metadata.calibration.x, metadata.calibration.y

    assert [*metadata.importance] == example.schema.feature_names
    assert metadata.importance["avg_session_mins_7d"] == 0.0
    assert max(metadata.importance, key=metadata.importance.__getitem__) == "months_active"
    assert len(x) == len(y) <= 200
    assert (sorted(x), sorted(y)) == ([*x], [*y])
    reference = read_reference(example.reference_path, example.schema)
    calibrated = np.interp(reference["score"], x, y)
    assert calibrated.mean() == pytest.approx(reference["churn_label"].astype(bool).mean(), abs=1e-3)


def test_each_of_several_classes_has_its_calibration(training: Training, tmp_path: Path) -> None:
    """As many rows of a class are expected as there are, both where it was predicted and elsewhere."""
    data = shop(tmp_path)
    schema = data.schema([*NUMBERS, "colour"], "label: {name: grade}")
    answer = training("build", "--data", data.data, "--schema", schema, "--out", tmp_path / "b")
    assert answer.code == 0, answer.err
    bundle = open_bundle(tmp_path / "b")
    reference = read_reference(bundle.reference_path, bundle.schema)

    assert bundle.metadata.calibration is None
    assert len(bundle.metadata.class_calibrations) == len(bundle.metadata.classes) > 2
    for name, curves in zip(bundle.metadata.classes, bundle.metadata.class_calibrations, strict=True):
        chosen = reference[reference["prediction"] == str(name)]
        expected = np.interp(chosen["probability"], curves.predicted.x, curves.predicted.y)
        right = (chosen["grade"].astype(str) == str(name)).sum()
        assert expected.sum() == pytest.approx(right, abs=0.01 * len(chosen) + 0.01), name


def test_the_recipe_makes_the_estimator_again(example: Bundle) -> None:
    """By its class and parameters; folds, seed, files and rows are there."""
    recipe = example.metadata.recipe
    assert recipe is not None

    forest = RandomForestClassifier(**recipe.parameters)

    assert recipe.estimator == f"sklearn.ensemble.{type(forest).__name__}"
    assert (forest.n_estimators, forest.min_samples_leaf, forest.random_state) == (300, 20, recipe.seed)
    assert (recipe.folds, recipe.data.rows) == (5, 7043)
    assert "labels.parquet" in recipe.data.names


def test_the_schema_says_how_columns_are_watched(training: Training, data: Path, tmp_path: Path) -> None:
    """What is ignored has no baseline, and a method is that of the schema; the model reads every feature."""
    answer = training("build", "--data", data, "--out", tmp_path / "small")

    assert answer.code == 0, answer.err
    assert "columns compared by jensenshannon: 2, wasserstein: 2" in answer.out
    assert "columns not watched (drift.ignore): paperless" in answer.out
    bundle = open_bundle(tmp_path / "small")
    assert bundle.baseline_path is not None
    columns = read_baseline(bundle.baseline_path).columns
    assert {name: column.method for name, column in columns.items()} == {
        "age": "jensenshannon",
        "fee": "wasserstein",
        "plan": "jensenshannon",
        "score": "wasserstein",
    }
    assert [*bundle.metadata.importance] == ["age", "fee", "plan", "paperless"]
    assert [feature.name for feature in bundle.schema.watched] == ["age", "fee", "plan"]
    assert bundle.schema.features[0].drift is not None
    assert bundle.schema.features[0].drift.size == 0.3
