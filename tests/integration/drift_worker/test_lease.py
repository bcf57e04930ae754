"""A window has one worker at a time, and a dead worker's window becomes free."""

import sys
from pathlib import Path

import yaml
from redis import Redis

from contract.keys import heartbeat_key
from contract.redis.queue import window_queue
from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.settings import Settings
from drift_worker.sweep.sweeper import Sweeper
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.waiting import wait_for

KEY = "lease:window"


def test_a_held_lease_is_not_given_again(redis: Redis) -> None:
    """Two workers never hold the same window."""
    one, two = LeaseKeeper(redis, "one", ttl=20), LeaseKeeper(redis, "two", ttl=20)
    with one.lease(KEY) as first, two.lease(KEY) as second:
        assert (first, second) == (True, False)
    with two.lease(KEY) as again:
        assert again


def test_a_lease_outlives_its_lifetime_while_its_worker_beats(redis: Redis) -> None:
    """The keeper's thread renews lease and heartbeat."""
    keeper = LeaseKeeper(redis, "one", ttl=1)
    with keeper.beating(), keeper.lease(KEY) as held:
        assert held
        renewals: set[int] = set()

        def renewed() -> bool:
            left = redis.pttl(KEY)
            assert left > 0, "the lease must not run out"
            renewals.add(left // 100)
            return len(renewals) > 2 and redis.info("server")["uptime_in_seconds"] >= 0 and len(seen) > 25

        seen: list[int] = []

        def beats() -> bool:
            seen.append(redis.exists(heartbeat_key("one")))
            return renewed()

        wait_for("a lease of 1 s to be renewed", beats, timeout=5, interval=0.1)
        assert all(seen[1:])
    assert not redis.exists(heartbeat_key("one")), "a worker that ends takes its heartbeat along"


def test_a_dead_workers_lease_runs_out(redis: Redis) -> None:
    """Without its keeper's thread a lease ends by itself."""
    dead, heir = LeaseKeeper(redis, "dead", ttl=1), LeaseKeeper(redis, "heir", ttl=1)
    with dead.lease(KEY):
        wait_for("the lease to run out", lambda: not redis.exists(KEY), timeout=5)
        with heir.lease(KEY) as taken_over:
            assert taken_over


def is_healthy(service: str, file: Path) -> bool:
    """What compose.yaml's health check says of a container with that HEARTBEAT_FILE."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    own = services[service]["environment"]["HEARTBEAT_FILE"]
    _, python, *arguments = services[service]["healthcheck"]["test"]
    assert python == "python"
    command = [sys.executable, *(part.replace(own, str(file)) for part in arguments)]
    return bool(program.run(command, capture_output=True).returncode == 0)


def test_a_workers_health_is_seen_without_redis(redis: Redis, tmp_path: Path) -> None:
    """While it beats its container is healthy; before and afterwards it isn't."""
    file = tmp_path / "heartbeat"
    assert not is_healthy("drift-worker", file)
    keeper = LeaseKeeper(redis, "one", ttl=20, beat_file=file)
    with keeper.beating():
        wait_for("health", lambda: is_healthy("drift-worker", file))
    assert not is_healthy("drift-worker", file)


def test_the_sweeps_health_ends_with_its_heartbeat(redis: Redis, tmp_path: Path) -> None:
    """Each pass makes it healthy for as long as the heartbeat in Redis lasts."""
    file = tmp_path / "heartbeat"
    Sweeper(redis, window_queue(redis), Settings(sweep_interval=2, heartbeat_file=file)).sweep()
    assert is_healthy("drift-sweep", file)
    wait_for("the end of health", lambda: not is_healthy("drift-sweep", file), timeout=120)


def test_a_heartbeat_that_cant_be_written_stops_nothing(redis: Redis, tmp_path: Path) -> None:
    """The worker goes on, and its container is unhealthy."""
    keeper = LeaseKeeper(redis, "one", ttl=20, beat_file=tmp_path / "missing" / "heartbeat")
    with keeper.beating():
        wait_for("a beat", lambda: redis.exists(heartbeat_key("one")))
