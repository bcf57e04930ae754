"""What Prometheus holds, against what Redis holds."""

from functools import partial
from pathlib import Path

import pytest

from tests.support.observability.dashboards import panel_queries
from tests.support.stack.project import WINDOW_ROWS, Stack
from tests.support.stack.traffic import send
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)


def test_prometheus_tells_what_redis_holds(stack: Stack, month: Path) -> None:
    """Windows, decisions and the ledger are the same in both."""
    send(stack.predict_url, month, WINDOW_ROWS, concurrency=8)
    stack.settle()
    ledger = {state: count for state, count in stack.ledger().items() if type(count) is int}
    evaluations = stack.evaluations().values()
    expected = {f"feature_log_ledger_records{{state='{state}'}}": count for state, count in ledger.items()}
    expected["sum(drift_windows_total)"] = len(evaluations)
    for action in {evaluation.decision for evaluation in evaluations}:
        decided = [evaluation for evaluation in evaluations if evaluation.decision == action]
        expected[f"drift_decisions_total{{action='{action}'}}"] = len(decided)
    wait_for(
        "Prometheus to agree with Redis",
        lambda: {query: stack.prometheus.value(query) for query in expected} == expected,
        timeout=60,
        interval=1,
    )


def test_every_panel_has_data(stack: Stack, month: Path) -> None:
    """After real traffic and two windows, every query of every dashboard returns something.

    Only what shows breaks has nothing to show: the month has none.
    """
    send(stack.predict_url, month, 2 * WINDOW_ROWS, concurrency=8)
    stack.wait_until_evaluated()
    for query in panel_queries():
        if query.title == "What is broken":
            continue
        wait_for(
            f"data of {query}: {query.expr}",
            partial(stack.prometheus.query, query.expr),
            timeout=30,
            interval=1,
        )
