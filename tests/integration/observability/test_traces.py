"""One request, followed from its HTTP span to the evaluation of its window."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from redis import Redis

from bundle import open_bundle
from predict.request.openapi import request_example
from tests.support.feast.odd import odd_server
from tests.support.observability.otlp_receiver import Received, otlp_receiver
from tests.support.paths import ROOT
from tests.support.processes.forked import Forked
from tests.support.processes.predict import is_ready, serving
from tests.support.waiting import wait_for

WINDOW_ROWS = 20
TRACED = 7
TRACE = "0af7651916cd43dd8448eb211c80319c"


@contextmanager
def worker(redis_url: str, reports: Path, receiver: Received) -> Iterator[None]:
    """A worker that sends its spans to the receiver."""
    environment = {
        **os.environ,
        "REDIS_URL": redis_url,
        "BUNDLE": str(ROOT / "bundles" / "churn"),
        "REPORTS_DIR": str(reports),
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
        "OTEL_METRICS_EXPORTER": "none",
    }
    reports.mkdir()
    process = Forked(["run"], environment, reports / "worker.log")
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def named(receiver: Received, prefix: str, trace: str | None = None) -> list[Span]:
    """The received spans whose name begins so, of one trace or of any."""
    return [
        span
        for span in receiver.spans
        if span.name.startswith(prefix) and (trace is None or span.trace_id.hex() == trace)
    ]


@pytest.mark.parametrize("instrumentation", ["contrib", "native"])
def test_a_request_leads_to_the_evaluation_that_links_to_it(
    redis: Redis, redis_url: str, tmp_path: Path, instrumentation: str
) -> None:
    """HTTP span, look-up's span, append span, record, and the evaluation's span with its stages."""
    assert redis.dbsize() == 0
    asked = request_example(open_bundle(ROOT / "bundles" / "churn").schema)
    with (
        otlp_receiver() as receiver,
        odd_server() as features,
        worker(redis_url, tmp_path / "reports", receiver),
    ):
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "OTEL_METRICS_EXPORTER": "none",
            "WINDOW_ROWS": str(WINDOW_ROWS),
            "HTTP_INSTRUMENTATION": instrumentation,
            "APPEND_TIMEOUT": "5",
            "FEATURES_URL": features.url,
            "FEATURES_TIMEOUT": "30",
        }
        with serving(tmp_path, redis_url, **variables) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            traced = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
            for number in range(WINDOW_ROWS):
                headers = (
                    traced if number == 7 else {"traceparent": f"00-{number + 1:032x}-b7ad6b7169203331-00"}
                )
                row = {"user_id": "u"} if number == 7 else asked
                answer = httpx.post(f"{running.url}/predict", json=row, headers=headers, timeout=30)
                assert answer.is_success
        (request,) = wait_for("the request's span", lambda: named(receiver, "POST /predict", TRACE))
        (send,) = named(receiver, "send ", TRACE)
        assert send.parent_span_id == request.span_id
        assert send.kind == Span.SPAN_KIND_PRODUCER
        (look_up,) = named(receiver, "look up features")
        assert (look_up.parent_span_id, look_up.kind) == (request.span_id, Span.SPAN_KIND_CLIENT)
        (evaluation,) = wait_for("the evaluation's span", lambda: named(receiver, "process "), timeout=90)
    assert evaluation.kind == Span.SPAN_KIND_CONSUMER
    assert evaluation.parent_span_id == b""
    assert (send.trace_id, send.span_id) in [(link.trace_id, link.span_id) for link in evaluation.links]
    stages = [span.name for span in receiver.spans if span.parent_span_id == evaluation.span_id]
    assert stages == ["read", "detect", "report", "commit"]
