"""Windows in a real Redis, what is done with them, and plausible evaluations of them."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from redis import Redis

from contract.keys import Partition
from contract.partition import pending_windows, register
from contract.stream.append import StreamWriter
from contract.stream.record import Record
from contract.windows import Window
from drift_worker.errors import UnknownBundleError
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.record.bundles import BundleCache
from drift_worker.record.evaluation import Evaluation
from tests.support.records import PARTITION, append_now

FillWindows = Callable[[int, int], list[Window]]
"""Appends so many records in windows of so many rows, and gives the closed windows."""


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now


def close_window(redis: Redis, partition: Partition, records: list[Record]) -> Window:
    """Append the records and close the window that they are; others may be pending."""
    register(redis, partition)
    writer = StreamWriter(partition, len(records), uuid4().hex)
    append_now(writer, redis, 1, records)
    return pending_windows(redis, partition)[-1]


def fail(evaluator: WindowEvaluator, window: Window, times: int) -> None:
    """Evaluate the window with a damaged bundle, so that it fails."""
    folder = evaluator.stores.files.root / "bundles"
    away = folder.rename(folder.with_name("away"))
    for bundle in away.iterdir():
        (folder / bundle.name).mkdir(parents=True)
    for _ in range(times):
        with pytest.raises(UnknownBundleError):
            evaluator.evaluate_window(window.id)
    shutil.rmtree(folder)
    away.rename(folder)


def with_bundles(evaluator: WindowEvaluator, bundles: BundleCache) -> WindowEvaluator:
    """The same evaluator with other bundles."""
    stores = replace(evaluator.stores, bundles=bundles)
    return replace(evaluator, rows=replace(evaluator.rows, stores=stores))


def evaluation_of(window: Window, **changes: object) -> Evaluation:
    """A plausible evaluation of a window."""
    fields: dict[str, object] = {
        "window_id": window.id,
        "number": window.number,
        "status": "evaluated",
        "model": PARTITION.model,
        "model_version": PARTITION.version,
        "first_id": window.first,
        "last_id": window.last,
        "first_time": "2026-01-31T00:00:00+00:00",
        "last_time": "2026-01-31T00:10:00+00:00",
        "rows": window.rows,
        "dead_lettered": 0,
        "duplicates": 0,
        "findings": [],
        "decision": "NO_ACTION",
        "reasons": ["drift_share=0.07 < 0.30"],
        "drift_share": 1 / 14,
        "drift_share_threshold": 0.30,
        "target_drift": None,
        "reports": {"html": "w/report.html", "json": "w/report.json", "window": "w/window.parquet"},
        "durations": {"read": 0.1},
        "libraries": {"evidently": "0.7.23"},
        "evaluated_at": "2026-01-31T00:10:01+00:00",
        **changes,
    }
    return Evaluation.model_validate(fields)
