"""What people and programs see of a model's quality: the command and the metrics."""

import json
from typing import Any

import pytest

from contract.redis.queue import window_queue
from contract.versions.use import read_use, retire
from drift_worker.cli import app as command_line
from drift_worker.estimates import BESIDE_LABELS, CAVEAT
from drift_worker.show.figures.gauges import COUNTERS, GAUGES
from drift_worker.show.figures.status import StatusReader
from tests.support.quality import Judge, labels_of, reference_draw, scored_records, shuffled


@pytest.fixture
def judged(judge: Judge) -> Judge:
    """A model version without change at first, and with labels at random then."""
    scores, truth = reference_draw(judge.bundle, 1_000)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    judge.label(labels_of(records, [*truth[:500], *shuffled(truth[500:], 1.0)])[:500])
    judge.label(labels_of(records, shuffled(truth, 1.0))[500:])
    return judge


def command(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *said: str
) -> str:
    """What a command prints."""
    url = judge.redis.connection_pool.connection_kwargs
    monkeypatch.setenv("REDIS_URL", f"redis://{url['host']}:{url['port']}/0")
    monkeypatch.setenv("REPORTS_DIR", str(judge.root))
    monkeypatch.setattr("sys.argv", ["drift-worker", *said])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_command_lists_every_evaluation_and_tells_the_newest(
    judged: Judge, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its figures, their intervals and those of the reference."""
    out = command(judged, monkeypatch, capsys, "quality")
    first, second = judged.found()
    assert first.quality_id in out
    assert f"{second.quality_id}: {second.decision}, {second.reasons[0]}" in out
    assert "1,000 labels of 1,000 predictions (100.0%); 0 have none" in out
    assert f"{BESIDE_LABELS} {CAVEAT}" in out
    assert second.figure
    assert f"{second.figure.estimate:.4f}" in out
    assert f"{second.figure.estimate_error:.4f}" in out
    for metric in ("auc", "log_loss", "brier", "precision", "recall", "f1", "positive_rate"):
        assert f"\n{metric}" in out or f" {metric}" in out


def test_the_command_tells_programs_all_of_it(
    judged: Judge, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON array."""
    told = json.loads(command(judged, monkeypatch, capsys, "quality", "--json"))
    assert told == [each.model_dump() for each in judged.found()]
    assert told[0]["looks_per_false_action"] == 900


def test_before_the_first_evaluation_the_command_says_what_it_waits_for(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence."""
    assert "QUALITY_ROWS labels that have matured" in command(judge, monkeypatch, capsys, "quality")
    assert json.loads(command(judge, monkeypatch, capsys, "quality", "--json")) == []


def published(judge: Judge) -> dict[tuple[str, ...], Any]:
    """Every figure that the sweep would publish, by its name and what tells it from others."""
    status = StatusReader(judge.redis, window_queue(judge.redis)).read()
    return {
        (
            name,
            *(str(value) for key, value in (each.attributes or {}).items() if "model" not in key),
        ): each.value
        for name, _, _, observe in (*GAUGES, *COUNTERS)
        for each in observe(status)
    }


def test_the_sweep_publishes_the_newest_evaluation(judged: Judge) -> None:
    """Each figure beside its reference, coverage and delay; and that an action stands."""
    found, figures = judged.found()[-1], published(judged)
    auc = found.figure
    assert auc
    assert figures["quality.figure", "short", "auc"] == auc.value
    assert figures["quality.reference", "short", "auc"] == auc.reference
    assert figures["quality.estimate.error", "short", "auc"] == auc.estimate_error
    assert figures["quality.coverage.ratio", "short"] == 1
    assert figures["quality.predictions", "short", "labelled"] == 1_000
    assert figures["quality.delay", "short", "p95"] > 0
    assert figures["quality.decisions", "NO_ACTION"] == 1
    assert figures["quality.decisions", "RETRAINING_TRIGGERED"] == 1
    assert (figures["quality.action",], figures["quality.incidents",]) == (1, 1)


def test_the_labels_of_a_retired_version_are_judged_without_a_gauge(judge: Judge) -> None:
    """They are joined, and lead to a decision, an event and counts; alerts ask gauges."""
    scores, truth = reference_draw(judge.bundle, 1_000)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    retire(judge.redis, judge.partition, read_use(judge.redis, judge.partition))
    judge.label(labels_of(records, shuffled(truth, 1.0)))
    assert [each.decision for each in judge.found()] == ["RETRAINING_TRIGGERED"]
    assert judge.redis.xlen(judge.partition.incidents) == 1
    figures = published(judge)
    assert figures["quality.decisions", "RETRAINING_TRIGGERED"] == 1
    assert figures["model.version.retired",] == 1
    of_no_version = {"drift.queue.jobs", "drift.workers", "redis.memory.used", "redis.memory.max", "redis.up"}
    gauges = {name for name, *_ in GAUGES} - of_no_version - {"model.version.retired"}
    assert {name for name, *_ in figures} & gauges == set()


def test_an_action_stands_until_labels_say_otherwise(judged: Judge) -> None:
    """An evaluation that can't decide says nothing, and one that decides NO_ACTION ends it."""
    store, before = judged.evaluator().stores.evaluations, judged.found()[-1]
    expected = [("INSUFFICIENT_DATA", 1, 1), ("NO_ACTION", 0, 1), ("RETRAINING_TRIGGERED", 1, 2)]
    for number, (decision, stands, incidents) in enumerate(expected, 3):
        after = before.model_copy(
            update={"quality_id": f"{before.quality_id}{number}", "number": number, "decision": decision}
        )
        assert store.commit(after, before)
        figures = published(judged)
        assert (figures["quality.action",], figures["quality.incidents",]) == (stands, incidents)
        before = after
