"""What drift does not see in the real month_001, its labels show after 500 rows."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from bundle import open_bundle
from contract.labels.label import Value
from dataset import read_dataset
from tests.support.data.month_records import month_records
from tests.support.data.training import Training
from tests.support.labels import prediction
from tests.support.paths import ROOT
from tests.support.quality import Judge, labels_of

STREAMFLOW_DATA = os.environ.get("STREAMFLOW_DATA", "")

if not STREAMFLOW_DATA:
    pytest.skip(
        "the real months are not part of the project; set STREAMFLOW_DATA to their folder",
        allow_module_level=True,
    )


def test_labels_of_the_real_month_show_what_drift_does_not(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every window NO_ACTION with a share of 0.07; then 500 labels, and the AUC is that of a guess."""
    months, schema = Path(STREAMFLOW_DATA), ROOT / "data" / "streamflow" / "schema.yaml"
    options = ("--schema", schema, "--name", "churn", "--out", tmp_path / "bundle")
    built = Training(monkeypatch, capsys)("build", "--data", months / "month_000", *options)
    assert built.code == 0, built.err
    bundle = open_bundle(tmp_path / "bundle")
    label = bundle.schema.label
    assert label
    records = [
        replace(each, prediction_id=like.prediction_id, timestamp_ms=like.timestamp_ms)
        for place, each in enumerate(month_records(months / "month_001", bundle)[:3_000])
        for like in [prediction(place)]
    ]
    frame = read_dataset(months / "month_001", bundle.schema).frame
    truth: list[Value] = [bool(each) for each in frame[label.name]]
    judge = Judge(redis, tmp_path / "reports", bundle)
    for first in range(0, 3_000, 1_000):
        evaluation = judge.evaluated(records[first : first + 1_000])
        assert (evaluation.decision, evaluation.drift_share) == ("NO_ACTION", 1 / 14)
        assert evaluation.drifted_features == ["rebuffer_events_7d"]
        assert evaluation.estimate is not None
        assert evaluation.estimate.figures[0].value == pytest.approx(0.83, abs=0.03)
    judge.label(labels_of(records[:500], truth[:500]))
    (found,) = judge.found()
    assert (found.decision, found.causes) == ("RETRAINING_TRIGGERED", ["performance"])
    assert found.figure
    assert found.figure.value == pytest.approx(0.49, abs=0.005)
    assert found.figure.reference == pytest.approx(0.83, abs=0.005)
    assert found.figure.z is not None
    assert found.figure.z > 11
    assert found.figure.estimate == pytest.approx(0.83, abs=0.03)
    assert found.figure.estimate_error == pytest.approx(0.34, abs=0.03)
    assert found.line.endswith("reference=0.83 -> RETRAINING_TRIGGERED auc 0.49 < 0.83 (z=11.2, labels=500)")
