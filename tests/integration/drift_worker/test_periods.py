"""Windows of an hour, a day or a week: the sweep closes them on time, and evaluations say what came late."""

import json
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from redis import Redis
from rq import Queue

from contract.keys import Partition
from contract.partition import open_window, pending_windows, register
from contract.stream.append import StreamWriter
from contract.stream.close import close_window
from contract.stream.record import Record
from contract.windows import Period, Window, period_of, stream_time
from drift_worker.cli.tables import print_evaluations
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.evaluate.review.recompute import recompute_window
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import ROWS
from drift_worker.settings import Settings
from drift_worker.show.figures.status import StatusReader
from drift_worker.show.listing.page import reports_page
from drift_worker.sweep.sweeper import Sweeper
from tests.support.evaluations.windows import HandClock
from tests.support.evaluations.windows import close_window as close_after
from tests.support.records import PARTITION, append_now, record
from tests.support.stream_time import DAY_MS, HOUR_MS, move_back

SETTINGS = Settings(window_rows=10, window_min_rows=5, window_max_age=60)


def append(redis: Redis, period: Period | None, records: list[Record]) -> None:
    """Append as a new writer of windows of that period does."""
    partition = Partition(records[0].model, records[0].version)
    register(redis, partition)
    name = f"{records[0].prediction_id}-{period}"
    append_now(StreamWriter(partition, 10_000, name, window_period=period), redis, 1, records)


def test_a_window_whose_period_is_over_is_closed_however_few_rows_it_has(redis: Redis, queue: Queue) -> None:
    """If nothing more arrives, the sweep does it, and queues the window in the same pass."""
    append(redis, "1d", [record(1)])
    move_back(redis, PARTITION, DAY_MS)
    Sweeper(redis, queue, SETTINGS, HandClock()).sweep()
    (window,) = pending_windows(redis, PARTITION)
    assert (window.rows, window.reason, window.period) == (1, "period", "1d")
    assert queue.job_ids == [window.id]
    assert open_window(redis, PARTITION).rows == 0


def test_a_window_of_the_present_week_is_closed_by_no_age(redis: Redis, queue: Queue) -> None:
    """It would be cut every WINDOW_MAX_AGE; a window of another model without a period is."""
    other = Partition("fraud", PARTITION.version)
    append(redis, "1w", [record(number) for number in range(7)])
    append(redis, None, [record(number, other) for number in range(7)])
    clock = HandClock()
    sweep = Sweeper(redis, queue, SETTINGS, clock)
    for _ in range(3):
        sweep.sweep()
        clock.now += 1_000
    assert pending_windows(redis, PARTITION) == []
    assert [each.reason for each in pending_windows(redis, other)] == ["age"]


def test_the_end_of_the_open_window_is_told(redis: Redis, queue: Queue) -> None:
    """As long as it has a period and a record."""

    def told() -> list[float | None]:
        return [version.open_until for version in StatusReader(redis, queue).read().versions]

    append(redis, None, [record(1)])
    assert told() == [None]
    append(redis, "1h", [record(2)])
    end = period_of(open_window(redis, PARTITION).last, "1h")[1]
    assert told() == [end / 1000]
    move_back(redis, PARTITION, DAY_MS)
    Sweeper(redis, queue, SETTINGS, HandClock()).sweep()
    assert told() == [None]


@pytest.fixture
def window(redis: Redis, partition: Partition, month_001: list[Record]) -> Window:
    """A day's window of 300 rows, of which 12 had been accepted in the last hour of the day before."""
    seconds, _ = redis.time()
    midnight, _ = period_of(f"{seconds}000-0", "1d")
    times = [midnight - HOUR_MS + number for number in range(12)] + [midnight] * 288
    append(
        redis, "1d", [replace(each, timestamp_ms=time) for each, time in zip(month_001, times, strict=False)]
    )
    close_window(redis, partition, open_window(redis, partition).number, "demand")
    (closed,) = pending_windows(redis, partition)
    return closed


def evaluated(evaluator: WindowEvaluator, window: Window) -> Evaluation:
    """The window's evaluation."""
    evaluator.evaluate_window(window.id)
    found = evaluator.stores.evaluations.get(window.id)
    assert found is not None
    return found


def test_an_evaluation_says_how_many_rows_came_late(
    evaluator: WindowEvaluator, window: Window, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In its figures, in the report, in the list and on the page; as a sentence where people read it."""
    evaluation = evaluated(evaluator, window)
    assert (evaluation.period, evaluation.late, evaluation.rows) == ("1d", 12, 300)
    today = f"{stream_time(window.first):%Y-%m-%d}"
    yesterday = f"{stream_time(window.first) - timedelta(days=1):%Y-%m-%d}"
    sentence = (
        f"12 of 300 records came late: accepted before the window's day began ({today} 00:00 UTC), "
        f"the oldest at {yesterday} 23:00:00 UTC"
    )
    assert evaluation.late_sentence == sentence
    (run,) = (json.loads(file.read_text()) for file in tmp_path.glob("workspace/*/snapshots/*.json"))
    assert run["metadata"]["period"] == f"the day that began at {today} 00:00 UTC"
    assert run["metadata"]["late"] == sentence
    print_evaluations([evaluation], as_json=False)
    assert f"{window.id}: {sentence}" in capsys.readouterr().out.splitlines()
    assert f"; {sentence}" in unescape(reports_page(tmp_path))


def test_late_rows_are_recomputed(evaluator: WindowEvaluator, window: Window) -> None:
    """Their times are in window.parquet; of rows that were changed it is a difference like any other."""
    evaluated(evaluator, window)
    assert recompute_window(evaluator.rows, window.id).differences == []
    path = evaluator.stores.files.folder(window.id) / ROWS
    rows = pd.read_parquet(path)
    rows.loc[0, "timestamp"] = rows["timestamp"].iloc[299]
    rows.to_parquet(path)
    assert recompute_window(evaluator.rows, window.id).differences == ["late: stored 12, recomputed 11"]


def test_a_window_without_a_period_has_no_late_rows(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record], tmp_path: Path
) -> None:
    """Nothing says from when on its records were to come; an evaluation of before says the same."""
    closed = close_after(redis, partition, [replace(each, timestamp_ms=0) for each in month_001[:60]])
    evaluation = evaluated(evaluator, closed)
    assert (evaluation.period, evaluation.late, evaluation.late_sentence) == (None, 0, None)
    (run,) = (json.loads(file.read_text()) for file in tmp_path.glob("workspace/*/snapshots/*.json"))
    assert {"period", "late"}.isdisjoint(run["metadata"])
    older = evaluation.model_dump_json(exclude={"period", "late"})
    assert Evaluation.model_validate_json(older) == evaluation
    redis.hset(partition.evaluations, closed.id, older)
    assert recompute_window(evaluator.rows, closed.id).differences == []
