"""Another data set, from a CSV file to a bundle that scores, with nothing but the commands."""

from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score

from bundle import Scorer, open_bundle, read_check
from dataset import read_reference
from tests.support.data.training import Training


@pytest.fixture
def tumours(tmp_path: Path) -> Path:
    """scikit-learn's breast cancer data as one would have them: a CSV file with an id."""
    frame = load_breast_cancer(as_frame=True).frame
    frame.insert(0, "patient", [f"p{number:04d}" for number in range(len(frame))])
    frame["target"] = frame["target"].map({0: "malignant", 1: "benign"})
    frame.to_csv(tmp_path / "tumours.csv", index=False)
    return tmp_path / "tumours.csv"


def test_from_a_csv_file_to_a_bundle(training: Training, tumours: Path, tmp_path: Path) -> None:
    """Thirty numerical features with names of several words, and a label in words."""
    schema = tmp_path / "schema.yaml"
    proposed = training("schema", tumours, "--entity", "patient", "--label", "target", "--out", schema)
    assert proposed.code == 0, proposed.err

    built = training("build", "--data", tumours, "--out", tmp_path / "tumours", "--json")

    assert built.code == 0, built.err
    assert built.json["classes"] == ["benign", "malignant"]
    assert built.json["validation"]["value"] > 0.95
    bundle = open_bundle(tmp_path / "tumours")
    assert len(bundle.schema.features) == 30
    reference = read_reference(bundle.reference_path, bundle.schema)
    auc = roc_auc_score(reference["target"] == "malignant", reference["score"])
    assert auc == pytest.approx(built.json["validation"]["value"], abs=1e-6)
    first = pd.read_csv(tumours).iloc[0]
    row = {name: float(first[name]) for name in bundle.schema.feature_names}
    score = Scorer(bundle.model_path, bundle.schema).score_row(row)
    assert bundle.check_path is not None
    assert score == pytest.approx(read_check(bundle.check_path).rows[0].score, abs=1e-6)
