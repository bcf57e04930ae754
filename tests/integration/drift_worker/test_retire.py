"""A model version that nobody serves any more: its window closes, and it retires, by hand or by itself."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from contract.keys import Partition
from contract.partition import ledger, open_window, pending_windows, register
from contract.versions.served import STALE_AFTER
from contract.versions.use import read_use
from drift_worker.cli.app import main
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import DAY, Settings
from drift_worker.sweep.audit import Auditor, PeriodicAudit
from drift_worker.sweep.process import run_pass
from drift_worker.sweep.retire import SETTLE
from drift_worker.sweep.sweeper import Sweeper
from tests.support.evaluations.windows import FillWindows, HandClock, close_window, evaluation_of
from tests.support.processes.redis import OwnRedis, own_redis
from tests.support.records import PARTITION, record
from tests.support.stream_time import DAY_MS, move_back
from tests.support.versions import mark

NEW = Partition(PARTITION.model, "3f2a9c1b7d20")
OTHER = Partition("fraud", "aaaaaaaaaaaa")
SETTINGS = Settings(window_rows=10, window_min_rows=5, window_max_age=60, lease_ttl=20)


@dataclass
class Sweep:
    """A sweep whose clock is set by hand; Redis has been there for long."""

    redis: Redis
    queue: Queue
    clock: HandClock = field(default_factory=HandClock)
    sweeper: Sweeper = field(init=False)

    def __post_init__(self) -> None:
        """Sweep until a stale mark counts as one."""
        self.sweeper = Sweeper(self.redis, self.queue, SETTINGS, self.clock)
        self.after(0)
        self.after(SETTLE)

    def after(self, seconds: float) -> None:
        """Sweep once, so many seconds later."""
        self.clock.now += seconds
        self.sweeper.sweep()


@pytest.fixture
def sweep(redis: Redis, queue: Queue) -> Sweep:
    """A sweep that has run for a while."""
    return Sweep(redis, queue)


Run = Callable[..., str]
"""Runs a command of drift-worker, and gives what it prints."""


@pytest.fixture
def run(redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands as a user runs them."""
    monkeypatch.setenv("REDIS_URL", redis_url)

    def run(*command: str) -> str:
        monkeypatch.setattr(sys, "argv", ["drift-worker", *command])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return f"{ended.value.code}: {said.err.strip() or said.out.strip()}"

    return run


def is_retired(redis: Redis, partition: Partition) -> bool:
    """Whether the version is retired now."""
    return read_use(redis, partition).is_retired


