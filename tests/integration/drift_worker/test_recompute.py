"""An evaluation can be recomputed from its saved rows, and comes out equal to the last bit."""

import json
from dataclasses import replace
from random import Random

import pandas as pd
import pytest
from redis import Redis

from bundle import Bundle
from contract.keys import Partition
from contract.stream.record import Record
from drift_worker.decide.decision import Policy
from drift_worker.errors import NotEvaluatedError, UnknownWindowError, UnreadableFileError
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.evaluate.review.recompute import Recomputation, recompute_window
from drift_worker.record.evaluation import evaluation_without_result
from drift_worker.record.files import ROWS
from tests.support.evaluations.windows import close_window


def recomputed(evaluator: WindowEvaluator, window_id: str) -> Recomputation:
    """The recomputation of a window."""
    return recompute_window(evaluator.rows, window_id)


def varied(records: list[Record], bundle: Bundle, seed: int) -> list[Record]:
    """A window with nulls, categories that the reference never had, extreme numbers and constant columns."""
    random = Random(seed)  # noqa: S311 - a seed
    chosen = random.sample(records, random.choice([1, 60, 250, 700]))
    features = random.sample(bundle.schema.features, 5)
    changed = []
    for each in chosen:
        values = json.loads(each.features_json)
        for feature in features:
            if random.random() < 0.5:
                continue
            if feature.nullable:
                values[feature.name] = None
            elif feature.kind == "categorical":
                values[feature.name] = random.choice(["new", "Ünknown", ""])
            elif feature.kind == "numerical":
                values[feature.name] = random.choice([0.1 + 0.2, -1e300, 5e-324, 3])
        changed.append(replace(each, features_json=json.dumps(values).encode()))
    return [*changed, *changed[: random.randint(0, 3)]]


@pytest.mark.parametrize("seed", range(8))
def test_a_recomputation_is_equal(
    redis: Redis, evaluator: WindowEvaluator, bundle: Bundle, month_001: list[Record], seed: int
) -> None:
    """Whatever was in the window, and whatever the settings are today."""
    window = close_window(redis, Partition(bundle.name, bundle.version), varied(month_001, bundle, seed))
    evaluator.evaluate_window(window.id)
    today = replace(evaluator.rows, policy=Policy(min_rows=100_000, drift_share_threshold=0.9))
    assert recompute_window(today, window.id).differences == []


def test_what_an_older_evaluation_did_not_say_is_no_difference(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """An action that was decided before there were severities and causes can be checked as well."""
    dear = [
        replace(
            each, features_json=json.dumps(json.loads(each.features_json) | {"monthly_fee": 1e6}).encode()
        )
        for each in month_001[:300]
    ]
    window = close_window(redis, partition, dear)
    evaluator.evaluate_window(window.id)
    (stored,) = evaluator.stores.evaluations.all(partition)
    assert stored.severity is not None
    older = stored.model_dump_json(exclude={"severity", "causes", "alert_budget", "estimate", "rules"})
    redis.hset(partition.evaluations, window.id, older)
    assert recomputed(evaluator, window.id).differences == []


def test_what_an_older_version_judged_otherwise_is_told_as_such(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Its findings differ since the rules do, and a sentence says so; of today's rules it does not."""
    window = close_window(redis, partition, month_001[:300])
    evaluator.evaluate_window(window.id)
    (stored,) = evaluator.stores.evaluations.all(partition)
    other = stored.model_copy(update={"findings": stored.findings[1:]})
    redis.hset(partition.evaluations, window.id, other.model_dump_json())
    (difference,) = recomputed(evaluator, window.id).differences
    assert difference.startswith("findings: ")
    redis.hset(partition.evaluations, window.id, other.model_dump_json(exclude={"rules"}))
    assert recomputed(evaluator, window.id).differences == [
        difference,
        "rules: an older version judged by other rules; a difference need not be damage",
    ]


def test_rows_that_were_changed_are_noticed(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """A decision can be checked years later."""
    window = close_window(redis, partition, month_001[:300])
    evaluator.evaluate_window(window.id)
    path = evaluator.stores.files.folder(window.id) / ROWS
    rows = pd.read_parquet(path)
    rows["monthly_fee"] += 1e-9
    rows.to_parquet(path, index=False)
    (difference,) = recomputed(evaluator, window.id).differences
    assert difference.startswith("findings: stored [")


def test_a_row_that_is_gone_is_noticed(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Also of a window with too few to compare."""
    window = close_window(redis, partition, month_001[:60])
    evaluator.evaluate_window(window.id)
    path = evaluator.stores.files.folder(window.id) / ROWS
    pd.read_parquet(path)[:-1].to_parquet(path, index=False)
    assert "rows: stored 60, recomputed 59" in recomputed(evaluator, window.id).differences


def test_what_has_no_decision_is_refused(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """With the reason."""
    with pytest.raises(UnknownWindowError, match="has no evaluation"):
        recomputed(evaluator, f"{partition.window_prefix}-1-0")
    window = close_window(redis, partition, month_001[:300])
    expired = evaluation_without_result(window, "expired", "no worker came", error=None)
    evaluator.stores.evaluations.commit(expired, {"expired": window.rows})
    with pytest.raises(NotEvaluatedError, match="is expired"):
        recomputed(evaluator, window.id)


def test_damaged_rows_are_told(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """By one message that names the file."""
    window = close_window(redis, partition, month_001[:300])
    evaluator.evaluate_window(window.id)
    path = evaluator.stores.files.folder(window.id) / ROWS
    whole = path.read_bytes()
    for damaged in (b"", b"PAR1 nonsense", whole[:-100], whole[:200]):
        path.write_bytes(damaged)
        with pytest.raises(UnreadableFileError, match=r"window\.parquet is damaged"):
            recomputed(evaluator, window.id)
