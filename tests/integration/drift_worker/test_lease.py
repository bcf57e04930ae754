"""A window has one worker at a time, and a dead worker's window becomes free."""

from redis import Redis

from contract.keys import heartbeat_key
from drift_worker.evaluate.lease import LeaseKeeper
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