def test_the_window_of_a_version_that_is_not_served_closes_by_age_whatever_its_rows(
    redis: Redis, sweep: Sweep, fill_windows: FillWindows
) -> None:
    """4 rows wait for others while the version is served; nobody brings them after that."""
    fill_windows(4, 10)
    mark(redis, PARTITION)
    sweep.after(SETTINGS.window_max_age + 1)
    assert open_window(redis, PARTITION).rows == 4
    move_back(redis, PARTITION, DAY_MS // 2)
    mark(redis, PARTITION, ago=STALE_AFTER + 1)
    sweep.after(1)
    (window,) = pending_windows(redis, PARTITION)
    assert (window.rows, window.reason) == (4, "age")
    assert ledger(redis, PARTITION).differences == []


def test_a_version_that_nobody_ever_served_retires_too(redis: Redis, sweep: Sweep) -> None:
    """Such as one that predict refused: only the worker, which took its bundle, made it known."""
    register(redis, PARTITION)
    sweep.after(0)
    sweep.after(DAY - 1)
    assert not is_retired(redis, PARTITION)
    sweep.after(1)
    assert is_retired(redis, PARTITION)
    mark(redis, PARTITION)
    assert not is_retired(redis, PARTITION)


def test_the_window_of_a_version_from_before_marks_closes_once_it_is_retired(
    redis: Redis, sweep: Sweep, fill_windows: FillWindows
) -> None:
    """Nobody marked it, so that only its last record tells when it was served last."""
    fill_windows(4, 10)
    move_back(redis, PARTITION, DAY_MS - 60_000)
    sweep.after(1)
    assert open_window(redis, PARTITION).rows == 4
    move_back(redis, PARTITION, 120_000)
    sweep.after(1)
    assert is_retired(redis, PARTITION)
    assert [window.rows for window in pending_windows(redis, PARTITION)] == [4]


@pytest.mark.parametrize(("ago", "retired"), [(DAY - 60, False), (DAY + 60, True)])
def test_a_version_retires_itself_once_nobody_has_served_it_for_a_day(
    redis: Redis, sweep: Sweep, ago: float, *, retired: bool
) -> None:
    """One that is served never does, however long ago it answered anything."""
    mark(redis, PARTITION, ago=ago)
    mark(redis, NEW, served_for=90 * DAY)
    sweep.after(1)
    assert is_retired(redis, PARTITION) == retired
    assert not is_retired(redis, NEW)


def test_a_version_that_logs_without_a_mark_does_not_retire(
    redis: Redis, sweep: Sweep, fill_windows: FillWindows
) -> None:
    """Its service was put back to one from before marks, or may not write them."""
    fill_windows(4, 10)
    mark(redis, PARTITION, ago=2 * DAY)
    sweep.after(1)
    assert not is_retired(redis, PARTITION)


def test_a_version_that_is_served_again_is_no_longer_retired(
    redis: Redis, sweep: Sweep, caplog: pytest.LogCaptureFixture
) -> None:
    """It begins a day of its own when it ends again."""
    caplog.set_level("INFO")
    mark(redis, PARTITION, ago=2 * DAY)
    sweep.after(1)
    assert is_retired(redis, PARTITION)
    mark(redis, PARTITION)
    assert not is_retired(redis, PARTITION)
    sweep.after(1)
    assert "is used again" in caplog.text
    assert not redis.exists(PARTITION.retired)


def test_what_is_served_is_not_taken_for_gone_after_redis_was_away(tmp_path: Path, queue: Queue) -> None:
    """Marks are old then through no fault of predict, which has to come back first."""
    with own_redis(tmp_path) as server:
        server.start()
        with Redis.from_url(server.url, protocol=2) as redis:
            sweep = Sweep(redis, Queue(queue.name, connection=redis, serializer=queue.serializer))
            _come_back_after(2 * DAY, server, sweep, tmp_path)
            mark(redis, PARTITION)
            sweep.after(SETTLE)
            assert not is_retired(redis, PARTITION)
            _come_back_after(2 * DAY, server, sweep, tmp_path)
            sweep.after(SETTLE)
            assert is_retired(redis, PARTITION), "predict did not come back"


def _come_back_after(seconds: float, server: OwnRedis, sweep: Sweep, folder: Path) -> None:
    """Redis is away during a pass, and back at the next one; the mark has become so old meanwhile."""
    audit = PeriodicAudit(Auditor(sweep.redis, folder), 60)
    server.stop()
    run_pass(sweep.redis, [], sweep.sweeper, audit)
    server.start()
    mark(sweep.redis, PARTITION, ago=seconds)
    sweep.after(1)
    assert not is_retired(sweep.redis, PARTITION)


def test_the_first_pass_takes_nothing_for_gone(redis: Redis, queue: Queue) -> None:
    """The sweep itself may have been away, together with predict."""
    mark(redis, PARTITION, ago=2 * DAY)
    Sweeper(redis, queue, SETTINGS, HandClock()).sweep()
    assert not is_retired(redis, PARTITION)


def test_retiring_a_model_ends_what_is_not_served(redis: Redis, run: Run) -> None:
    """What is served stays, and so do other models."""
    mark(redis, PARTITION, ago=STALE_AFTER + 1)
    mark(redis, NEW)
    mark(redis, OTHER, ago=STALE_AFTER + 1)
    said = run("retire", "churn")
    assert said.startswith(f"0: retired {PARTITION}: ")
    assert f"{NEW} stays: predict serves it, since " in said
    assert [is_retired(redis, each) for each in (PARTITION, NEW, OTHER)] == [True, False, False]
    told = json.loads(run("retire", "churn", "--json").removeprefix("0: "))
    assert told == {"retired": [], "already": [str(PARTITION)], "served": [str(NEW)]}


def test_retiring_what_is_served_is_refused(redis: Redis, run: Run) -> None:
    """Its alerts would be silent while it answers."""
    mark(redis, NEW)
    said = run("retire", str(NEW))
    assert said.startswith(f"2: drift-worker: {NEW} can't be retired: predict serves it, since ")
    assert "stop serving it first" in said
    assert not is_retired(redis, NEW)


def test_retiring_what_logs_without_a_mark_is_refused(
    redis: Redis, run: Run, fill_windows: FillWindows
) -> None:
    """A service from before marks serves it."""
    fill_windows(1, 10)
    assert "a prediction of it was logged 0 s ago" in run("retire", str(PARTITION))
    assert not is_retired(redis, PARTITION)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("chrun", "no version of a model called 'chrun' has been served"),
        ("churn:ffffffffffff", f"expected MODEL or one of {PARTITION}"),
        ("", "no version of a model called ''"),
    ],
)
def test_a_name_that_nobody_has_is_told(redis: Redis, run: Run, name: str, said: str) -> None:
    """With what could have been meant."""
    register(redis, PARTITION)
    told = run("retire", name)
    assert told.startswith("2: drift-worker: ")
    assert said in told


def test_evaluations_of_a_retired_version_stay_and_are_listed_by_time(redis: Redis, run: Run) -> None:
    """Over all versions of all models, in the order in which their windows ended."""
    listed = []
    for partition in (OTHER, PARTITION, NEW, OTHER):
        window = close_window(redis, partition, [record(number, partition) for number in range(3)])
        evaluation = evaluation_of(window, **partition.labels)
        assert EvaluationStore(redis).commit(evaluation, {"evaluated": 3})
        listed.append(window.id)
    move_back(redis, PARTITION, 60_000)
    assert f"retired {PARTITION}" in run("retire", "churn")
    told = json.loads(run("evaluations", "--json").removeprefix("0: "))
    assert [each["window_id"] for each in told] == listed
