"""Log lines as JSON on stderr, each with the ids of the trace and span that it was written in."""

import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final, TextIO

from opentelemetry import trace

_OWN_FIELDS: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}
"""What every record has; anything else was given by `extra` and is a field of the line."""

_QUOTES_CLIENTS: Final = ("opentelemetry.baggage", "opentelemetry.trace", "opentelemetry.propagate")
"""Loggers whose lines quote a request's baggage and tracestate headers, where these are malformed."""

_QUOTES_HEADERS: Final = "opentelemetry.util.re"
"""The logger whose lines quote OTEL_EXPORTER_OTLP_HEADERS, which may hold a token, where it is malformed."""

QUIET_SECONDS: Final = 60.0
"""How long a line of the SDK isn't repeated."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line; an exception is told by type and place, since its text may quote input."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            line["trace_id"] = trace.format_trace_id(context.trace_id)
            line["span_id"] = trace.format_span_id(context.span_id)
        line |= {name: value for name, value in record.__dict__.items() if name not in _OWN_FIELDS}
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["stack"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


class SaidLately(logging.Filter):
    """Lets a line of the SDK through once a minute: without a collector it has one at each export."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        if not record.name.startswith("opentelemetry."):
            return True
        what, now = (record.name, str(record.msg)), self._clock()
        if now - self._said.get(what, -QUIET_SECONDS) < QUIET_SECONDS:
            return False
        self._said[what] = now
        return True


def _without_quotations(record: logging.LogRecord) -> bool:
    """A filter that lets a line through without what it was to quote."""
    record.args = ("(not shown)",) * len(record.args or ())
    return True


def configure_logging(service: str, level: str, stream: TextIO | None = None) -> None:
    """Send this process's log lines, from `level` on, to stderr; replaces what was configured before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    handler.addFilter(SaidLately())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _QUOTES_CLIENTS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger(_QUOTES_HEADERS).addFilter(_without_quotations)
