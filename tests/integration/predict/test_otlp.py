"""Metrics and traces that go out by OTLP, to a receiver that keeps them."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from demo.machine.ports import HOST, free_port
from tests.support.http.load import Logged, send
from tests.support.observability.otlp_receiver import Received, attributes, otlp_receiver
from tests.support.processes.predict import Running, is_ready, serving
from tests.support.waiting import wait_for

SENT = 5


@pytest.fixture
def received() -> Iterator[Received]:
    """A receiver for one test."""
    with otlp_receiver() as received:
        yield received


def outgoing(received: Received, **variables: str) -> dict[str, str]:
    """The variables of a service that sends to that receiver, soon."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": received.url,
        "OTEL_METRIC_EXPORT_INTERVAL": "200",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "APPEND_TIMEOUT": "5",
        **variables,
    }


def request_spans(received: Received) -> list[Span]:
    """The spans of requests to predict."""
    return [span for span in received.spans if span.name == "POST /predict"]


@pytest.mark.parametrize("way", ["contrib", "native"])
def test_a_traced_request_leads_to_its_record(
    way: str, received: Received, logged: Logged, tmp_path: Path, asked: Any
) -> None:
    """Request span, append span below it, and the append span's ids in the record."""
    variables = outgoing(received, OTEL_TRACES_SAMPLER="always_on", HTTP_INSTRUMENTATION=way)
    with serving(tmp_path, logged.url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        assert send(running.url, asked, SENT).statuses == {200: SENT}
    requests = {span.span_id: span for span in request_spans(received)}
    appends = [span for span in received.spans if span.name == f"send {logged.partition.stream}"]
    assert len(requests) == len(appends) == SENT
    for span in appends:
        assert span.kind == Span.SPAN_KIND_PRODUCER
        assert requests[span.parent_span_id].trace_id == span.trace_id
        assert attributes(list(span.attributes))["messaging.system"] == "redis"
    ids = [traceparent.split("-")[1:3] for traceparent in logged.traceparents]
    assert sorted(ids) == sorted([span.trace_id.hex(), span.span_id.hex()] for span in appends)
    assert not [span for span in received.spans if "/ready" in span.name or "/health" in span.name]


@pytest.mark.parametrize("way", ["contrib", "native"])
def test_a_clients_trace_is_continued(
    way: str, received: Received, logged: Logged, tmp_path: Path, asked: Any
) -> None:
    """Its decision holds: sampled where it was sampled, and where it wasn't there is no span."""
    variables = outgoing(received, OTEL_TRACES_SAMPLER_ARG="0.5", HTTP_INSTRUMENTATION=way)
    kept, left = "0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319c"
    with serving(tmp_path, logged.url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        for trace, flag in ((kept, "01"), (left, "00")) * SENT:
            headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-{flag}"}
            httpx.post(f"{running.url}/predict", json=asked, headers=headers).raise_for_status()
    assert {span.trace_id.hex() for span in request_spans(received)} == {kept}
    assert len(request_spans(received)) == SENT
    for traceparent in logged.traceparents:
        _, trace, _, flag = traceparent.split("-")
        assert (trace, flag) in {(kept, "01"), (left, "00")}


def test_without_traces_records_have_no_traceparent(
    received: Received, redis_url: str, logged: Logged, tmp_path: Path, asked: Any
) -> None:
    """Nothing is made up."""
    with serving(tmp_path, redis_url, **outgoing(received, OTEL_TRACES_EXPORTER="none")) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        send(running.url, asked, SENT)
    assert logged.traceparents == [""] * SENT
    assert not received.spans


def total(received: Received, name: str) -> float:
    """The sum of a counter's points in its last export."""
    metric = received.latest(name)
    return sum(point.as_int for point in metric.sum.data_points) if metric else 0


def test_metrics_go_out_and_the_page_is_empty(
    received: Received, redis_url: str, tmp_path: Path, asked: Any
) -> None:
    """The page answers all the same, for Prometheus's `up`; what is left goes out at the end."""
    with serving(tmp_path, redis_url, **outgoing(received)) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        page = httpx.get(f"{running.url}/metrics")
        assert (page.status_code, page.content) == (200, b"")
        assert page.headers["Content-Type"].startswith("text/plain")
        wait_for("an export", lambda: received.latest("predictions"))
        send(running.url, asked, SENT)
    assert total(received, "predictions") == SENT
    resource = attributes(list(received.resources[0].resource.attributes))
    assert resource["service.name"] == "predict"
    assert resource["service.instance.id"]
    assert "service.namespace" not in resource


@pytest.mark.parametrize("way", ["contrib", "native"])
def test_latency_has_exemplars(
    way: str, received: Received, redis_url: str, tmp_path: Path, asked: Any
) -> None:
    """From a slow bucket one gets to a trace."""
    variables = outgoing(received, OTEL_TRACES_SAMPLER="always_on", HTTP_INSTRUMENTATION=way)
    with serving(tmp_path, redis_url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        send(running.url, asked, SENT)
        wait_for("every span", lambda: len(request_spans(received)) == SENT)
    traces = {span.trace_id for span in request_spans(received)}
    latencies = [
        metric
        for resource in received.resources
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == "api.request.latency"
    ]
    exemplars = [e for metric in latencies for point in metric.histogram.data_points for e in point.exemplars]
    assert traces & {exemplar.trace_id for exemplar in exemplars}


def instances(received: Received) -> set[str]:
    """The processes that have sent metrics."""
    found = [attributes(list(resource.resource.attributes)) for resource in received.resources]
    return {resource["service.instance.id"] for resource in found}


def ready_workers(running: Running, received: Received) -> bool:
    """Whether two workers have sent metrics and predictions are answered."""
    return is_ready(running.url) and len(instances(received)) == 2


def test_each_worker_is_an_instance_of_its_own(
    received: Received, redis_url: str, tmp_path: Path, asked: Any
) -> None:
    """So that the last one to write doesn't win; their sum is everything."""
    with serving(tmp_path, redis_url, **outgoing(received, PREDICT_WORKERS="2")) as running:
        wait_for("two instances", lambda: ready_workers(running, received), timeout=60)
        assert send(running.url, asked, 100, at_once=20).statuses == {200: 100}
        running.process.terminate()
        running.process.wait(20)
    assert len(instances(received)) == 2
    by_instance: dict[str, float] = {}
    for resource in received.resources:
        instance = attributes(list(resource.resource.attributes))["service.instance.id"]
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if metric.name == "predictions":
                    by_instance[instance] = sum(point.as_int for point in metric.sum.data_points)
    assert sum(by_instance.values()) == 100


@pytest.mark.parametrize("way", ["contrib", "native"])
def test_a_clients_headers_are_never_in_the_log(
    way: str, received: Received, logged: Logged, tmp_path: Path, asked: Any
) -> None:
    """The SDK warns of what is malformed in them, and quotes it."""
    headers = {
        "baggage": "customer=joe;;;=,,joe was here,=joe," + "joe" * 3_000,
        "tracestate": "joe=joe=joe,JOE=joe," + ",".join(f"joe{number}=joe" for number in range(40)),
        "traceparent": "00-joe-joe-01",
    }
    with serving(tmp_path, logged.url, **outgoing(received, HTTP_INSTRUMENTATION=way)) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        for extra in ({}, {"traceparent": f"00-{1:032x}-{2:016x}-01"}):
            answer = httpx.post(f"{running.url}/predict", json=asked, headers={**headers, **extra})
            assert answer.status_code == 200
    assert "joe" not in running.log.read_text().lower()


def test_a_dead_collector_slows_no_request(
    received: Received, logged: Logged, tmp_path: Path, asked: Any
) -> None:
    """The slowest of a hundred requests takes as long with it as without, but for the machine's noise."""
    ways = {"alive": received.url, "dead": f"http://{HOST}:{free_port()}"}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    with ExitStack() as services:
        running = {}
        for way, url in ways.items():
            (tmp_path / way).mkdir()
            variables = {**outgoing(received), "OTEL_EXPORTER_OTLP_ENDPOINT": url}
            running[way] = services.enter_context(serving(tmp_path / way, logged.url, **variables))
        for way in [*ways] * 3:
            wait_for("predict to be ready", lambda way=way: is_ready(running[way].url))  # type: ignore[misc]
            outcomes = send(running[way].url, asked, 200, at_once=2)
            assert outcomes.statuses == {200: 200}
            seconds[way].append(outcomes.percentile(0.99))
    assert min(seconds["dead"]) < 2 * min(seconds["alive"]) + 0.02
