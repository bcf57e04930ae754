"""What Prometheus holds, against what Redis holds."""

from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.observability.dashboards import OF_THE_MOMENT, OF_WHAT_IS_WRONG, panel_queries
from tests.support.stack.project import WINDOW_ROWS, Stack
from tests.support.stack.traffic import send, send_labels
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)

UNKNOWN = "019a0000-0000-7000-8000-000000000000"
"""The id of a prediction that nobody made."""


def test_prometheus_tells_what_redis_holds(stack: Stack, month: Path) -> None:
    """Windows, decisions and the ledger are the same in both."""
    send(stack.predict_url, month, WINDOW_ROWS, concurrency=8)
    stack.settle()
    ledger = {state: count for state, count in stack.ledger().items() if type(count) is int}
    evaluations = stack.evaluations().values()
    version = f"model_version='{stack.partition.version}'"
    expected = {
        f"feature_log_ledger_records{{state='{state}', {version}}}": count for state, count in ledger.items()
    }
    expected[f"sum(drift_windows_total{{{version}}})"] = len(evaluations)
    for action in {evaluation.decision for evaluation in evaluations}:
        decided = [evaluation for evaluation in evaluations if evaluation.decision == action]
        expected[f"drift_decisions_total{{action='{action}', {version}}}"] = len(decided)
    wait_for(
        "Prometheus to agree with Redis",
        lambda: {query: stack.prometheus.value(query) for query in expected} == expected,
        timeout=60,
        interval=1,
    )


def test_every_panel_has_data(stack: Stack, month: Path) -> None:
    """With traffic, labels, two windows and a half one, every query of every dashboard returns something.

    But for what happens at moments, or goes wrong: the month has none of it, and nor has the stack.
    """
    send(stack.predict_url, month, 5 * WINDOW_ROWS // 2, concurrency=8)
    send_labels(stack.predict_url, month)
    _label(stack, HTTPStatus.ACCEPTED, prediction_id=UNKNOWN, label=True)
    stack.wait_until_evaluated()
    for query in panel_queries():
        if query.title in OF_THE_MOMENT or OF_WHAT_IS_WRONG.search(query.expr):
            continue
        data = partial(_data, stack, month, query.expr)
        wait_for(f"data of {query}: {query.expr}", data, timeout=30, interval=1)


def _data(stack: Stack, month: Path, expr: str) -> Any:
    """What a query returns while requests are answered, and others and labels are being refused."""
    send(stack.predict_url, month, 5, concurrency=1)
    answer = httpx.post(f"{stack.predict_url}/predict", json={}, timeout=10)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    _label(stack, HTTPStatus.UNPROCESSABLE_ENTITY, prediction_id="no id", label=True)
    return stack.prometheus.query(expr)


def _label(stack: Stack, status: HTTPStatus, **label: Any) -> None:
    answer = httpx.post(f"{stack.predict_url}/labels", json={"labels": [label]}, timeout=10)
    assert answer.status_code == status, answer.text
