"""What `drift-worker compare --bundle` says of the model's quality on both sides."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from baseline.auc import auc_of
from bundle import Bundle, open_bundle
from contract.schema import Schema
from dataset import read_dataset, read_schema_yaml
from drift_worker.estimates import CAVEAT
from drift_worker.evaluate.scores import scored
from tests.support.data.once import shop_bundle
from tests.support.data.scored import positive_rows
from tests.support.data.tables import write_csv
from tests.support.evaluations.compare import Command
from training.build import Request, build_bundle

BINARY = ["auc", "log_loss", "brier", "accuracy", "precision", "recall", "f1", "positive_rate"]
CLASSES = ["accuracy", "macro_f1", "log_loss"]
VALUES = ["mae", "rmse", "bias", "r2"]


@pytest.fixture(scope="module")
def bundle(bundle_path: Path) -> Bundle:
    """The example's bundle."""
    return open_bundle(bundle_path)


@pytest.fixture
def unlabelled(months_path: Path, tmp_path: Path) -> Path:
    """Month_001 without its labels."""
    month = tmp_path / "month"
    shutil.copytree(months_path / "month_001", month)
    (month / "labels.parquet").unlink()
    return month


def by_metric(document: dict[str, Any], part: str = "quality") -> dict[str, dict[str, Any]]:
    """The figures of a part of the document by their metric."""
    figures = document["estimate"]["figures"] if part == "estimate" else document[part]
    return {each["metric"]: each for each in figures}


def test_both_sides_are_measured_by_their_labels(
    command: Command, months_path: Path, bundle: Bundle, schema: Schema, tmp_path: Path
) -> None:
    """The reference by its out-of-fold scores; the model fell, and neither drift nor estimate saw it."""
    document = command.document(
        months_path / "month_000", months_path / "month_001", tmp_path, "--bundle", str(bundle.path)
    )
    rows = scored(read_dataset(months_path / "month_001", schema), schema, bundle)
    assert schema.label is not None
    now = auc_of(positive_rows(rows, schema.label), rows["score"].to_numpy())
    assert bundle.metadata.validation is not None

    assert list(by_metric(document)) == BINARY
    auc = by_metric(document)["auc"]
    assert auc["value"] == pytest.approx(now.auc)
    assert auc["low"] == pytest.approx(now.auc - 1.96 * now.standard_error, abs=1e-4)
    assert auc["reference"] == pytest.approx(bundle.metadata.validation.value, abs=1e-6)
    assert auc["low"] < auc["value"] < auc["high"] < auc["reference_low"] < auc["reference_high"]
    assert by_metric(document, "estimate")["auc"]["value"] == auc["estimate"] > auc["value"] + 0.3
    assert auc["estimate_error"] == pytest.approx(auc["estimate"] - auc["value"])
    assert document["estimate"]["caveat"] == CAVEAT
    assert document["decision"] == "NO_ACTION"


def shuffled_month(month: Path, folder: Path) -> Path:
    """The same tables with their rows in another order."""
    shutil.copytree(month, folder)
    for table in folder.glob("*.parquet"):
        pd.read_parquet(table).sample(frac=1.0, random_state=4).to_parquet(table, index=False)
    return folder


def test_the_order_of_the_reference_makes_no_figure_better(
    command: Command, months_path: Path, bundle: Bundle, tmp_path: Path
) -> None:
    """Its rows are known by their content."""
    shuffled = shuffled_month(months_path / "month_000", tmp_path / "shuffled")
    arguments = (months_path / "month_001", tmp_path / "reports", "--bundle", str(bundle.path))
    document = command.document(shuffled, *arguments)
    assert bundle.metadata.validation is not None
    assert by_metric(document)["auc"]["reference"] == pytest.approx(
        bundle.metadata.validation.value, abs=1e-6
    )
    assert document["quality_caveats"] == []


def test_an_in_sample_figure_is_told(
    command: Command, months_path: Path, bundle_path: Path, tmp_path: Path
) -> None:
    """Of the current side, and of a reference whose bundle has no score but those of training."""
    month, trained = months_path / "month_000", tmp_path / "bundle"
    arguments = ("--bundle", str(bundle_path))
    document = command.document(month, month, tmp_path / "reports", *arguments)
    (caveat,) = document["quality_caveats"]
    assert caveat.startswith("current in-sample: the model may have been trained on 7043 of these 7043 rows")

    shutil.copytree(bundle_path, trained)
    metadata = json.loads((trained / "metadata.json").read_text())
    metadata["reference"]["scores"] = "training"
    (trained / "metadata.json").write_text(json.dumps(metadata))
    _, out, _ = command.run(month, months_path / "month_001", tmp_path / "reports", "--bundle", str(trained))
    assert "\nreference in-sample: the model may have been trained on " in out


