"""Log lines as JSON on stderr, each with the ids of its trace and span."""

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
"""The attributes that every record has; any other one came by `extra` and becomes a field of the line."""

_QUOTES_CLIENTS: Final = ("opentelemetry.baggage", "opentelemetry.trace", "opentelemetry.propagate")
"""Loggers whose lines quote a client's malformed baggage and tracestate headers."""

_QUOTES_HEADERS: Final = "opentelemetry.util.re"
"""The logger whose lines quote a malformed OTEL_EXPORTER_OTLP_HEADERS, which may hold a token."""

_EACH_REQUEST: Final = ("httpx", "httpcore")
"""Loggers that write lines of each request; MLflow's registry is asked every few seconds."""

QUIET_SECONDS: Final = 60.0
"""For how long the same line of the SDK is not written again."""


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON; of an exception it writes type and stack, but not the text.

    The text may quote a client's input. python-json-logger writes it, and leaving it out takes as
    many lines as this class has.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
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


class RepeatFilter(logging.Filter):
    """Lets the same line of the SDK through once a minute; without a collector each export writes one."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True for a line that should be written."""
        if not record.name.startswith("opentelemetry."):
            return True
        line, now = (record.name, str(record.msg)), self._clock()
        if now - self._last.get(line, -QUIET_SECONDS) < QUIET_SECONDS:
            return False
        self._last[line] = now
        return True


def _redact(record: logging.LogRecord) -> bool:
    """Replace the arguments of a line by a placeholder, and let the line through."""
    record.args = ("(not shown)",) * len(record.args or ())
    return True


def configure_logging(service: str, level: str, stream: TextIO | None = None) -> None:
    """Write the log lines of this process from `level` on to stderr; any configuration before is replaced."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    handler.addFilter(RepeatFilter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _QUOTES_CLIENTS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in _EACH_REQUEST:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(_QUOTES_HEADERS).addFilter(_redact)
