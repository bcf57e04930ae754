"""The same rows, sent one by one and in batches, are the same windows with the same findings."""

from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
from redis import Redis

from contract.keys import Partition
from contract.partition import ledger, pending_windows
from contract.stream.read import entries
from contract.windows import Window
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.record.store import EvaluationStore
from tests.support.http.batches import Row, customers, ids_of, post_rows
from tests.support.processes.predict import EMBEDDED, is_ready, serving
from tests.support.waiting import wait_for

WINDOW_ROWS = 200
ROWS = 650
ITS_OWN = {b"prediction_id", b"timestamp", b"traceparent"}
"""Fields in which a record differs from another of the same row."""

Ask = Callable[[httpx.Client, Sequence[Row]], list[str]]
Contents = list[dict[bytes, bytes]]
"""What is the same of a window's records, however they came."""


def one_by_one(client: httpx.Client, rows: Sequence[Row]) -> list[str]:
    """A request for each row."""
    return [client.post("/predict", json=row).json()["prediction_id"] for row in rows]


def in_batches(client: httpx.Client, rows: Sequence[Row]) -> list[str]:
    """Requests of 130 rows, which end within windows."""
    return [
        each
        for start in range(0, len(rows), 130)
        for each in ids_of(post_rows(client, rows[start : start + 130]))
    ]


def test_batches_make_the_windows_of_single_requests(
    redis: Redis, partition: Partition, evaluator: WindowEvaluator, tmp_path: Path
) -> None:
    """In content, in the ledger, and in what is found and decided."""
    rows = customers(ROWS)
    for row in rows[WINDOW_ROWS : 2 * WINDOW_ROWS]:
        row["features"]["monthly_fee"] += 40.0
    url = f"redis://127.0.0.1:{redis.get_connection_kwargs()['port']}/0"

    def sent(name: str, ask: Ask) -> tuple[list[Contents], list[object], object]:
        redis.flushall()
        folder = tmp_path / name
        folder.mkdir()
        with serving(folder, url, WINDOW_ROWS=str(WINDOW_ROWS), **EMBEDDED) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            with httpx.Client(base_url=running.url, timeout=30) as client:
                assert len(ask(client, rows)) == ROWS
        windows = sorted(pending_windows(redis, partition), key=lambda window: window.number)
        contents = [_contents(redis, window) for window in windows]
        for window in windows:
            evaluator.evaluate_window(window.id)
        evaluations = EvaluationStore(redis).all(partition)
        judged = [(each.decision, each.rows, each.findings) for each in evaluations]
        return contents, [*judged], ledger(redis, partition)

    single, batched = sent("single", one_by_one), sent("batched", in_batches)
    assert [len(window) for window in single[0]] == [WINDOW_ROWS] * 3
    assert batched == single
    assert ledger(redis, partition).differences == []


def _contents(redis: Redis, window: Window) -> Contents:
    told = [fields for some in entries(redis, window) for _, fields in some]
    records = [dict(zip(fields[::2], fields[1::2], strict=True)) for fields in told]
    return [{name: value for name, value in each.items() if name not in ITS_OWN} for each in records]
