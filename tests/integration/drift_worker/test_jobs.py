"""Whatever stands in the queues, a worker runs only the evaluation of a window, or joins a model's labels."""

import json
import zlib
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from contract.redis.queue import (
    JOB_FUNCTION,
    LABEL_FUNCTION,
    LABEL_QUEUE,
    QUEUE,
    enqueue,
    enqueue_labels,
    label_job,
    label_queue,
    window_queue,
)
from drift_worker.worker.jobs import WindowQueue, checked_job_class, refusal

WINDOW = "churn-0123456789ab-1700000000000-0"


def data(*call: object) -> bytes:
    """A job's data as RQ stores it."""
    return zlib.compress(json.dumps(call).encode())


class Bench:
    """A worker on the bench: what it ran, and what it refused."""

    def __init__(self, redis: Redis) -> None:
        self.ran: list[str] = []
        self.joined: list[str] = []
        self.refused = 0
        self._worker = SimpleWorker(
            [QUEUE, LABEL_QUEUE],
            connection=redis,
            queue_class=WindowQueue,
            job_class=checked_job_class(self.ran.append, self.joined.append, 60, self._refuse),
            serializer=JSONSerializer,
        )

    def _refuse(self) -> None:
        self.refused += 1

    def burst(self) -> None:
        """Work until the queue is empty."""
        self._worker.work(burst=True, logging_level="CRITICAL")


def push(redis: Redis, job_id: str | bytes, fields: Mapping[str, str | bytes]) -> None:
    """Put a job into the queue behind RQ's back."""
    key = b"rq:job:" + (job_id if isinstance(job_id, bytes) else job_id.encode())
    if fields:
        for name, value in fields.items():
            redis.hset(key, name, value)
    redis.rpush(f"rq:queue:{QUEUE}", job_id)


def test_an_enqueued_window_is_evaluated(redis: Redis) -> None:
    """A job of ours runs the evaluator that the worker was wired with."""
    enqueue(window_queue(redis), WINDOW)
    bench = Bench(redis)
    bench.burst()
    assert (bench.ran, bench.refused) == ([WINDOW], 0)


def test_a_job_that_the_version_before_queued_is_evaluated(redis: Redis) -> None:
    """Version 0.1.0 called the function by another name."""
    job = {"data": data("drift_worker.jobs.evaluate_window", None, [WINDOW], {})}
    push(redis, WINDOW, {**job, "created_at": "2026-01-01T00:00:00Z"})
    bench = Bench(redis)
    bench.burst()
    assert (bench.ran, bench.refused) == ([WINDOW], 0)


def test_labels_are_joined_once_windows_are_evaluated(redis: Redis) -> None:
    """Labels have a queue of their own, and a model is queued once."""
    queue = label_queue(redis)
    assert enqueue_labels(queue, "labels-of-mine")
    assert not enqueue_labels(queue, "labels-of-mine")
    enqueue(window_queue(redis), WINDOW)
    bench = Bench(redis)
    bench.burst()
    assert (bench.ran, bench.joined, bench.refused) == ([WINDOW], ["labels-of-mine"], 0)
    assert enqueue_labels(queue, "labels-of-mine"), "the job that ended is not kept"


@pytest.mark.parametrize(
    ("job", "call"),
    [
        (WINDOW, (LABEL_FUNCTION, None, [WINDOW], {})),
        (label_job("churn"), (JOB_FUNCTION, None, [label_job("churn")], {})),
        (label_job("churn"), (LABEL_FUNCTION, None, ["churn"], {})),
        (label_job("Churn"), (LABEL_FUNCTION, None, [label_job("Churn")], {})),
    ],
)
def test_a_job_is_about_a_window_or_about_labels(redis: Redis, job: str, call: tuple[object, ...]) -> None:
    """Its id says about which, and no other function may be called with it."""
    push(redis, job, {"data": data(*call), "created_at": "2026-01-01T00:00:00Z"})
    bench = Bench(redis)
    bench.burst()
    assert (bench.ran, bench.joined, bench.refused) == ([], [], 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"data": data("os.system", None, ["touch hacked"], {})},
        {"data": data(JOB_FUNCTION, None, ["churn-0123456789ab-1-1"], {})},
        {"data": data(JOB_FUNCTION, None, [WINDOW], {"extra": 1})},
        {"data": data(JOB_FUNCTION, "drift_worker", [WINDOW], {})},
        {"data": b"\x80\x04\x95"},
        {"data": b"x" * 10_000},
        {"created_at": "2026-01-01T00:00:00Z"},
        {"data": data(JOB_FUNCTION, None, [WINDOW], {}), "success_callback_name": "os.abort"},
        {"data": data(JOB_FUNCTION, None, [WINDOW], {}), "failure_callback_name": "os.abort"},
        {"data": data(JOB_FUNCTION, None, [WINDOW], {}), "stopped_callback_name": "os.abort"},
        {"data": data(JOB_FUNCTION, None, [WINDOW], {}), "webhooks": "[]"},
    ],
)
def test_a_forged_job_is_refused_and_the_next_is_run(redis: Redis, fields: Mapping[str, bytes]) -> None:
    """A refused job is counted and gone; the worker goes on."""
    push(redis, WINDOW, fields)
    bench = Bench(redis)
    bench.burst()
    assert (bench.ran, bench.refused) == ([], 1)
    assert not redis.exists(Job.key_for(WINDOW))
    enqueue(window_queue(redis), WINDOW)
    bench.burst()
    assert bench.ran == [WINDOW]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([b"data", b"created_at", b"status", b"timeout", b"meta", b"origin", b"webhooks"]),
        st.binary(max_size=60),
    )
)
def test_a_job_is_ours_or_refused(fields: Mapping[bytes, bytes]) -> None:
    """No hash makes the check fail in any other way."""
    assert refusal(WINDOW, fields) is not None
