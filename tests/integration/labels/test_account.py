"""What became of labels is told: by the commands, by the audit, and by the metrics."""

import json
from pathlib import Path

import pytest
from redis import Redis
from typer import Exit

from contract.labels.keys import LabelKeys
from contract.redis.queue import window_queue
from drift_worker.cli.windows import ledger
from drift_worker.show.figures.status import StatusReader
from drift_worker.sweep.audit import Auditor
from tests.support.labels import about, evaluated_window, joiner, prediction, send
from tests.support.records import PARTITION

MODEL = PARTITION.model


@pytest.fixture
def labelled(redis: Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A window with a label that is joined; one is unmatched and one waits. The commands look here."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("REPORTS_DIR", str(tmp_path))
    folder = evaluated_window(redis, tmp_path, [prediction(1), prediction(2)])
    send(redis, MODEL, about(prediction(1).prediction_id), about(prediction(77).prediction_id))
    joiner(redis, tmp_path, patience=0).join(MODEL)
    send(redis, MODEL, about(prediction(2).prediction_id))
    return folder


@pytest.mark.usefixtures("labelled")
def test_the_ledger_command_accounts_for_labels(capsys: pytest.CaptureFixture[str]) -> None:
    """In a line of their own, with the reasons; and as JSON."""
    ledger()
    said = capsys.readouterr().out
    expected = "labels of churn: received 3, waiting 1, joined 1, unmatched 1 (never_predicted 1)"
    assert f"{expected}\nlabels: balanced\n" in said

    ledger(as_json=True)
    told = json.loads(capsys.readouterr().out)[MODEL]
    assert told["balanced"]
    assert told["labels"]["unmatched"] == {"never_predicted": 1}


@pytest.mark.usefixtures("labelled")
def test_labels_that_are_unaccounted_for_are_told(redis: Redis, tmp_path: Path) -> None:
    """By the ledger command, which fails, and by the audit."""
    redis.hincrby(LabelKeys(MODEL).ledger, "received", 2)

    with pytest.raises(Exit):
        ledger()
    (found,) = Auditor(redis, tmp_path).audit_all()
    assert any("labels received are 5" in each and "are 3" in each for each in found.differences)


def test_the_audit_notes_that_a_file_is_gone(redis: Redis, tmp_path: Path, labelled: Path) -> None:
    """The ledger still counts its labels."""
    (labelled / "labels.parquet").unlink()
    (found,) = Auditor(redis, tmp_path).audit_all()
    assert any(labelled.name in note for note in found.notes)


@pytest.mark.usefixtures("labelled")
def test_the_status_has_the_labels_of_each_model(redis: Redis) -> None:
    """For the metrics."""
    status = StatusReader(redis, window_queue(redis)).read()
    assert list(status.labels) == [MODEL]
    assert status.labels[MODEL].ledger.joined == 1
    assert 0 <= status.labels[MODEL].oldest_waiting_seconds < 60