def test_people_get_a_table(command: Command, months_path: Path, bundle_path: Path, tmp_path: Path) -> None:
    """A row for each figure, an estimate that is called one, and the known line last."""
    _, out, _ = command.run(
        months_path / "month_000", months_path / "month_001", tmp_path, "--bundle", str(bundle_path)
    )
    lines = out.splitlines()
    heading = next(number for number, line in enumerate(lines) if line.startswith(" quality "))
    assert lines[heading].rstrip().endswith("estimate without labels  its error")
    auc = lines[heading + 1].split()
    assert auc[0] == "auc"
    assert [len(each) for each in (auc[1], auc[5], auc[9])] == [6, 6, 6]
    assert lines[heading + len(BINARY) + 1] == CAVEAT
    assert lines[-1].startswith("[Evidently] ")


def test_a_side_without_labels_is_not_measured(
    command: Command, months_path: Path, unlabelled: Path, bundle_path: Path, tmp_path: Path
) -> None:
    """Its figures are null; the estimate needs none."""
    options = ("--bundle", str(bundle_path))
    document = command.document(months_path / "month_000", unlabelled, tmp_path / "reports", *options)
    assert by_metric(document)["auc"]["value"] is None
    assert by_metric(document)["auc"]["estimate_error"] is None
    assert by_metric(document)["auc"]["reference"] == pytest.approx(0.828, abs=0.001)
    assert by_metric(document, "estimate")["auc"]["value"] == pytest.approx(0.83, abs=0.01)

    document = command.document(unlabelled, unlabelled, tmp_path / "reports", *options)
    assert document["quality"] == []
    assert document["target_drift"] is None


def test_without_a_bundle_there_is_neither(command: Command, months_path: Path, tmp_path: Path) -> None:
    """No model, no quality."""
    document = command.document(months_path / "month_000", months_path / "month_001", tmp_path)
    assert (document["quality"], document["estimate"]) == ([], None)


def test_the_page_has_the_estimate_at_its_top(
    command: Command, months_path: Path, bundle_path: Path, tmp_path: Path
) -> None:
    """Before what changed, with what it can't see."""
    command.run(months_path / "month_000", months_path / "month_001", tmp_path, "--bundle", str(bundle_path))
    page = (tmp_path / "drift_month_000_vs_month_001.html").read_text()
    top = page[: page.index("<h2>What changed</h2>")]
    assert "<h2>Estimate of the model's quality, without labels</h2>" in top
    assert "<dt>Estimated AUC</dt><dd>0.83" in top
    assert "(reference 0.828)" in top
    assert "cannot see a changed relation between features and label (concept drift)" in top


@pytest.mark.parametrize(
    ("label", "metrics", "estimated"),
    [("grade", CLASSES, ["accuracy", "macro_f1"]), ("amount", VALUES, [])],
)
def test_other_tasks_have_figures_of_their_own(
    command: Command,
    tmp_path_factory: pytest.TempPathFactory,
    label: str,
    metrics: list[str],
    estimated: list[str],
) -> None:
    """The reference by its out-of-fold output; a regression says why it has no estimate."""
    made, folder = shop_bundle(tmp_path_factory, label), tmp_path_factory.mktemp("compared")
    data, other = made.path.parent / "rows.csv", folder / "other.csv"
    other.write_text("\n".join(data.read_text().splitlines()[:-1]) + "\n")

    document = command.document(data, other, folder / "reports", "--bundle", str(made.path))

    found, validation = by_metric(document), made.metadata.validation
    assert validation is not None
    assert list(found) == metrics
    assert found[validation.metric]["reference"] == pytest.approx(validation.value, abs=1e-6)
    assert list(by_metric(document, "estimate")) == estimated
    assert (document["estimate"]["missing"] is None) is bool(estimated)
    assert json.dumps(document)


def test_rows_without_a_label_are_compared_but_not_measured(command: Command, tmp_path: Path) -> None:
    """On both sides, and it is said how many they are."""
    labels = ["" if row % 4 == 0 else "yes" if row % 5 else "no" for row in range(400)]
    data = write_csv(tmp_path / "rows.csv", {"x": [row % 5 * 2 for row in range(400)], "y": labels})
    (tmp_path / "schema.yaml").write_text(
        "ids: none\nlabel: {name: y, nullable: true}\nfeatures: [{name: x, kind: numerical}]\n"
    )
    schema = read_schema_yaml(tmp_path / "schema.yaml")
    bundle = build_bundle(Request(data, schema, tmp_path / "shop", "shop"), lambda _: None).bundle

    code, out, err = command.run(data, data, tmp_path / "reports", "--bundle", str(bundle.path), "--json")

    document = json.loads(out)
    said = "rows.csv: y: 100 of 400 rows have no label: no model is trained on them or measured by them"
    assert (code, err.count(said)) == (0, 2)
    assert document["rows"] == 400
    positive = by_metric(document)["positive_rate"]
    assert (positive["value"], positive["reference"]) == (0.8, 0.8)
