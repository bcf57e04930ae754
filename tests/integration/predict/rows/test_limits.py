"""Rows that find no room, no Redis, no place on the disk, or no answer."""

import sys
from pathlib import Path

import httpx
import pytest
from onnx import helper
from redis import Redis

from bundle import open_bundle, write_bundle
from contract.keys import Partition
from contract.partition import ledger
from contract.schema import Schema
from tests.support.data.models import floats, model, parts
from tests.support.http.batches import customers, ids_of, post_rows
from tests.support.http.load import Logged, send
from tests.support.processes.predict import EMBEDDED, is_ready, serving
from tests.support.processes.redis import own_redis
from tests.support.waiting import wait_for

NARROW = """
import runpy
import feature_log.queue.room as room

room.MAX_HELD = 10
runpy.run_module("predict", run_name="__main__")
"""
"""Runs a service whose queue has room for 10 rows together."""

SPOOLED = "feature_log_spool_records"


def test_rows_that_find_no_room_are_refused_as_a_whole(
    redis: Redis, redis_url: str, partition: Partition, tmp_path: Path
) -> None:
    """After APPEND_TIMEOUT: 503, to be tried again; none is logged or counted, and single requests go on."""
    with serving(tmp_path, redis_url, through=[sys.executable, "-c", NARROW], **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        with httpx.Client(base_url=running.url, timeout=20) as client:
            for key in (None, "k"):
                answer = post_rows(client, customers(11), key)
                assert (answer.status_code, answer.json()["reason"]) == (503, "overloaded")
                assert int(answer.headers["Retry-After"]) > 0
            assert running.value("predictions_total") == 0
            assert len(ids_of(post_rows(client, customers(10), "k"))) == 10
        assert send(running.url, customers(1)[0], 5).statuses == {200: 5}
    account = ledger(redis, partition)
    assert (account.accepted, account.appended, account.dropped) == (15, 15, 0)


def test_each_row_is_sampled_by_its_own_id(
    redis: Redis, redis_url: str, logged: Logged, tmp_path: Path
) -> None:
    """The others are counted; under a key they are remembered all the same."""
    with serving(tmp_path, redis_url, LOG_SAMPLE_RATE="0.3", **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        with httpx.Client(base_url=running.url, timeout=20) as client:
            ids = ids_of(post_rows(client, customers(200)))
            keyed = [ids_of(post_rows(client, customers(200), "k")) for _ in range(2)]
    assert keyed[0] == keyed[1]
    sampled = [each for each in ids + keyed[0] if int(each[-8:], 16) < 0.3 * 16**8]
    assert logged.ids == sampled
    account = ledger(redis, logged.partition)
    assert (account.accepted, account.appended, account.repeated) == (600, len(sampled), 200)
    assert account.unsampled == 400 - len(sampled)
    assert account.differences == []


def test_rows_wait_in_the_spool_while_redis_is_away(tmp_path: Path, partition: Partition) -> None:
    """Then they come to the stream in their order, once, also those that were asked again under a key."""
    with own_redis(tmp_path) as server, serving(tmp_path, server.url, **EMBEDDED) as running:
        with httpx.Client(base_url=running.url, timeout=20) as client:
            first = ids_of(post_rows(client, customers(600)))
            keyed = [ids_of(post_rows(client, customers(300), "k")) for _ in range(2)]
            assert running.value(SPOOLED) == 1200
            server.start()
            wait_for("the spool to be drained", lambda: not running.value(SPOOLED))
            wait_for("Redis to be back", lambda: not httpx.get(f"{running.url}/ready").json()["limitations"])
            assert ids_of(post_rows(client, customers(300), "k")) == keyed[0]
        with Redis.from_url(server.url) as redis:
            assert Logged(redis, partition).ids == first + keyed[0]
            account = ledger(redis, partition)
            assert (account.accepted, account.appended, account.repeated) == (1500, 900, 600)
            assert account.differences == []


def test_a_full_spool_drops_rows_and_counts_them(tmp_path: Path, partition: Partition) -> None:
    """The answer is given all the same."""
    with own_redis(tmp_path) as server:
        variables = {**EMBEDDED, "SPOOL_MAX_BYTES": "200000"}
        with serving(tmp_path, server.url, **variables) as running, Redis.from_url(server.url) as redis:
            with httpx.Client(base_url=running.url, timeout=20) as client:
                ids = ids_of(post_rows(client, customers(1000)))
            dropped = running.value("feature_log_records_total", outcome="dropped")
            assert 0 < dropped < 1000
            server.start()
            wait_for("the ledger to know", lambda: ledger(redis, partition).dropped == dropped)
            kept = Logged(redis, partition).ids
            assert kept == [each for each in ids if each in set(kept)]
            account = ledger(redis, partition)
            assert (account.accepted, account.appended) == (1000, 1000 - dropped)
            assert account.differences == []


@pytest.fixture
def squares_bundle(tmp_path: Path) -> Path:
    """A model of the difference of two squares, which for huge values is infinite minus infinite."""
    features = [{"name": name, "kind": "numerical"} for name in ("a", "b")]
    label = {"name": "y", "positive": 1}
    schema = Schema.model_validate({"entity": "id", "label": label, "features": features})
    nodes = [
        helper.make_node("Mul", ["a", "a"], ["aa"]),
        helper.make_node("Mul", ["b", "b"], ["bb"]),
        helper.make_node("Sub", ["aa", "bb"], ["difference"]),
        helper.make_node("Sigmoid", ["difference"], ["probability"]),
    ]
    onnx = model(nodes, [floats("a", None, 1), floats("b", None, 1)], [floats("probability", None, 1)])
    made = parts(name="squares", model=onnx, reference=b"", schema=schema, classes=(0, 1))
    return write_bundle(tmp_path / "squares", made).path


def test_a_row_without_a_score_is_named(
    squares_bundle: Path, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    """And refuses the others with it, wherever it stands."""
    rows = [{"features": {"a": 0.5, "b": 0.25}} for _ in range(200)]
    rows[130] = {"features": {"a": 1e38, "b": 1e38}}
    with serving(tmp_path, redis_url, BUNDLE=str(squares_bundle), **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        before = running.rejections(field="").get("no_score", 0)
        with httpx.Client(base_url=running.url, timeout=20) as client:
            answer = post_rows(client, rows)
            problem = answer.json()
            assert (answer.status_code, problem["reason"]) == (422, "no_score"), problem
            assert problem["detail"].startswith("rows[130]: the model has no answer")
            assert [error["field"] for error in problem["errors"]] == ["rows[130]"]
            assert running.rejections(field="")["no_score"] == before + 1
            assert running.value("predictions_total") == 0
            assert len(ids_of(post_rows(client, rows[:130]))) == 130
    version = open_bundle(squares_bundle).version
    assert redis.xlen(Partition("squares", version).stream) == 130
