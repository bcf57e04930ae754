"""Models of several classes and of numbers: the same story as with two classes."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from redis import Redis

from bundle import Bundle, Scorer, open_bundle
from bundle.scoring.outputs import score_of
from contract.labels.label import Value
from contract.stream.record import Record
from contract.task import Task
from tests.support.data.training import Training
from tests.support.quality import Judge, labels_of, scored_records, shuffled

ROWS = 1_200
TASKS: dict[Task, tuple[str, list[str]]] = {
    "multiclass": ("accuracy", ["accuracy", "macro_f1", "log_loss"]),
    "regression": ("mae", ["mae", "rmse", "bias", "r2"]),
}


def rows_of(task: Task, seed: int) -> pd.DataFrame:
    """Two numbers and what follows from them, but for noise."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": [f"r{seed}-{n}" for n in range(ROWS)], "a": rng.normal(0, 1, ROWS)})
    frame["b"] = rng.normal(0, 1, ROWS)
    mixed = frame["a"] + frame["b"] / 2 + rng.normal(0, 0.5, ROWS)
    if task == "regression":
        return frame.assign(label=100 + 20 * mixed)
    return frame.assign(label=np.array(["low", "mid", "high"])[np.digitize(mixed, [-0.6, 0.6])])


@pytest.fixture(params=TASKS)
def trained(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Bundle:
    """A bundle of each task."""
    rows_of(request.param, 1).to_csv(tmp_path / "month.csv", index=False)
    training, schema = Training(monkeypatch, capsys), tmp_path / "schema.yaml"
    task = ("--task", request.param)
    proposed = training(
        "schema", tmp_path / "month.csv", "--entity", "id", "--label", "label", "--out", schema
    )
    assert proposed.code == 0, proposed.err
    built = training("build", "--data", tmp_path / "month.csv", "--out", tmp_path / "bundle", *task)
    assert built.code == 0, built.err
    return open_bundle(tmp_path / "bundle")


def predicted(bundle: Bundle, seed: int) -> tuple[list[Record], list[Value]]:
    """What the model says of new rows, and what became true."""
    frame = rows_of(bundle.metadata.task, seed)
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
    scores = scorer.score_columns({name: frame[name].tolist() for name in bundle.schema.feature_names})
    values: list[Any] = frame["label"].tolist()
    return scored_records(bundle, [score_of(each) for each in scores], first=seed * ROWS), values


def test_labels_of_every_task_lead_to_evaluations(trained: Bundle, redis: Redis, tmp_path: Path) -> None:
    """No action as long as the model is as it was; then labels at random, and it is to be retrained."""
    judge, (metric, metrics) = Judge(redis, tmp_path, trained), TASKS[trained.metadata.task]
    records, truth = predicted(trained, 2)
    judge.window(records)
    judge.label(labels_of(records, truth))
    (first,) = judge.found()
    assert (first.decision, first.finding) == ("NO_ACTION", False), first.line
    (stretch,) = first.stretches
    assert [each.metric for each in stretch.figures] == metrics
    assert all(each.value is not None for each in stretch.figures)
    assert all(each.reference is not None for each in stretch.figures)
    assert stretch.label_shares
    for each in stretch.figures:
        estimated = trained.metadata.task == "multiclass" and each.metric in ("accuracy", "macro_f1")
        assert (each.estimate is not None) is estimated
        assert each.estimate_error is None or abs(each.estimate_error) < 0.05

    records, truth = predicted(trained, 3)
    judge.window(records)
    judge.label(labels_of(records, shuffled(truth, 1.0)))
    second = judge.found()[-1]
    assert (second.decision, second.severity) == ("RETRAINING_TRIGGERED", "high")
    assert second.figure
    assert second.figure.metric == metric
    if metric == "accuracy":
        assert second.figure.estimate_error is not None
        assert second.figure.estimate_error > 0.1
    assert f"] report_html={second.quality_id}/report.html {metric}=" in second.line
    for found in judge.found():
        assert found.reports
        assert "Evidently's figures" in (tmp_path / found.reports.html).read_text()
        assert judge.recomputed(found.quality_id) == []
