"""The sweep closes by age, enqueues what is lost, and trims what is done."""

from datetime import UTC, datetime, timedelta

from contract.keys import PARTITIONS, Partition
from contract.queue import enqueue
from contract.reading import ledger, open_window, pending_windows
from drift_worker.settings import Settings
from drift_worker.store import EvaluationStore
from drift_worker.sweep import Sweep
from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus

from tests.integration.drift_worker.conftest import FillWindows, evaluation_of
from tests.records import PARTITION

SETTINGS = Settings(window_rows=10, window_min_rows=5, window_max_age=60, lease_ttl=20)


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now


def test_a_window_with_enough_rows_is_closed_by_its_age(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """An open window of at least WINDOW_MIN_ROWS waits WINDOW_MAX_AGE and no longer."""
    fill_windows(7, 10)
    clock = HandClock()
    sweep = Sweep(redis, queue, SETTINGS, clock)
    sweep.pass_over()
    clock.now += 59
    sweep.pass_over()
    assert pending_windows(redis, PARTITION) == []
    clock.now += 2
    sweep.pass_over()
    (window,) = pending_windows(redis, PARTITION)
    assert (window.rows, window.reason) == (7, "age")
    assert queue.job_ids == [window.id], "it is enqueued in the same pass"


def test_a_window_with_too_few_rows_stays_open(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """Age alone does not make a window that could not be judged."""
    fill_windows(4, 10)
    clock = HandClock()
    sweep = Sweep(redis, queue, SETTINGS, clock)
    sweep.pass_over()
    clock.now += 10_000
    sweep.pass_over()
    assert open_window(redis, PARTITION).rows == 4
    assert pending_windows(redis, PARTITION) == []


def test_a_lost_enqueue_is_made_good(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """A window whose writer died before it enqueued is enqueued by the next pass, once."""
    windows = fill_windows(20, 10)
    sweep = Sweep(redis, queue, SETTINGS, HandClock())
    sweep.pass_over()
    sweep.pass_over()
    assert queue.job_ids == [window.id for window in windows]


def test_a_failed_job_is_enqueued_again_with_a_back_off(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """A window that keeps failing is tried after 20 and then every 40 seconds, never at once."""
    (window,) = fill_windows(10, 10)
    clock = HandClock()
    sweep = Sweep(redis, queue, SETTINGS, clock)
    tries = []
    for _ in range(200):
        sweep.pass_over()
        if queue.job_ids:
            tries.append(clock.now - 1_000)
            queue.pop_job_id()
            Job.fetch(window.id, connection=redis, serializer=queue.serializer).set_status(JobStatus.FAILED)
        clock.now += 1
    assert tries == [0, 20, 60, 100, 140, 180]


def test_a_window_under_a_lease_is_left_alone(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """While a worker evaluates a window nobody else gets it."""
    (window,) = fill_windows(10, 10)
    redis.set(PARTITION.lease(window.id), "a worker", px=60_000)
    Sweep(redis, queue, SETTINGS, HandClock()).pass_over()
    assert queue.job_ids == []


def test_a_queued_job_is_not_touched(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """A window that waits in the queue for a worker is not queued twice."""
    (window,) = fill_windows(10, 10)
    enqueue(queue, window.id)
    clock = HandClock()
    sweep = Sweep(redis, queue, SETTINGS, clock)
    for _ in range(5):
        sweep.pass_over()
        clock.now += 1_000
    assert queue.job_ids == [window.id]


def test_a_job_whose_hash_was_replaced_is_enqueued_anew(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """Something under a job's name that is no job does not block its window."""
    (window,) = fill_windows(10, 10)
    redis.hset(Job.key_for(window.id), mapping={"data": "?", "created_at": "yesterday"})
    Sweep(redis, queue, SETTINGS, HandClock()).pass_over()
    assert queue.job_ids == [window.id]


def test_a_key_that_is_no_job_is_enqueued_anew(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """Nor does a key of another type."""
    (window,) = fill_windows(10, 10)
    redis.set(Job.key_for(window.id), "something else")
    Sweep(redis, queue, SETTINGS, HandClock()).pass_over()
    assert queue.job_ids == [window.id]


def test_a_job_from_the_future_is_of_a_clock_that_stepped_back(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """Its worker is gone: the window is queued again, and not only in an hour."""
    (window,) = fill_windows(10, 10)
    enqueue(queue, window.id)
    queue.pop_job_id()
    job = Job.fetch(window.id, connection=redis, serializer=queue.serializer)
    redis.hset(job.key, "enqueued_at", (datetime.now(UTC) + timedelta(hours=1)).isoformat())
    Sweep(redis, queue, SETTINGS, HandClock()).pass_over()
    assert queue.job_ids == [window.id]


def test_what_somebody_wrote_beside_the_partitions_stops_none(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """Neither a member that names no partition nor one whose keys hold something else."""
    (window,) = fill_windows(10, 10)
    redis.sadd(PARTITIONS, b"\xff", "nonsense", "aaa:0123456789ab")
    redis.hset(Partition("aaa", "0123456789ab").pending, "x", "no window")
    Sweep(redis, queue, SETTINGS, HandClock()).pass_over()
    assert queue.job_ids == [window.id]


def test_the_stream_is_trimmed_behind_evaluated_windows_only(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """What is pending or open stays, whatever was evaluated after it."""
    first, second, third = fill_windows(34, 10)
    store, sweep = EvaluationStore(redis), Sweep(redis, queue, SETTINGS, HandClock())
    store.commit(evaluation_of(second), {"evaluated": 10})
    sweep.pass_over()
    assert redis.xlen(PARTITION.stream) == 34
    store.commit(evaluation_of(first), {"evaluated": 10})
    sweep.pass_over()
    assert redis.xlen(PARTITION.stream) == 14
    store.commit(evaluation_of(third), {"evaluated": 10})
    sweep.pass_over()
    assert redis.xlen(PARTITION.stream) == 4
    assert ledger(redis, PARTITION).differences == []
