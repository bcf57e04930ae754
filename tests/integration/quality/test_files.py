"""The files of a quality evaluation: report, rows to recompute from, and what becomes of old ones."""

import json
from pathlib import Path

import pandas as pd
import pytest

from drift_worker.record.files import EVALUATION, RUN
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.files import QUALITY_ROWS, quality_ids
from drift_worker.record.quality.store import QualityStore
from tests.support.quality import Judge, labels_of, reference_draw, scored_records, shuffled


@pytest.fixture
def judged(judge: Judge) -> Judge:
    """A model version whose labels are partly random, of which half came, with two evaluations."""
    scores, truth = reference_draw(judge.bundle, 2_400)
    records = scored_records(judge.bundle, scores)
    for first in range(0, 2_400, 800):
        judge.window(records[first : first + 800])
    labels = labels_of(records, shuffled(truth, 0.3))[::2]
    judge.label(labels[:600])
    judge.label(labels[600:])
    return judge


def test_an_evaluation_is_recomputed_to_the_last_bit(judged: Judge) -> None:
    """From quality.parquet and the bundle; changed labels are noticed."""
    for each in judged.found():
        assert judged.recomputed(each.quality_id) == []
    last = judged.found()[-1].quality_id
    path = judged.root / last / QUALITY_ROWS
    rows = pd.read_parquet(path)
    rows["label"] = rows["label"].map({"true": "false", "false": "true"})
    rows.to_parquet(path, index=False)
    assert judged.recomputed(last)


def test_an_evaluation_of_an_older_version_is_read_and_its_weights_are_told(
    judged: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows no cells; that its weights were others is a sentence of its own."""
    found = judged.found()[-1]
    document = json.loads(found.model_dump_json())
    for each in document["stretches"]:
        del each["unseen_cells"], each["unseen_share"]
    older = QualityEvaluation.model_validate(document)
    assert older.line == found.line
    monkeypatch.setattr(QualityStore, "get", lambda *_: older)
    assert judged.recomputed(found.quality_id)[-1].startswith("weights: an older version took them by decile")


def test_the_report_has_our_summary_and_evidentlys_preset(judged: Judge) -> None:
    """The decision at its top, the figures with interval and reference, then Evidently's."""
    found = judged.found()[-1]
    assert found.reports
    page = (judged.root / found.reports.html).read_text()
    figure = found.figure
    assert figure
    for shown in (
        found.decision,
        f"{figure.value:.4f}",
        f"{figure.reference:.4f}",
        "log-loss",
        "Brier score",
    ):
        assert shown in page
    assert page.index(found.decision) < page.index("Evidently's figures")
    assert 'class="calibration"' in page
    values = json.loads((judged.root / found.reports.json_).read_text())
    assert any("RocAuc" in each["metric_name"] for each in values["metrics"])


def test_an_evaluation_is_in_the_workspace(judged: Judge) -> None:
    """As a run beside those of windows."""
    (project,) = [each for each in (judged.root / "workspace").iterdir() if each.is_dir()]
    assert len([*(project / "snapshots").glob("*.json")]) == len(judged.found()) == 2


def test_old_reports_are_pruned_and_can_still_be_recomputed(judge: Judge) -> None:
    """The newest REPORTS_KEEP stay; rows and evaluation of all."""
    judge.keep, judge.every = 1, 100
    scores, truth = reference_draw(judge.bundle, 300)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    labels = labels_of(records, truth)
    for first in range(0, 300, 100):
        judge.label(labels[first : first + 100])
    folders = [judge.root / each for each in quality_ids(judge.root)]
    assert [(each / "report.html").exists() for each in folders] == [False, False, True]
    assert all((each / EVALUATION).exists() for each in folders)
    assert all(judge.recomputed(each.quality_id) == [] for each in judge.found())
    snapshots = [*(judge.root / "workspace").rglob("snapshots/*.json")]
    assert len(snapshots) == 1


def test_what_a_killed_worker_left_is_settled_by_the_next_look(judged: Judge) -> None:
    """What it had committed is published; the files of what it had not are removed."""
    committed = judged.found()[-1]
    (judged.root / committed.quality_id / EVALUATION).unlink()
    lost = judged.root / f"{judged.partition.window_prefix}-quality-3-1780009999000"
    lost.mkdir()
    (lost / QUALITY_ROWS).write_bytes(b"")
    judged.label([])
    assert not lost.exists()
    published = (judged.root / committed.quality_id / EVALUATION).read_bytes()
    assert QualityEvaluation.model_validate_json(published) == committed


def test_a_run_that_the_workspace_has_not_taken_is_shown_by_the_next_look(judged: Judge) -> None:
    """A worker that was killed after it had written evaluation.json left it behind."""
    committed = judged.found()[-1]
    run = max((judged.root / "workspace").rglob("snapshots/*.json"), key=lambda path: path.stat().st_mtime_ns)
    run.replace(judged.root / committed.quality_id / RUN)
    judged.label([])
    assert run.is_file()
    assert not (judged.root / committed.quality_id / RUN).exists()


@pytest.mark.parametrize("name", ["window.parquet", "labels.parquet"])
def test_a_window_with_a_damaged_page_is_left_out_and_named(
    judge: Judge, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """The other windows are looked at all the same."""
    judge.every = 100
    scores, truth = reference_draw(judge.bundle, 400)
    records = scored_records(judge.bundle, scores)
    damaged = judge.window(records[:200])
    judge.window(records[200:])
    labels = labels_of(records, truth)
    judge.label(labels[:300])
    content = bytearray((damaged / name).read_bytes())
    content[20 : len(content) // 3] = b"?" * (len(content) // 3 - 20)
    (damaged / name).write_bytes(content)
    judge.label(labels[300:])
    assert judge.found()[-1].shown.labels == 200
    assert f"{damaged / name} is damaged" in caplog.text


def test_a_look_that_fails_is_tried_again(judge: Judge, caplog: pytest.LogCaptureFixture) -> None:
    """Without its bundle a version can't be evaluated; with it, it is."""
    scores, truth = reference_draw(judge.bundle, 500)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    joiner = judge.joiner()
    bundles = judge.root / "bundles"
    away = bundles.rename(bundles.with_name("away"))
    judge.send(labels_of(records, truth))
    joiner.join(judge.bundle.name)
    assert judge.found() == []
    assert "can't be evaluated" in caplog.text
    assert judge.quality_due() == judge.now_ms // 1_000 + 60
    Path(away).rename(bundles)
    joiner.join(judge.bundle.name)
    assert len(judge.found()) == 1
    assert judge.quality_due() == 0
