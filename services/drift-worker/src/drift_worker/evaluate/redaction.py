"""Errors told by type and place: the text of one may quote a value, and no log line or span may hold one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.trace import Span, StatusCode, Tracer

from drift_worker.errors import EvaluationError


def discreet(evaluate: Callable[[str], None]) -> Callable[[str], None]:
    """The same, raising EvaluationError with the type and the traceback of whatever it raised."""

    def evaluate_discreetly(window_id: str) -> None:
        try:
            evaluate(window_id)
        except Exception as error:  # noqa: BLE001 - Evidently, pandas and files raise whatever they run into
            raise EvaluationError(type(error).__name__).with_traceback(error.__traceback__) from None

    return evaluate_discreetly


@contextmanager
def span(tracer: Tracer, name: str, **options: Any) -> Iterator[Span]:
    """A current span of that name, which tells what is raised within it by its type."""
    with tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False, **options
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(StatusCode.ERROR, type(error).__name__)
            raise
