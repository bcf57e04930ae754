"""Log lines are JSON, and tell which trace they belong to."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from telemetry.exporters import span_exporters
from telemetry.logs import RepeatFilter, configure_logging
from telemetry.settings import TelemetrySettings


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where log lines go; the root logger is put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = []
    stream = io.StringIO()
    configure_logging("predict", "info", stream)
    yield stream
    root.handlers, root.level = before, level


def only_line(stream: io.StringIO) -> dict[str, Any]:
    """The one line that was written, decoded."""
    (line,) = stream.getvalue().splitlines()
    decoded: dict[str, Any] = json.loads(line)
    return decoded


def test_a_line_is_one_json_object(stream: io.StringIO) -> None:
    """Whatever the message holds, a line stays a line."""
    logging.getLogger("predict.x").warning("two\nlines and %d %s", 1, "é")
    line = only_line(stream)
    assert line["message"] == "two\nlines and 1 é"
    assert (line["level"], line["logger"], line["service"]) == ("warning", "predict.x", "predict")


def test_a_line_within_a_span_has_its_ids(stream: io.StringIO) -> None:
    """From a log line one gets to the trace."""
    with TracerProvider(shutdown_on_exit=False).get_tracer("t").start_as_current_span("s") as span:
        logging.getLogger().info("x")
    context = span.get_span_context()
    line = only_line(stream)
    assert (line["trace_id"], line["span_id"]) == (f"{context.trace_id:032x}", f"{context.span_id:016x}")


def test_a_line_outside_of_a_span_has_no_ids(stream: io.StringIO) -> None:
    """No trace is told as no trace, not as zeros."""
    logging.getLogger().info("x")
    assert "trace_id" not in only_line(stream)


def test_extra_fields_are_fields_of_the_line(stream: io.StringIO) -> None:
    """Facts can be searched for without parsing the message."""
    logging.getLogger().info("x", extra={"window": "churn-1"})
    assert only_line(stream)["window"] == "churn-1"


def test_an_exception_is_told_by_type_and_place_but_not_by_its_text(stream: io.StringIO) -> None:
    """The text of a validation error quotes what a client sent."""
    try:
        float("secret 42")
    except ValueError:
        logging.getLogger().exception("it failed")
    line = only_line(stream)
    assert line["exception"] == "ValueError"
    assert any("test_logs.py" in frame for frame in line["stack"])
    assert "secret" not in stream.getvalue()


def test_lines_below_the_level_are_left_out(stream: io.StringIO) -> None:
    """LOG_LEVEL says from where on."""
    logging.getLogger().debug("x")
    assert stream.getvalue() == ""


def test_the_sdk_says_the_same_once_a_minute() -> None:
    """Without a collector it says so at each export; others may repeat themselves."""
    now = [0.0]
    lately = RepeatFilter(lambda: now[0])

    def passes(name: str, message: str) -> bool:
        return lately.filter(logging.LogRecord(name, logging.WARNING, "x.py", 1, message, (), None))

    assert passes("opentelemetry.exporter.otlp", "Transient error %s")
    assert not passes("opentelemetry.exporter.otlp", "Transient error %s")
    assert passes("opentelemetry.exporter.otlp", "Failed to export")
    assert passes("predict.outage", "x")
    assert passes("predict.outage", "x")
    now[0] = 60.0
    assert passes("opentelemetry.exporter.otlp", "Transient error %s")


def test_a_malformed_header_of_the_exporter_is_told_without_its_value(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a token."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api key=s3cr3t")
    span_exporters(TelemetrySettings())
    assert "Header format invalid" in stream.getvalue()
    assert "s3cr3t" not in stream.getvalue()


def test_a_request_to_the_registry_writes_no_line(stream: io.StringIO) -> None:
    """It is asked every few seconds, and httpx tells of each answer."""
    logging.getLogger("httpx").info("HTTP Request: GET http://mlflow:5000/ 200 OK")
    logging.getLogger("httpcore.connection").debug("connect_tcp.started")
    assert stream.getvalue() == ""
