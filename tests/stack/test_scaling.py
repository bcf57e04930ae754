"""More workers, more processes and more replicas, without a change of anything else."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bundle import open_bundle
from dataset import read_dataset
from tests.support.stack.project import WINDOW_ROWS, Stack
from tests.support.stack.traffic import send
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)

WORKERS = 3
REPLICAS = 2
EXPORT_AND_SCRAPE = 11.0
"""Seconds: metrics are exported every 5 s, and scraped every 5 s."""

REQUESTS = "api_requests_total{route='/predict', status='200'}"
COMMITTED = "drift_jobs_total{outcome='committed'}"
DURATIONS = "drift_job_duration_seconds_count{stage='commit'}"
DECISIONS = "drift_decisions_total"
WINDOWS = 10


@pytest.fixture(scope="module")
def scaled(stack: Stack) -> Iterator[Stack]:
    """The stack with three workers and two replicas of predict."""
    stack.up("--scale", f"drift-worker={WORKERS}", "--scale", f"predict={REPLICAS}")
    yield stack
    stack.up()


def by_instance(stack: Stack, series: str) -> dict[str, float]:
    """The counter of each process that lives."""
    return {
        labels["instance"]: value for labels, value in stack.prometheus.query(f"sum by (instance) ({series})")
    }


def at_rest(stack: Stack, *series: str) -> list[dict[str, float]]:
    """The same, once none of them has changed for longer than an export and a scrape take."""
    seen, since = [by_instance(stack, each) for each in series], time.monotonic()

    def unchanged() -> bool:
        nonlocal seen, since
        now = [by_instance(stack, each) for each in series]
        if now != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > EXPORT_AND_SCRAPE

    wait_for(f"{', '.join(series)} to rest", unchanged, timeout=90, interval=1)
    return seen


def counting_since(stack: Stack, series: str, before: dict[str, float]) -> dict[str, float]:
    """What each process has counted since then, of those that counted anything."""
    now = by_instance(stack, series)
    return {name: value - before.get(name, 0) for name, value in now.items() if value > before.get(name, 0)}


@pytest.mark.parametrize("workers", [WORKERS, 1])
def test_each_window_is_evaluated_and_counted_once(scaled: Stack, month: Path, workers: int) -> None:
    """10 windows are 10 evaluations, events, decisions, jobs and job durations, with any workers."""
    scaled.up("--scale", f"drift-worker={workers}", "--scale", f"predict={REPLICAS}")
    scaled.settle()
    jobs, durations, decided = at_rest(scaled, COMMITTED, DURATIONS, DECISIONS)
    known = set(scaled.evaluations())
    for windows in (WINDOWS // 2, WINDOWS - WINDOWS // 2):
        send(scaled.predict_url, month, windows * WINDOW_ROWS, concurrency=16)
    scaled.wait_until_evaluated()
    new = set(scaled.evaluations()) - known
    assert len(new) == WINDOWS
    every = (dict(zip(fields[::2], fields[1::2], strict=True)) for _, fields in decisions(scaled))
    events = Counter(each["window_id"] for each in every if "window_id" in each)  # others are of labels
    assert {window: events[window] for window in new} == dict.fromkeys(new, 1)
    for series, before in ((COMMITTED, jobs), (DURATIONS, durations), (DECISIONS, decided)):
        wait_for(
            f"{series} to be counted",
            lambda series=series, before=before: (  # type: ignore[misc]
                sum(counting_since(scaled, series, before).values()) == WINDOWS
            ),
            timeout=60,
            interval=1,
        )
    assert (len(counting_since(scaled, COMMITTED, jobs)) > 1) == (workers > 1)


def test_every_request_is_counted_once_over_all_processes(scaled: Stack, month: Path) -> None:
    """1,000 requests by two clients to two replicas of two processes are 1,000 in Prometheus."""
    (before,) = at_rest(scaled, REQUESTS)
    urls = {scaled.url("predict", 8000, replica + 1) for replica in range(REPLICAS)}
    assert len(urls) == REPLICAS
    with ThreadPoolExecutor() as clients:
        list(clients.map(lambda url: send(url, month, 500, concurrency=4), urls))
    wait_for(
        "the requests to be counted",
        lambda: sum(counting_since(scaled, REQUESTS, before).values()) == 1000,
        timeout=60,
        interval=1,
    )
    assert len(counting_since(scaled, REQUESTS, before)) >= REPLICAS


def test_a_month_is_sent_by_one_command(
    scaled: Stack, month: Path, bundle_path: Path, tmp_path: Path
) -> None:
    """`make load` prints the counts and the decisions, and leaves every container and replica as it is."""
    rows = read_dataset(month, open_bundle(bundle_path).schema).frame.head(WINDOW_ROWS)
    rows.to_csv(tmp_path / "short.csv", index=False)
    tmp_path.chmod(0o755)
    before = {each["Id"] for each in scaled.inspect()}
    said = scaled.run("make", "load", DATA_DIR=str(tmp_path), LOAD_MONTH="short.csv")
    assert f"answered  {WINDOW_ROWS}" in said
    assert "NO_ACTION" in said
    assert {each["Id"] for each in scaled.inspect()} == before


def decisions(stack: Stack) -> list[tuple[str, list[str]]]:
    """The entries of the stream of decisions."""
    return [
        (stream_id, fields)
        for stream_id, fields in stack.redis("XRANGE", stack.partition.decisions, "-", "+")
    ]
