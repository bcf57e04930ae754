"""A waiting window that nobody has is queued: at once, soon after its worker died, or after a back-off."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus

from contract.redis.queue import enqueue
from contract.windows import Window
from drift_worker.cli.operations import enqueue_window
from drift_worker.evaluate.attempts import Attempts
from drift_worker.settings import Settings
from drift_worker.sweep.sweeper import Sweeper
from tests.support.evaluations.windows import FillWindows, HandClock
from tests.support.records import PARTITION

SETTINGS = Settings(window_rows=10, window_min_rows=5, lease_ttl=20)


class Bench:
    """A sweep that passes over every second of a clock set by hand, and workers that take what it queues."""

    def __init__(self, redis: Redis, queue: Queue) -> None:
        self.clock = HandClock()
        self._redis, self._queue = redis, queue
        self.sweep = Sweeper(redis, queue, SETTINGS, self.clock)

    def seconds_until_queued(self) -> float:
        """Pass over until a job is queued, which is then taken as a worker takes it."""
        began = self.clock.now
        while not self._queue.job_ids:
            self.clock.now += 1
            assert self.clock.now - began < 1_000, "nobody queued it"
            self.sweep.sweep()
        self.take()
        return self.clock.now - began

    def take(self) -> None:
        """Take the job from the queue as a worker does before it asks for the lease."""
        job_id = self._queue.pop_job_id()
        job = Job.fetch(str(job_id), connection=self._redis, serializer=self._queue.serializer)
        job.started_at = datetime.now(UTC)
        job.set_status(JobStatus.STARTED)
        job.save()


def begin(redis: Redis, window: Window) -> Attempts:
    """Begin an evaluation."""
    attempts = Attempts(redis, window)
    attempts.begin()
    return attempts


def test_a_lost_enqueue_is_made_good(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """A window whose writer died before it enqueued is queued by the next pass, once."""
    windows = fill_windows(20, 10)
    sweep = Sweeper(redis, queue, SETTINGS, HandClock())
    sweep.sweep()
    sweep.sweep()
    assert queue.job_ids == [window.id for window in windows]


def test_a_window_whose_workers_die_is_queued_within_60_seconds_each_time(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """The back-off is for failures: a worker that is killed says nothing about its window."""
    (window,) = fill_windows(10, 10)
    bench = Bench(redis, queue)
    bench.seconds_until_queued()
    for _ in range(8):
        begin(redis, window)
        redis.set(PARTITION.lease(window.id), "a worker", px=60_000)
        for _ in range(int(SETTINGS.lease_ttl)):
            bench.clock.now += 1
            bench.sweep.sweep()
        redis.delete(PARTITION.lease(window.id))
        assert SETTINGS.lease_ttl + bench.seconds_until_queued() < 60


def test_a_window_whose_worker_died_goes_before_those_that_wait(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """However many were closed meanwhile, it had its turn."""
    first, *_ = fill_windows(50, 10)
    bench = Bench(redis, queue)
    bench.seconds_until_queued()
    begin(redis, first)
    for _ in range(10):
        bench.clock.now += 1
        bench.sweep.sweep()
    assert (len(queue.job_ids), queue.job_ids[0]) == (5, first.id)


def test_a_worker_that_died_before_its_lease_is_noticed_by_no_clock_of_the_wall(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """The job says that it was begun in an hour: the clock stepped back since."""
    (window,) = fill_windows(10, 10)
    bench = Bench(redis, queue)
    bench.seconds_until_queued()
    job = Job.fetch(window.id, connection=redis, serializer=queue.serializer)
    job.started_at = datetime.now(UTC) + timedelta(hours=1)
    job.save()
    assert bench.seconds_until_queued() < 60


def test_a_failed_evaluation_is_queued_again_with_a_back_off(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """After LEASE_TTL, and then after twice that, never at once."""
    (window,) = fill_windows(10, 10)
    bench = Bench(redis, queue)
    bench.seconds_until_queued()
    waited = []
    for _ in range(2):
        begin(redis, window).fail()
        Job.fetch(window.id, connection=redis, serializer=queue.serializer).set_status(JobStatus.FAILED)
        waited.append(bench.seconds_until_queued())
    assert waited == [21, 41], "from when the sweep first sees it"


def test_a_window_that_waits_for_its_bundle_is_tried_again_behind_all_others(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """Each LEASE_TTL: whoever has the bundle may come at any time, and others are not kept waiting."""
    (window,) = fill_windows(10, 10)
    bench = Bench(redis, queue)
    bench.seconds_until_queued()
    attempts = begin(redis, window)
    attempts.end()
    attempts.lacks("its bundle")
    queue.enqueue_call("f", job_id="another")
    bench.sweep.sweep()
    bench.clock.now += 20
    bench.sweep.sweep()
    assert queue.job_ids == ["another", window.id]


@pytest.mark.parametrize("failures", [12, 100_000])
def test_after_however_many_failures_the_back_off_ends_within_ten_minutes(
    redis: Redis, queue: Queue, fill_windows: FillWindows, *, failures: int
) -> None:
    """A disk that was full for a day lets the evaluations go on soon after it has room again."""
    (window,) = fill_windows(10, 10)
    bench = Bench(redis, queue)
    bench.seconds_until_queued()
    redis.hset(PARTITION.attempts, f"{window.id}:failed", failures)
    assert bench.seconds_until_queued() == 601, "from when the sweep first sees it"


def test_a_window_under_a_lease_is_left_alone(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """While a worker evaluates a window nobody else gets it."""
    (window,) = fill_windows(10, 10)
    redis.set(PARTITION.lease(window.id), "a worker", px=60_000)
    Sweeper(redis, queue, SETTINGS, HandClock()).sweep()
    assert queue.job_ids == []


def test_a_queued_job_is_not_touched(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """A window that waits in the queue for a worker is not queued twice."""
    (window,) = fill_windows(10, 10)
    enqueue(queue, window.id)
    clock = HandClock()
    sweep = Sweeper(redis, queue, SETTINGS, clock)
    for _ in range(5):
        sweep.sweep()
        clock.now += 1_000
    assert queue.job_ids == [window.id]


def test_by_hand_a_window_is_queued_at_once(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """Unless it is queued, or a worker has it."""
    (window,) = fill_windows(10, 10)
    assert enqueue_window(redis, queue, window.id) == "queued"
    assert enqueue_window(redis, queue, window.id) == "queued already"
    Bench(redis, queue).take()
    redis.set(PARTITION.lease(window.id), "a worker", px=60_000)
    assert enqueue_window(redis, queue, window.id) == "being evaluated"
    redis.delete(PARTITION.lease(window.id))
    assert enqueue_window(redis, queue, window.id) == "queued"
    assert queue.job_ids == [window.id]
