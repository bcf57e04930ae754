"""A reference of approved live windows knows their hours: night and day are no drift any more."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from uuid import UUID

import pandas as pd
import pytest
from redis import Redis

from bundle import Bundle, open_bundle
from contract.keys import Partition
from contract.partition import pending_windows, register
from contract.stream.append import StreamWriter
from contract.stream.record import Record
from contract.windows import Window
from dataset import read_reference
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.evaluate.review.accept import accept_windows
from drift_worker.evaluate.review.recompute import recompute_window
from drift_worker.record.evaluation import Evaluation
from drift_worker.window.read import read_window
from tests.support.data.training import Training
from tests.support.evaluations.windows import close_window
from tests.support.records import append_now

MONDAY_MS = 1_772_409_600_000
"""2026-03-02T00:00Z."""

HOUR_MS = 3_600_000
ROWS = 500


def at_hours(records: list[Record], first_hour: int, hours: int, seed: int) -> list[Record]:
    """Records spread over hours since that Monday, whose fee is higher by night than by day."""
    random = Random(seed)  # noqa: S311 - a seed
    changed = []
    for number, each in enumerate(random.choices(records, k=ROWS)):
        hour = first_hour + number * hours / ROWS
        features = json.loads(each.features_json)
        features["monthly_fee"] += 0 if 6 <= hour % 24 < 18 else 12
        changed.append(
            replace(
                each,
                prediction_id=str(UUID(int=seed * 1_000_000 + number)),
                timestamp_ms=MONDAY_MS + round(hour * HOUR_MS),
                features_json=json.dumps(features).encode(),
            )
        )
    return changed


def evaluated(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, records: list[Record]
) -> Evaluation:
    """A window of these records, evaluated."""
    window = close_window(redis, partition, [replace(each, version=partition.version) for each in records])
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    return evaluation


@pytest.fixture
def weeks(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> list[Window]:
    """Two weeks of live traffic in windows of whole days, whose rows are kept as a worker keeps them."""
    register(redis, partition)
    writer = StreamWriter(partition, ROWS, "weeks")
    for day in range(14):
        append_now(writer, redis, day * ROWS + 1, at_hours(month_001, day * 24, 24, day + 1))
    windows = pending_windows(redis, partition)
    for window in windows:
        rows = read_window(redis, window, evaluator.stores.bundles.schema(partition))
        evaluator.stores.files.save(window.id, None, rows.frame)
    redis.delete(partition.pending)
    return windows


@pytest.fixture
def seasonal(
    evaluator: WindowEvaluator, bundle: Bundle, weeks: list[Window], training: Training, tmp_path: Path
) -> Bundle:
    """The model with these weeks as its reference."""
    out = tmp_path / "seasonal" / "churn"
    span = "--from-windows", weeks[0].id, weeks[-1].id
    answer = training("reference", "--bundle", bundle.path, "--reports", tmp_path, *span, "--out", out)
    assert answer.code == 0, answer.err
    assert f"7,000 rows of 14 windows, {weeks[0].id} to {weeks[-1].id}" in answer.out
    made = open_bundle(out)
    evaluator.stores.bundles.add(made)
    return made


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Training:
    """The command line."""
    return Training(monkeypatch, capsys)


def test_night_and_day_are_no_drift_by_a_reference_that_knows_them(
    redis: Redis,
    evaluator: WindowEvaluator,
    partition: Partition,
    month_001: list[Record],
    seasonal: Bundle,
) -> None:
    """The fee of a night flags by the old reference, not by the new one; what drifts at night is found."""
    night = at_hours(month_001, 24 * 15, 5, 77)
    by_all = evaluated(redis, evaluator, partition, night)
    assert "monthly_fee" in by_all.drifted_features
    own = Partition(seasonal.name, seasonal.version)
    by_night = evaluated(redis, evaluator, own, night)
    assert (by_night.drifted_features, by_night.decision) == ([], "NO_ACTION")
    cheaper = [
        replace(
            each, features_json=json.dumps(features | {"monthly_fee": features["monthly_fee"] - 12}).encode()
        )
        for each in night
        for features in (json.loads(each.features_json),)
    ]
    by_day_prices = evaluated(redis, evaluator, own, cheaper)
    assert "monthly_fee" in by_day_prices.drifted_features
    for each in (by_night, by_day_prices):
        assert recompute_window(evaluator.rows, each.window_id).differences == []


def test_the_reference_keeps_the_times_and_the_model(bundle: Bundle, seasonal: Bundle) -> None:
    """Each live row is there once, in the order of its time, with the answer that it got."""
    frame = read_reference(seasonal.reference_path, seasonal.schema)
    assert frame["timestamp"].is_monotonic_increasing
    assert (frame["timestamp"].min(), len(frame)) == (pd.Timestamp("2026-03-02", tz="UTC"), 7_000)
    assert seasonal.schema.time is not None
    assert seasonal.model_path.read_bytes() == bundle.model_path.read_bytes()
    assert seasonal.version != bundle.version


def test_a_change_is_accepted_into_a_reference_with_times(
    redis: Redis, evaluator: WindowEvaluator, month_001: list[Record], seasonal: Bundle
) -> None:
    """The accepted rows have their times too, and are what the changed column is compared with."""
    own = Partition(seasonal.name, seasonal.version)
    dear = [
        replace(
            each, features_json=json.dumps(features | {"monthly_fee": features["monthly_fee"] * 3}).encode()
        )
        for number in range(2)
        for each in at_hours(month_001, 24 * (15 + number), 24, 90 + number)
        for features in (json.loads(each.features_json),)
    ]
    changed, later = (evaluated(redis, evaluator, own, part) for part in (dear[:ROWS], dear[ROWS:]))
    assert changed.decision == "INVESTIGATE"
    accepted = accept_windows(evaluator.stores, [changed.window_id])
    rows = evaluator.stores.files.rows(later.window_id)
    by_accepted = evaluated(
        redis, evaluator, Partition(accepted.name, accepted.version), [replace(each) for each in dear[ROWS:]]
    )
    assert len(rows) == by_accepted.rows
    assert by_accepted.decision == "NO_ACTION"


def test_what_cannot_be_a_reference_is_said(
    weeks: list[Window], bundle: Bundle, training: Training, tmp_path: Path
) -> None:
    """Windows of another model, in the wrong order, or not there; and a zone that there is not."""
    first, last = weeks[0].id, weeks[-1].id
    other = first.replace("churn-", "price-")

    def told(start: str, stop: str, *more: str, reports: Path = tmp_path) -> str:
        command = (
            "reference",
            "--bundle",
            bundle.path,
            "--reports",
            reports,
            "--out",
            tmp_path / "new" / "churn",
        )
        answer = training(*command, "--from-windows", start, stop, *more)
        assert answer.code == 2
        return answer.err

    assert f"{other} is no window of churn:{bundle.version}, which the bundle is" in told(other, last)
    assert "week 7 is no window of" in told("week 7", last)
    assert f"{last} was closed after {first}; exchange them" in told(last, first)
    assert "expected the REPORTS_DIR of its worker" in told(first, last, reports=bundle.path)
    assert "cannot be read" in told(first, last, reports=tmp_path / "nowhere")
    assert "'Mars' is no time zone" in told(first, last, "--zone", "Mars")
    (tmp_path / last / "window.parquet").write_bytes(b"PAR1")
    assert "is damaged" in told(first, last)
