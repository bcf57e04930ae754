"""Stopping, upgrading and starting again."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.support.stack.pages import page
from tests.support.stack.project import WINDOW_ROWS, Stack
from tests.support.stack.traffic import assert_accounted_for, send, traffic
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)


def test_down_and_up_lose_nothing(stack: Stack, month: Path) -> None:
    """Stream, open window, evaluations, reports and Prometheus' series are there again."""
    send(stack.predict_url, month, WINDOW_ROWS + 20, concurrency=8)
    stack.wait_until_evaluated()
    evaluations, ledger = stack.evaluations(), stack.ledger()
    appended = f"sum(feature_log_ledger_records{{state='appended'}} @ {time.time():.0f})"
    wait_for("the ledger's metric", lambda: stack.prometheus.value(appended), interval=1)
    seen = stack.prometheus.value(appended)
    stack.compose("down", "--timeout", "60")
    stack.up()
    assert stack.evaluations() == evaluations
    assert stack.ledger() == ledger
    assert stack.prometheus.value(appended) == seen
    report = page(f"{stack.url('evidently-ui', 8001)}/reports/{list(evaluations)[-1]}/")
    assert "<html" in report.lower()
    send(stack.predict_url, month, 20)
    assert stack.ledger()["appended"] == ledger["appended"] + 20


def test_an_upgrade_under_traffic_loses_no_record(stack: Stack, month: Path, tmp_path: Path) -> None:
    """predict, worker and sweep are made anew while requests come in; every answered one is accounted for."""
    before = stack.ledger()["accepted"]
    with traffic(stack.predict_url, month, tmp_path) as under_way:
        for service in ("predict", "drift-worker", "drift-sweep"):
            stack.compose("up", "--wait", "--no-deps", "--force-recreate", service)
    assert set(under_way.result["refused"]) <= {"503"}
    assert_accounted_for(stack, under_way.answered())
    assert stack.ledger()["accepted"] - before == len(under_way.answered()), "answers that no one got"


def test_requests_under_way_are_answered_before_predict_ends(stack: Stack, month: Path) -> None:
    """Told to end while requests wait for their commit, predict commits and answers each of them."""
    stack.settle()
    before = stack.ledger()["appended"]
    replica = stack.compose(
        "run", "--detach", "--env", "APPEND_TIMEOUT=20", "--publish", "127.0.0.1::8000", "predict"
    ).strip()
    try:
        address = stack.docker("port", replica, "8000").strip()
        wait_for("the replica to be ready", lambda: _is_ready(address), timeout=60, interval=0.5)
        body = _example(address)
        with ThreadPoolExecutor(20) as clients:
            with stack.paused("redis"):
                answers = [clients.submit(_predict, address, body) for _ in range(20)]
                wait_for("the requests to be under way", lambda: _in_flight(stack, replica) >= 20)
                stack.docker("kill", "--signal", "SIGTERM", replica)
            assert [answer.result() for answer in answers] == [200] * 20
        assert stack.docker("wait", replica).strip() == "0"
    finally:
        stack.docker("rm", "--force", replica)
    assert stack.ledger()["appended"] == before + 20


def test_a_worker_told_to_end_leaves_no_window_behind(stack: Stack, month: Path) -> None:
    """Stopped with windows waiting, the worker ends cleanly; started again, it evaluates what is left."""
    stack.settle()
    known = set(stack.evaluations())
    send(stack.predict_url, month, 4 * WINDOW_ROWS, concurrency=16)
    stack.compose("stop", "drift-worker")
    [worker] = stack.inspect("drift-worker")
    assert worker["State"]["ExitCode"] == 0
    stack.up()
    stack.wait_until_evaluated()
    assert len(set(stack.evaluations()) - known) == 4
    assert stack.ledger()["balanced"]


def _is_ready(address: str) -> bool:
    try:
        return "ready" in page(f"http://{address}/ready")
    except OSError:
        return False


def _example(address: str) -> bytes:
    """The body of a request as predict's own API page shows it."""
    document = json.loads(page(f"http://{address}/openapi.json"))
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    return json.dumps(content.get("example") or content["examples"]["features"]["value"]).encode()


def _predict(address: str, body: bytes) -> int:
    request = Request(f"http://{address}/predict", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
        return int(answer.status)


def _in_flight(stack: Stack, replica: str) -> int:
    """Established connections to the service's port, inside its container."""
    sockets = [
        line.split() for line in stack.docker("exec", replica, "cat", "/proc/net/tcp").splitlines()[1:]
    ]
    return sum(local.endswith(":1F40") and state == "01" for _, local, _, state, *_ in sockets)
