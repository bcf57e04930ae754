"""Windows in a real Redis, and evaluations of them."""

from collections.abc import Callable

import pytest
from contract.append import StreamWriter
from contract.queue import window_queue
from contract.reading import pending_windows, register
from contract.windows import Window
from drift_worker.evaluation import Evaluation
from redis import Redis
from rq import Queue

from tests.records import PARTITION, record

FillWindows = Callable[[int, int], list[Window]]


@pytest.fixture
def fill_windows(redis: Redis) -> FillWindows:
    """Append so many records in windows of so many rows, and give the closed windows."""

    def fill(records: int, window_rows: int) -> list[Window]:
        register(redis, PARTITION)
        writer = StreamWriter(PARTITION, window_rows, "test")
        writer.append_now(redis, 1, [record(number) for number in range(records)])
        return pending_windows(redis, PARTITION)

    return fill


@pytest.fixture
def queue(redis: Redis) -> Queue:
    """The queue of closed windows."""
    return window_queue(redis)


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
