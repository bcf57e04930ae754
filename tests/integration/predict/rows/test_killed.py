"""A batch that a kill cuts off is completed by its repeat: each row is in the stream once."""

import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from redis import Redis

from contract.keys import Partition
from contract.partition import ledger
from tests.support.http.batches import customers, ids_of, post_rows
from tests.support.http.load import Logged
from tests.support.processes.predict import EMBEDDED, is_ready, serving
from tests.support.waiting import wait_for

ROWS = 1000
KEY = "order 66"


@pytest.mark.parametrize("logged_before", [1, ROWS // 2])
def test_a_batch_that_a_kill_cut_off_is_completed_by_its_repeat(
    redis: Redis, redis_url: str, partition: Partition, tmp_path: Path, logged_before: int
) -> None:
    """The process dies while the rows go to the stream; the next one answers the same request."""
    rows, logged = customers(ROWS), Logged(redis, partition)

    def ask(url: str) -> None:
        with httpx.Client(base_url=url, timeout=20) as client, suppress(httpx.TransportError):
            post_rows(client, rows, KEY)

    with serving(tmp_path, redis_url, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        asking = threading.Thread(target=ask, args=[running.url])
        asking.start()
        wait_for("rows to be logged", lambda: redis.xlen(partition.stream) >= logged_before, interval=0.0005)
        running.process.kill()
        running.process.wait()
        cut = redis.xlen(partition.stream)
        asking.join()
    with (
        serving(tmp_path, redis_url, **EMBEDDED) as again,
        httpx.Client(base_url=again.url, timeout=20) as client,
    ):
        wait_for("predict to be ready", lambda: is_ready(again.url))
        predicted = [ids_of(post_rows(client, rows, KEY)) for _ in range(2)]
        wait_for("the ledger to be told", lambda: ledger(redis, partition).differences == [])
    assert cut < ROWS
    assert predicted[0] == predicted[1]
    assert sorted(logged.ids) == sorted(predicted[0])
