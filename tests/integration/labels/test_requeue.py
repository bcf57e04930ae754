"""The sweep queues labels whose job was lost, and those whose windows were evaluated meanwhile."""

from pathlib import Path

import pytest
from redis import Redis

from contract.labels.keys import LabelKeys
from contract.redis.queue import enqueue_labels, label_job, label_queue, queued_ids
from drift_worker.sweep.labels import RequeueLabels
from tests.support.evaluations.windows import HandClock
from tests.support.labels import about, closed_window, evaluate, joiner, prediction, send
from tests.support.records import PARTITION

MODEL = PARTITION.model


@pytest.fixture
def clock() -> HandClock:
    """The sweep's clock."""
    return HandClock()


@pytest.fixture
def sweep(redis: Redis, clock: HandClock) -> RequeueLabels:
    """What the sweep looks after labels with."""
    return RequeueLabels(redis, label_queue(redis), lease_ttl=20, patience=60, clock=clock)


def is_queued(redis: Redis) -> bool:
    """Whether a job for the model's labels is in the queue."""
    return label_job(MODEL).encode() in queued_ids(label_queue(redis))


def work_off(redis: Redis, root: Path) -> None:
    """Do what a worker does with the queued job."""
    redis.delete("rq:queue:labels", f"rq:job:{label_job(MODEL)}")
    joiner(redis, root).join(MODEL)


def test_labels_that_nobody_queued_are_queued(redis: Redis, sweep: RequeueLabels) -> None:
    """Whoever took them died before it did."""
    send(redis, MODEL, about(prediction(1).prediction_id))
    sweep.look_after(MODEL)
    assert is_queued(redis)


def test_labels_that_wait_are_queued_once_a_window_is_evaluated(
    redis: Redis, tmp_path: Path, sweep: RequeueLabels
) -> None:
    """Until then there is nothing to do for them."""
    window = closed_window(redis, [prediction(1)])
    send(redis, MODEL, about(prediction(1).prediction_id))
    work_off(redis, tmp_path)

    sweep.look_after(MODEL)
    assert not is_queued(redis)
    evaluate(redis, tmp_path, window)
    sweep.look_after(MODEL)

    assert is_queued(redis)


def test_labels_that_wait_are_looked_at_again_after_a_while(
    redis: Redis, tmp_path: Path, sweep: RequeueLabels
) -> None:
    """Those that have waited enough are unmatched."""
    closed_window(redis, [prediction(1)])
    send(redis, MODEL, about(prediction(77).prediction_id))
    work_off(redis, tmp_path)
    redis.hincrby(LabelKeys(MODEL).progress, "ended", -61)

    sweep.look_after(MODEL)

    assert is_queued(redis)


def test_a_job_whose_worker_died_is_queued_again(
    redis: Redis, sweep: RequeueLabels, clock: HandClock
) -> None:
    """RQ still knows it, but it is neither in the queue nor does a worker have the lease."""
    send(redis, MODEL, about(prediction(1).prediction_id))
    enqueue_labels(label_queue(redis), MODEL)
    redis.delete("rq:queue:labels")

    sweep.look_after(MODEL)
    assert not is_queued(redis)
    clock.now += 5
    sweep.look_after(MODEL)

    assert is_queued(redis)


def test_labels_that_a_worker_has_are_left_to_it(redis: Redis, sweep: RequeueLabels) -> None:
    """Its lease says so."""
    send(redis, MODEL, about(prediction(1).prediction_id))
    redis.set(LabelKeys(MODEL).lease, "a worker")
    sweep.look_after(MODEL)
    assert not is_queued(redis)


def test_a_model_without_labels_costs_one_job(redis: Redis, tmp_path: Path, sweep: RequeueLabels) -> None:
    """It says that nothing follows from a horizon; further windows queue nothing."""
    window = closed_window(redis, [prediction(1)])
    sweep.look_after(MODEL)
    assert is_queued(redis)
    work_off(redis, tmp_path)
    evaluate(redis, tmp_path, window)

    sweep.look_after(MODEL)

    assert not is_queued(redis)
