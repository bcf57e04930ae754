"""What the version before left in Redis and in a spool is drained, evaluated and labelled by this one."""

import json
import shutil
from collections import Counter
from pathlib import Path

import httpx
import pandas as pd
from redis import Redis

from bundle import open_bundle
from contract.keys import Partition
from contract.labels.ledger import label_ledger
from contract.partition import ledger, open_window, pending_windows
from contract.versions.use import read_use
from tests.support.data.format_1 import as_format_1
from tests.support.processes.predict import EMBEDDED, serving
from tests.support.processes.worker import starting
from tests.support.upgrade.snapshot import restore
from tests.support.waiting import wait_for

BEFORE = Path(__file__).parent / "version_0_1_0"
VERSION = "a16af92fae09"
"""The model that 0.1.0 served, in a bundle of format 1."""

EVALUATED_BEFORE = 60
SETTINGS = {"WINDOW_ROWS": "60", "WINDOW_MIN_ROWS": "50", "WINDOW_MAX_AGE": "1", "LABEL_PATIENCE": "1"}


def test_an_upgrade_loses_no_record(redis: Redis, redis_url: str, bundle_path: Path, tmp_path: Path) -> None:
    """Each answered prediction is in one evaluated window and finds its label; the ledgers balance."""
    bundle = as_format_1(open_bundle(bundle_path), tmp_path / "churn")
    assert bundle.version == VERSION, "expected the model of 0.1.0; the fixtures name its version"
    partition = Partition(bundle.name, bundle.version)
    answered = json.loads((BEFORE / "answered.json").read_text())
    restore(redis, BEFORE / "redis.jsonl")
    shutil.copytree(BEFORE / "spool", tmp_path / "spool")
    (tmp_path / "reports").mkdir()

    with (
        serving(tmp_path, redis_url, BUNDLE=str(bundle.path), **SETTINGS, **EMBEDDED) as running,
        starting(redis_url, bundle.path, tmp_path / "reports") as start,
    ):
        for command in ("sweep", "run"):
            start(command, **SETTINGS)
        wait_for("predict to mark what it serves", lambda: read_use(redis, partition).is_served)
        wait_for("the spool to be drained", lambda: ledger(redis, partition).accepted == len(answered))
        wait_for(
            "the last window to be evaluated",
            lambda: open_window(redis, partition).rows == 0 and not pending_windows(redis, partition),
        )
        labels = [{"prediction_id": each, "label": True} for each in answered]
        taken = httpx.post(f"{running.url}/labels", json={"labels": labels}, timeout=30)
        assert taken.status_code == httpx.codes.ACCEPTED
        wait_for("the labels to be joined", lambda: label_ledger(redis, bundle.name).waiting == 0)
        labelled = label_ledger(redis, bundle.name)

    assert (labelled.joined, labelled.differences) == (len(answered) - EVALUATED_BEFORE, [])
    assert labelled.unmatched == {"expired": EVALUATED_BEFORE}, "their window's rows were not kept"
    windows = [pd.read_parquet(path) for path in (tmp_path / "reports").glob("*/window.parquet")]
    found = Counter(prediction for window in windows for prediction in window["prediction_id"])
    assert found == Counter(answered[EVALUATED_BEFORE:])
    account = ledger(redis, partition)
    assert (account.evaluated, account.lost, account.dropped) == (len(answered), 0, 0)
    assert account.differences == []
    assert not read_use(redis, partition).is_retired
    assert not [*(tmp_path / "spool").glob("*/*.spool")]
