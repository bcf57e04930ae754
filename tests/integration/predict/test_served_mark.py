"""predict tells Redis which model version it serves, and no request waits for that."""

import time
from pathlib import Path
from typing import Any

from redis import Redis

from contract.keys import Partition
from contract.partition import ledger
from contract.versions.use import read_use
from tests.support.http.load import send
from tests.support.processes.predict import EMBEDDED, serving
from tests.support.processes.redis import own_redis
from tests.support.waiting import wait_for


def test_a_version_is_marked_as_soon_as_redis_is_there(
    tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """Within seconds: a mark that failed doesn't wait for its next turn. It was served before, and answers
    do not depend on it.
    """
    with (
        own_redis(tmp_path) as server,
        serving(tmp_path, server.url, **EMBEDDED) as running,
        Redis.from_url(server.url) as redis,
    ):
        served_from = time.time()
        assert send(running.url, asked, 3).statuses == {200: 3}
        server.start()
        wait_for("the mark", lambda: read_use(redis, partition).is_served, timeout=5)
        mark = read_use(redis, partition).served
        assert mark
        assert mark.since / 1e3 <= served_from + 0.1
        wait_for("the records", lambda: ledger(redis, partition).appended == 3)
        assert [line["message"] for line in running.lines() if "mark" in line["message"]] == []


def test_a_user_who_may_not_mark_is_told_once(
    tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """Its rights are those of a version before; predictions are answered and logged all the same."""
    with own_redis(tmp_path) as server:
        server.start()
        with Redis.from_url(server.url) as redis:
            keys = [f"driftline:{{*}}:{name}" for name in ("stream", "open", "pending", "ledger", "writer:*")]
            redis.acl_setuser(
                "before",
                enabled=True,
                passwords=["+word"],
                commands=["+@all"],
                keys=["driftline:partitions", "rq:*", *keys],
            )
            url = server.url.replace("redis://", "redis://before:word@")
            with serving(tmp_path, url, **EMBEDDED) as running:
                assert send(running.url, asked, 3).statuses == {200: 3}
                wait_for("the records", lambda: ledger(redis, partition).appended == 3)
                told = wait_for(
                    "the log to say it",
                    lambda: [
                        line["message"] for line in running.lines() if "say that it serves" in line["message"]
                    ],
                )
                assert len(told) == 1
                assert str(partition) in told[0]
                assert read_use(redis, partition).is_served is None
