"""The stages of one evaluation: timed, and each a span of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from opentelemetry.trace import Tracer

from drift_worker.evaluate.redaction import span

Stage = Literal["read", "detect", "report", "commit"]
STAGES: Final[tuple[Stage, ...]] = ("read", "detect", "report", "commit")


class StageClock:
    """Measures the stages that one evaluation goes through."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._seconds: dict[Stage, float] = {}

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Time what happens inside, within a span of that name."""
        begin = time.perf_counter()
        with span(self._tracer, name):
            yield
        self._seconds[name] = time.perf_counter() - begin

    @property
    def seconds(self) -> dict[Stage, float]:
        """How long each stage took that has ended."""
        return dict(self._seconds)
