"""The stages of one evaluation: each is timed, and is a span of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.trace import Span, StatusCode, Tracer

from drift_worker.metrics import Stage


class StageClock:
    """Measures the stages that one evaluation goes through."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Time what happens inside, within a span of that name."""
        begin = time.perf_counter()
        with span(self._tracer, name):
            yield
        self._seconds[name] = time.perf_counter() - begin

    @property
    def seconds(self) -> dict[str, float]:
        """How long each stage took that has ended."""
        return dict(self._seconds)


@contextmanager
def span(tracer: Tracer, name: str, **options: Any) -> Iterator[Span]:
    """A current span of that name; of an error within it, it tells the type alone.

    The text of an error may quote a value of a feature, and no span may hold one.
    """
    with tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False, **options
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(StatusCode.ERROR, type(error).__name__)
            raise
