"""Metrics that are scraped from their processes, and metrics that go through the collector, are the same."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from redis import Redis

from bundle import open_bundle
from contract.keys import Partition
from demo.machine.ports import HOST, free_port
from predict.request.openapi import request_example
from tests.support.http.load import send
from tests.support.observability.prometheus_api import series_of
from tests.support.processes.collector import StartCollector
from tests.support.processes.predict import EMBEDDED, is_ready, serving
from tests.support.processes.worker import starting
from tests.support.waiting import wait_for

ROWS = 40
WINDOW = {"WINDOW_ROWS": str(ROWS), "WINDOW_MIN_ROWS": "10"}


@contextmanager
def evaluating(
    redis: Redis, bundle_path: Path, folder: Path, variables: Mapping[str, str], pages: Mapping[str, int]
) -> Iterator[str]:
    """predict, worker and sweep, once they have answered, refused and evaluated; gives predict's address."""
    bundle = open_bundle(bundle_path)
    evaluated = Partition(bundle.name, bundle.version).evaluated
    address = redis.get_connection_kwargs()
    redis_url = f"redis://{address['host']}:{address['port']}"
    folder.mkdir()
    with (
        starting(redis_url, bundle_path, folder) as start,
        serving(folder, redis_url, **WINDOW, **variables) as running,
    ):
        for command in ("sweep", "run"):
            port = str(pages.get(command, 0))
            start(command, OTEL_SDK_DISABLED="false", METRICS_PORT=port, **WINDOW, **variables)
        wait_for("predict to be ready", lambda: is_ready(running.url))
        before = redis.zcard(evaluated)
        assert send(running.url, request_example(bundle.schema), ROWS).statuses == {200: ROWS}
        httpx.post(f"{running.url}/predict")
        httpx.get(f"{running.url}/nowhere")
        wait_for("the evaluation", lambda: redis.zcard(evaluated) > before)
        yield running.url


def without(labels: Iterable[str], found: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same names with fewer labels."""
    return {name: each - set(labels) for name, each in found.items()}


def test_pages_and_collector_have_the_same_names_and_labels(
    redis: Redis, bundle_path: Path, tmp_path: Path, start_collector: StartCollector
) -> None:
    """Of all that predict, worker and sweep say; the collector adds job and instance."""
    pages = {"sweep": free_port(), "run": free_port()}
    with evaluating(redis, bundle_path, tmp_path / "scraped", EMBEDDED, pages) as predict:
        urls = [f"{predict}/metrics", *(f"http://{HOST}:{port}/metrics" for port in pages.values())]
        scraped = series_of("\n".join(httpx.get(url).text for url in urls))
    with start_collector() as collector:
        sent = {
            "OTEL_TRACES_EXPORTER": "none",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_METRIC_EXPORT_INTERVAL": "500",
        }
        with evaluating(redis, bundle_path, tmp_path / "sent", sent, {}):
            wait_for(
                "every name from the collector",
                lambda: scraped.keys() <= series_of(collector.page(collector.metrics)).keys(),
            )
            collected = series_of(collector.page(collector.metrics))
    del collected["target_info"], scraped["target_info"]
    assert {"drift_share_ratio", "drift_jobs_total", "api_requests_total"} <= scraped.keys()
    assert without(["job", "instance"], collected) == scraped
