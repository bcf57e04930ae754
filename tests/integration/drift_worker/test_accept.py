"""An intended change becomes part of the reference, in a new version of the bundle."""

import json
from dataclasses import replace

import pytest
from pydantic_core import to_json
from redis import Redis

from bundle import Bundle
from contract.keys import Partition
from contract.stream.record import Record
from drift_worker.decide.decision import Policy
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.evaluate.judge import judge
from drift_worker.evaluate.review.accept import AcceptanceError, accept_windows
from drift_worker.record.evaluation import Evaluation
from tests.support.evaluations.windows import close_window

POLICY = Policy(50, 0.3)


def evaluated(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, records: list[Record]
) -> Evaluation:
    """A window of these records, evaluated."""
    window = close_window(redis, partition, records)
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    return evaluation


def dearer(records: list[Record]) -> list[Record]:
    """The same predictions under a new price list."""
    return [
        replace(each, features_json=to_json(features | {"monthly_fee": features["monthly_fee"] * 3}))
        for each in records
        for features in (json.loads(each.features_json),)
    ]


@pytest.fixture
def changed(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> Evaluation:
    """A window under the new price list."""
    evaluation = evaluated(redis, evaluator, partition, dearer(month_001[:1_000]))
    assert evaluation.decision == "INVESTIGATE"
    return evaluation


def decided_by(evaluator: WindowEvaluator, bundle: Bundle, window: Evaluation) -> str:
    """What a bundle decides about the rows of a window."""
    reference = evaluator.stores.bundles.reference(Partition(bundle.name, bundle.version))
    return judge(reference, evaluator.stores.files.rows(window.window_id), POLICY).verdict.decision


def test_an_accepted_change_is_normal_from_then_on(
    redis: Redis,
    evaluator: WindowEvaluator,
    partition: Partition,
    month_001: list[Record],
    changed: Evaluation,
) -> None:
    """A window of the new prices is no action any more, one of the old prices is worth a look."""
    later = evaluated(redis, evaluator, partition, dearer(month_001[1_000:2_000]))
    before = evaluated(redis, evaluator, partition, month_001[2_000:3_000])
    accepted = accept_windows(evaluator.stores, [changed.window_id])
    assert [decided_by(evaluator, accepted, each) for each in (later, before)] == ["NO_ACTION", "INVESTIGATE"]


def test_a_new_version_says_what_was_accepted(
    evaluator: WindowEvaluator, bundle: Bundle, changed: Evaluation
) -> None:
    """The model and its name stay; version and reference are new."""
    accepted = accept_windows(evaluator.stores, [changed.window_id, changed.window_id])
    assert accepted.model_path.read_bytes() == bundle.model_path.read_bytes()
    assert (accepted.name, accepted.version == bundle.version) == (bundle.name, False)
    (acceptance,) = accepted.metadata.accepted
    assert acceptance.windows == (changed.window_id,)
    assert "monthly_fee" in acceptance.columns
    assert acceptance.first_row == bundle.metadata.reference.rows
    assert accepted.metadata.reference.rows == acceptance.first_row + 1_000


def test_a_change_is_accepted_upon_another(
    redis: Redis, evaluator: WindowEvaluator, month_001: list[Record], changed: Evaluation
) -> None:
    """Windows of the new version are accepted as those of the first were."""
    first = accept_windows(evaluator.stores, [changed.window_id])
    renamed = [replace(each, version=first.version) for each in month_001[:2_000]]
    dearest = dearer(dearer(renamed))
    window = evaluated(redis, evaluator, Partition(first.name, first.version), dearest[:1_000])
    second = accept_windows(evaluator.stores, [window.window_id])
    assert [len(each.windows) for each in second.metadata.accepted] == [1, 1]
    later = evaluated(redis, evaluator, Partition(first.name, first.version), dearest[1_000:])
    assert decided_by(evaluator, second, later) == "NO_ACTION"


def test_what_is_no_change_is_not_accepted(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """The message says what was decided."""
    calm = evaluated(redis, evaluator, partition, month_001[:1_000])
    with pytest.raises(AcceptanceError, match="was decided NO_ACTION: expected a window that calls"):
        accept_windows(evaluator.stores, [calm.window_id])


def test_what_was_accepted_before_is_not_forgotten(
    redis: Redis,
    evaluator: WindowEvaluator,
    partition: Partition,
    month_001: list[Record],
    changed: Evaluation,
) -> None:
    """Another window of the old version doesn't replace the bundle that has accepted the first one."""
    other = evaluated(redis, evaluator, partition, dearer(dearer(month_001[1_000:2_000])))
    accept_windows(evaluator.stores, [changed.window_id])
    with pytest.raises(AcceptanceError, match=f"has accepted {changed.window_id}, which would be forgotten"):
        accept_windows(evaluator.stores, [other.window_id])
    apart = accept_windows(evaluator.stores, [other.window_id], evaluator.stores.files.root / "apart")
    together = accept_windows(evaluator.stores, [changed.window_id, other.window_id])
    assert [len(each.metadata.accepted[-1].windows) for each in (apart, together)] == [1, 2]


def test_only_what_is_intended_may_be_accepted(evaluator: WindowEvaluator, changed: Evaluation) -> None:
    """Other columns are compared with the old rows as well; one that did not change can't be named."""
    accepted = accept_windows(evaluator.stores, [changed.window_id], only=["monthly_fee"])
    assert accepted.metadata.accepted[0].columns == ("monthly_fee",)
    with pytest.raises(AcceptanceError, match="net_service did not change in these windows; exp"):
        accept_windows(evaluator.stores, [changed.window_id], only=["net_service"])
