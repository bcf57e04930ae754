"""Windows are pooled by their numbers, whoever evaluates them, in whatever order, and whatever was lost."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from redis import Redis

from contract.keys import Partition
from contract.partition import pending_windows, register
from contract.stream.append import StreamWriter
from contract.stream.record import Record
from contract.windows import Window
from drift_worker.evaluate.earlier import EarlierWindows
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.evaluate.review.recompute import recompute_window
from drift_worker.evaluate.review.retry import retry_window
from drift_worker.record.bundles import BundleCache
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import CELLS, ROWS
from tests.support.evaluations.windows import fail, with_bundles
from tests.support.records import append_now

WINDOWS = 8


def dearer(records: list[Record], by: float) -> list[Record]:
    """The same records with a fee that is higher by so much."""
    changed = []
    for each in records:
        features = json.loads(each.features_json)
        features["monthly_fee"] += by
        changed.append(replace(each, features_json=json.dumps(features).encode()))
    return changed


def windows_of(redis: Redis, partition: Partition, records: list[Record], rows: int) -> list[Window]:
    """Close windows of so many rows, of fees that are higher by about a tenth of their deviation."""
    register(redis, partition)
    random = Random(17)  # noqa: S311 - a seed
    chosen = [
        replace(each, prediction_id=str(UUID(int=number)))
        for number, each in enumerate(random.choices(records, k=rows * WINDOWS))
    ]
    append_now(StreamWriter(partition, rows, "test"), redis, 1, dearer(chosen, 4.0))
    return pending_windows(redis, partition)


def evaluation(evaluator: WindowEvaluator, window: Window) -> Evaluation:
    """The evaluation of a window."""
    found = evaluator.stores.evaluations.get(window.id)
    assert found is not None
    return found


def lasting(found: Evaluation) -> list[str]:
    """The columns that moved a little over several windows."""
    return [each.column for each in found.findings if each.kind == "lasting"]


def forgetful(evaluator: WindowEvaluator, redis: Redis) -> WindowEvaluator:
    """An evaluator of another process, which remembers no cells."""
    stores = evaluator.stores
    earlier = EarlierWindows(redis, stores.evaluations, stores.files)
    return replace(evaluator, rows=replace(evaluator.rows, stores=replace(stores, earlier=earlier)))


def test_the_order_of_evaluation_changes_nothing(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Three workers take windows in any order; each window is pooled with those before it, done or not."""
    windows = windows_of(redis, partition, month_001, 200)
    order = [*windows]
    Random(1).shuffle(order)  # noqa: S311 - a seed
    workers = [forgetful(evaluator, redis) for _ in range(3)]
    for place, window in enumerate(order):
        workers[place % 3].evaluate_window(window.id)
    for window in windows:
        found = evaluation(evaluator, window)
        assert [*found.pooled] == [*range(1, window.number)]
        assert found.pooled_windows == {each.number: each.id for each in windows[: window.number - 1]}
        assert recompute_window(forgetful(evaluator, redis).rows, window.id).differences == []
    last = evaluation(evaluator, windows[-1])
    assert "monthly_fee" in lasting(last)
    assert last.decision == "NO_ACTION"
    assert any(reason.startswith("lasting: monthly_fee: moved by 0.1") for reason in last.reasons)


def test_lost_and_damaged_cells_are_made_again_from_the_rows(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """As after an upgrade from a version that kept none."""
    *windows, last = windows_of(redis, partition, month_001, 200)
    for window in windows:
        evaluator.evaluate_window(window.id)
    files = evaluator.stores.files
    kept = {window.id: (files.folder(window.id) / CELLS).read_bytes() for window in windows}
    for place, window in enumerate(windows):
        path = files.folder(window.id) / CELLS
        path.unlink() if place % 2 else path.write_bytes(b'{"format": 0')
    forgetful(evaluator, redis).evaluate_window(last.id)
    assert {window.id: (files.folder(window.id) / CELLS).read_bytes() for window in windows} == kept
    assert len(evaluation(evaluator, last).pooled) == WINDOWS - 1


def test_a_window_that_failed_is_left_out_until_it_was_retried(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """What an evaluation was pooled with stands in it, so that it can be recomputed for ever."""
    first, second, third, fourth, *_ = windows_of(redis, partition, month_001, 200)
    fail(evaluator, first, times=3)
    redis.xtrim(partition.stream, minid=first.last)
    evaluator.evaluate_window(second.id)
    evaluator.evaluate_window(third.id)
    assert [*evaluation(evaluator, third).pooled] == [2]
    retry_window(evaluator.rows, first.id)
    evaluator.evaluate_window(fourth.id)
    assert [*evaluation(evaluator, fourth).pooled] == [1, 2, 3]
    assert recompute_window(evaluator.rows, third.id).differences == []


def test_a_window_that_fails_after_it_was_pooled_can_still_be_recomputed_with(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Its cells are kept by the evaluation that they were counted for; later ones leave it out."""
    first, second, third, *_ = windows_of(redis, partition, month_001, 200)
    evaluator.evaluate_window(second.id)
    assert [*evaluation(evaluator, second).pooled] == [1]
    bundles = BundleCache(evaluator.stores.files.root / "bundles")
    fail(with_bundles(evaluator, bundles), first, times=3)
    assert recompute_window(forgetful(evaluator, redis).rows, second.id).differences == []
    forgetful(evaluator, redis).evaluate_window(third.id)
    assert [*evaluation(evaluator, third).pooled] == [2]


def test_a_window_with_trouble_brings_none_to_others(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """One that raised before, and one whose entries are gone, are not pooled; the others are evaluated."""
    first, second, third, *_ = windows_of(redis, partition, month_001, 200)
    fail(evaluator, first, times=1)
    evaluator.evaluate_window(second.id)
    assert [*evaluation(evaluator, second).pooled] == []
    redis.xtrim(partition.stream, minid=second.last)
    redis.hdel(partition.attempts, f"{first.id}:failed")
    evaluator.evaluate_window(third.id)
    assert [*evaluation(evaluator, third).pooled] == [2]


def test_windows_too_small_to_decide_are_watched_together(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Thirty rows are INSUFFICIENT_DATA; eight such windows show what lasts."""
    windows = windows_of(redis, partition, dearer(month_001, 25.0), 30)
    for window in windows:
        evaluator.evaluate_window(window.id)
    last = evaluation(evaluator, windows[-1])
    assert last.decision == "INSUFFICIENT_DATA"
    assert "monthly_fee" in lasting(last)


def test_an_evaluation_says_which_rows_it_can_no_longer_be_recomputed_with(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record], tmp_path: Path
) -> None:
    """Someone removed the files of a window before it."""
    first, second, *_ = windows_of(redis, partition, month_001, 200)
    evaluator.evaluate_window(first.id)
    evaluator.evaluate_window(second.id)
    for name in (CELLS, ROWS):
        (tmp_path / first.id / name).unlink()
    with pytest.raises(Exception, match=f"the rows of window {first.id} are missing; {second.id}"):
        recompute_window(forgetful(evaluator, redis).rows, second.id)
