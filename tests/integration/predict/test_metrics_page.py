"""Embedded mode: what the page of metrics holds, by either way of measuring HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.observability.metric_table import (
    IF_SET_UP,
    OTHER_TASKS,
    bucket_boundaries,
    declared,
    label_values,
)
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

SENT = 3
"""How often each request is sent."""


@pytest.fixture(scope="module", params=["contrib", "native"])
def used(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service that has been sent every kind of request, three times each."""
    variables = {**EMBEDDED, "HTTP_INSTRUMENTATION": request.param}
    with serving(tmp_path_factory.mktemp("predict"), redis_server.url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        with httpx.Client(base_url=running.url) as client:
            page = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
            example = page["content"]["application/json"]["example"]
            for _ in range(SENT):
                assert client.post("/predict", json=example).status_code == 200
                assert client.post("/predict", json={}).status_code == 422
                assert client.get("/predict").status_code == 405
                assert client.get("/nowhere").status_code == 404
                assert client.get("/model").status_code == 200
                assert client.get("/health").status_code == 200
        yield running


def labels_of(running: Running) -> dict[str, list[dict[str, str]]]:
    """The labels of every sample of the page, by its name, without those that every histogram has."""
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(httpx.get(f"{running.url}/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(dict(sample.labels))
    return found


def test_each_request_is_counted_once(used: Running) -> None:
    """By our own instruments, and by those of the conventions; probes only by ours."""
    samples = used.samples()
    for method, route, status in (
        ("POST", "/predict", 200),
        ("POST", "/predict", 422),
        ("GET", "/predict", 405),
        ("GET", "/model", 200),
    ):
        own = f'{{method="{method}",route="{route}",status="{status}"}}'
        assert samples[f"api_requests_total{own}"] == SENT
        assert samples[f"api_request_latency_seconds_count{own}"] == SENT
        conventional = (
            f'{{http_request_method="{method}",http_response_status_code="{status}",http_route="{route}",'
            'network_protocol_version="1.1",url_scheme="http"}'
        )
        assert samples[f"http_server_request_duration_seconds_count{conventional}"] == SENT
    assert samples['api_requests_total{method="GET",route="unmatched",status="404"}'] == SENT
    assert samples['api_requests_total{method="GET",route="/health",status="200"}'] >= SENT
    assert not [name for name in samples if name.startswith("http_server") and "/health" in name]
    assert not [name for name, value in samples.items() if "active_requests" in name and value]


def test_the_page_holds_what_is_declared_and_nothing_else(used: Running) -> None:
    """Every metric of the table that predict publishes, with its labels."""
    found = labels_of(used)
    expected = {
        name: labels - {"job", "instance"}
        for metric in declared().values()
        if "predict" in metric.by and metric.name not in OTHER_TASKS and not metric.name.startswith(IF_SET_UP)
        for name, labels in metric.series.items()
    }
    assert found.keys() - {"target_info"} == expected.keys()
    for name, labels in expected.items():
        optional = {"http_route", "error_type"} if name.startswith("http_server_request") else set()
        for sample in found[name]:
            assert labels - optional <= sample.keys() <= labels, name


def test_labels_have_only_the_values_that_are_declared(used: Running) -> None:
    """Where the table lists them."""
    found = labels_of(used)
    for (name, label), values in label_values().items():
        assert {sample[label] for sample in found.get(name, [])} <= values


def test_buckets_are_those_that_are_declared(used: Running) -> None:
    """Milliseconds are told apart."""
    found = labels_of(used)
    for name, bounds in bucket_boundaries().items():
        for sample in found.get(f"{name}_bucket", []):
            assert sample["le"] == "+Inf" or float(sample["le"]) in bounds
        shown = {sample["le"] for sample in found.get(f"{name}_bucket", [])}
        assert not shown or len(shown) == len(bounds) + 1


def test_both_ways_give_the_same_series(redis_server: RedisServer, tmp_path: Path, asked: Any) -> None:
    """Whoever changes from one to the other changes no dashboard."""
    series = []
    for way in ("contrib", "native"):
        variables = {**EMBEDDED, "HTTP_INSTRUMENTATION": way}
        folder = tmp_path / way
        folder.mkdir()
        with serving(folder, redis_server.url, **variables) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            httpx.post(f"{running.url}/predict", json=asked).raise_for_status()
            httpx.post(f"{running.url}/predict", json={})
            httpx.get(f"{running.url}/nowhere")
            series.append({name for name in running.samples() if not name.startswith("target_info")})
    assert series[0] == series[1]
