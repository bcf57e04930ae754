"""The master dies under load: all parts find the next one, and every record is accounted for."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from bundle import Bundle
from contract.keys import SWEEP_HEARTBEAT, Partition, heartbeat_key
from contract.partition import ledger, pending_windows
from contract.redis.connection import background_client
from drift_worker.evaluate.lease import worker_name
from tests.support.data.month_records import month_records
from tests.support.faults.places import all_differing, places
from tests.support.figures import Figures
from tests.support.http.clients import clients
from tests.support.paths import ROOT
from tests.support.processes.pipeline import COMMANDS, Pipeline
from tests.support.processes.predict import is_ready
from tests.support.processes.sentinels import PASSWORD, SENTINEL_PASSWORD, Sentinels, client_of
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(300)

WINDOW_ROWS = 100


@pytest.fixture
def running(watched: Sentinels, tmp_path: Path) -> Iterator[Pipeline]:
    """predict, a worker and a sweep that know the Sentinels alone; the databases are empty."""
    watched.wait_until_whole()
    with background_client(watched.url) as redis:
        redis.flushall()
    found = Pipeline(tmp_path, watched.master(), {"REDIS_URL": watched.url, "WINDOW_ROWS": str(WINDOW_ROWS)})
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


@pytest.mark.parametrize("lagging", [False, True], ids=["replica-has-all", "replica-lags"])
def test_a_failover_under_load_loses_nothing_that_the_replica_had(
    watched: Sentinels,
    running: Pipeline,
    bundle: Bundle,
    partition: Partition,
    *,
    lagging: bool,
    figures: Figures,
) -> None:
    """By the ids that clients hold; what the replica did not have is what the ledger calls lost."""
    records = month_records(ROOT / "data" / "streamflow" / "month_001", bundle)
    old, new = watched.master(), watched.replica()
    with clients(running.url, records) as asking:
        wait_for("answers", lambda: len(asking.predicted) > 2 * WINDOW_ROWS, timeout=120)
        assert new.process is not None
        if lagging:
            new.process.send_signal(signal.SIGSTOP)
            with client_of(old) as redis:
                redis.client_kill_filter(_type="replica")  # else the kernel keeps for it what it lacks
            enough = len(asking.predicted) + 20
            wait_for("answers that the replica lacks", lambda: len(asking.predicted) > enough)
        at_risk = len(asking.predicted)
        old.stop()
        began = time.monotonic()
        if lagging:
            new.process.send_signal(signal.SIGCONT)
        wait_for("the spool to be used", lambda: limitations(running), interval=0.01)
        spooling = time.monotonic() - began
        wait_for("the replica to be the master", lambda: watched.master() is new, timeout=120)
        promoted = time.monotonic() - began
        wait_for("predict to log again", lambda: not outage(running), timeout=120)
        back = time.monotonic() - began
        enough = len(asking.predicted) + 2 * WINDOW_ROWS
        wait_for("more answers", lambda: len(asking.predicted) > enough, timeout=120)
    with background_client(watched.url) as redis:
        wait_for("the evaluations", lambda: not pending_windows(redis, partition), timeout=120)
        wait_for("the account", lambda: not ledger(redis, partition).differences, timeout=120)
        found, account = places(redis, partition, running.reports), ledger(redis, partition)
        missing = found.missing(asking.predicted)
        figures.add(
            "failover under load" + (", of a replica that lags" if lagging else ""),
            answered=len(asking.predicted),
            before=at_risk,
            spooling_after_ms=round(1000 * spooling),
            promoted_after_ms=round(1000 * promoted),
            back_after_ms=round(1000 * back),
            lost=len(missing),
            counted=account.lost,
            duplicated=len(found.twice),
        )
        assert set(asking.statuses) == {200}
        assert asking.unanswered == 0
        assert found.twice == []
        assert account.lost == len(missing)
        assert lagging or not missing
        assert not lagging or missing
        assert set(missing) <= set(asking.predicted[:at_risk])
        assert all_differing(redis, partition, running.reports, min_rows=50) == []
    for name in COMMANDS:
        assert running.parts[name].poll() is None
        assert "Traceback" not in running.log(name), running.log(name)
        assert PASSWORD not in running.log(name)
        assert SENTINEL_PASSWORD not in running.log(name)


def limitations(running: Pipeline) -> list[str]:
    """What predict says of itself."""
    return list(httpx.get(f"{running.url}/ready").json().get("limitations", []))


def outage(running: Pipeline) -> list[str]:
    """What predict says of a Redis that is away."""
    return [said for said in limitations(running) if "Sentinels" in said]
