"""The master changes under load: all parts find the next one, and every record is accounted for."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from bundle import Bundle
from contract.keys import SWEEP_HEARTBEAT, Partition, heartbeat_key
from contract.partition import ledger, pending_windows
from contract.redis.connection import background_client
from drift_worker.evaluate.lease import worker_name
from tests.support.data.month_records import month_records
from tests.support.faults.places import all_differing, places
from tests.support.figures import Figures
from tests.support.http.clients import Asking, clients
from tests.support.paths import ROOT
from tests.support.processes.pipeline import COMMANDS, Pipeline
from tests.support.processes.predict import is_ready, value_of
from tests.support.processes.redis import OwnRedis
from tests.support.processes.sentinels import PASSWORD, SENTINEL_PASSWORD, Sentinels, client_of
from tests.support.soak import IS_LONG
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(300)

WINDOW_ROWS = 100
SPOOLED = "feature_log_spool_records"


@pytest.fixture(scope="module")
def running(watched: Sentinels, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """predict, a worker and a sweep that know the Sentinels alone, through all failovers."""
    settings = {"REDIS_URL": watched.url, "WINDOW_ROWS": str(WINDOW_ROWS)}
    found = Pipeline(tmp_path_factory.mktemp("failover"), watched.master(), settings)
    with ExitStack() as ended:
        for name in COMMANDS:
            ended.callback(found.kill, name)
        for name in ("worker", "sweep", "predict"):
            found.start(name)
        with background_client(watched.url) as redis:
            beats = (heartbeat_key(worker_name()), SWEEP_HEARTBEAT)
            wait_for("worker and sweep to beat", lambda: redis.exists(*beats) == 2, timeout=120)
        wait_for("predict to be ready", lambda: is_ready(found.url), timeout=120)
        yield found


def kill(watched: Sentinels, _: Asking) -> None:
    """Kill the master, as by a lost host."""
    watched.master().stop()


def kill_what_the_replica_lags_behind(watched: Sentinels, asking: Asking) -> None:
    """Kill the master when it has answered what its replica does not have."""
    old, new = watched.master(), watched.replica()
    new.signal(signal.SIGSTOP)
    with client_of(old) as redis:
        redis.client_kill_filter(_type="replica")  # else the kernel keeps for it what it lacks
    enough = len(asking.predicted) + 20
    wait_for("answers that the replica lacks", lambda: len(asking.predicted) > enough)
    old.stop()
    new.signal(signal.SIGCONT)


def switch(watched: Sentinels, _: Asking) -> None:
    """Have the Sentinels make the replica the master; the old one lives on, and can't be told by them."""
    with client_of(watched.master()) as redis:
        redis.acl_setuser("default", enabled=True, commands=["-replicaof", "-slaveof"])
    watched.switch()


def halt(watched: Sentinels, _: Asking) -> None:
    """Halt the master, as a host does that hangs: its connections stay open, and nothing answers."""
    watched.master().signal(signal.SIGSTOP)


FAILOVERS: dict[str, Callable[[Sentinels, Asking], None]] = {
    "the master is killed": kill,
    "the old master lives on": switch,
    "the replica lags": kill_what_the_replica_lags_behind,
}
if IS_LONG:
    FAILOVERS["the master is halted"] = halt  # the worker's blocking read takes half a minute to notice


@pytest.mark.parametrize("how", FAILOVERS)
def test_a_failover_under_load_loses_nothing_that_the_replica_had(
    watched: Sentinels,
    running: Pipeline,
    bundle: Bundle,
    partition: Partition,
    *,
    how: str,
    figures: Figures,
) -> None:
    """By the ids that clients hold; what the replica did not have is what the ledger calls lost."""
    records = month_records(ROOT / "data" / "streamflow" / "month_001", bundle)
    watched.wait_until_whole()
    old, new = watched.master(), watched.replica()
    with background_client(watched.url) as redis:
        lost_before = ledger(redis, partition).lost
    with clients(running.url, records) as asking:
        wait_for("answers", lambda: len(asking.predicted) > 2 * WINDOW_ROWS, timeout=120)
        FAILOVERS[how](watched, asking)
        at_risk, began = len(asking.predicted), time.monotonic()
        wait_for("the replica to be the master", lambda: watched.master() is new, timeout=120)
        promoted = time.monotonic() - began
        more = taken(new, partition) + 10
        wait_for("predict to log to it", lambda: taken(new, partition) > more, timeout=120)
        wait_for("the spool to be drained", lambda: not value_of(running.url, SPOOLED), timeout=120)
        back = time.monotonic() - began
        enough = len(asking.predicted) + 2 * WINDOW_ROWS
        wait_for("more answers", lambda: len(asking.predicted) > enough, timeout=120)
    if how == "the old master lives on":
        with client_of(old) as redis:
            redis.acl_setuser("default", enabled=True, commands=["+@all"])
    if how == "the master is halted":
        old.signal(signal.SIGCONT)
    with background_client(watched.url) as redis:
        wait_for("the evaluations", lambda: not pending_windows(redis, partition), timeout=120)
        wait_for("the account", lambda: not ledger(redis, partition).differences, timeout=120)
        found, lost = places(redis, partition, running.reports), ledger(redis, partition).lost - lost_before
        missing = found.missing(asking.predicted)
        figures.add(
            f"failover under load: {how}",
            answered=len(asking.predicted),
            master_after_ms=round(1000 * promoted),
            back_after_ms=round(1000 * back),
            lost=len(missing),
            counted=lost,
            duplicated=len(found.twice),
        )
        assert set(asking.statuses) == {200}
        assert asking.unanswered == 0
        assert found.twice == []
        assert lost == len(missing)
        assert_lost_as_expected(how, missing, asking.predicted[: at_risk + 20])
        assert all_differing(redis, partition, running.reports, min_rows=50) == []
    for name in COMMANDS:
        assert running.parts[name].poll() is None
        assert PASSWORD not in running.log(name)
        assert SENTINEL_PASSWORD not in running.log(name)


def assert_lost_as_expected(how: str, missing: Sequence[str], before: Sequence[str]) -> None:
    """A replica that keeps up has all; an old master that lives on takes records until predict leaves it."""
    if how != "the old master lives on":
        assert set(missing) <= set(before)
        assert bool(missing) == (how == "the replica lags")


def taken(server: OwnRedis, partition: Partition) -> int:
    """How many records a server has taken."""
    with client_of(server) as redis:
        return int(redis.xinfo_stream(partition.stream)["entries-added"])
