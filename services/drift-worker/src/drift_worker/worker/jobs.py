"""The only jobs that a worker takes: two functions, by name, with a window's id or a model's name.

Nothing that a job names is ever imported: the allowed names stand for the evaluator and the joiner that the
worker was wired with. Whoever may write to this Redis may stop the work, but can't run code.
"""

import json
import logging
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError, StopRequested
from rq.job import Job

from contract.keys import MODEL_PATTERN
from contract.redis.queue import JOB_FUNCTION, JOB_FUNCTIONS, LABEL_FUNCTION, label_job, model_of_job
from drift_worker.errors import EvaluationError

_CALLS: Final = (
    b"success_callback_name",
    b"failure_callback_name",
    b"stopped_callback_name",
    b"webhooks",
)
"""Fields by which a job would call something beside its function."""

_LABEL_JOB: Final = re.compile(label_job(MODEL_PATTERN))

log = logging.getLogger(__name__)


def refusal(job_id: str, fields: Mapping[bytes, bytes]) -> str | None:
    """Why the job is not one of ours, or None if it is."""
    for name in _CALLS:
        if fields.get(name):
            return f"it has a {name.decode()}"
    try:
        function, instance, arguments, options = json.loads(zlib.decompress(fields.get(b"data", b"")))
    except (ValueError, TypeError, RecursionError, zlib.error):
        return "its data is not a call as JSON"
    expected = LABEL_FUNCTION if _is_about_labels(job_id) else JOB_FUNCTION
    if (
        not isinstance(function, str)
        or function not in ({LABEL_FUNCTION} if expected == LABEL_FUNCTION else JOB_FUNCTIONS)
        or (instance, arguments, options) != (None, [job_id], {})
    ):
        return f"it is not a call of {expected} with its own id"
    return None


def _is_about_labels(job_id: str) -> bool:
    return _LABEL_JOB.fullmatch(job_id) is not None


def checked_job_class(
    evaluate: Callable[[str], None],
    join: Callable[[str], None],
    timeout: float,
    on_refused: Callable[[], None],
) -> type[Job]:
    """The class of jobs that run `evaluate` with a window's id or `join` with a model's name.

    They run for `timeout` seconds at most. Others are refused, and do not exist for RQ.
    """

    def join_labels(job_id: str) -> None:
        join(model_of_job(job_id))

    class CheckedJob(Job):
        """A job that was checked before anything of it was used."""

        @property
        def func(self) -> Callable[[str], None]:
            """The evaluator or the joiner that this worker was wired with; the job's id says which."""
            return join_labels if _is_about_labels(self.id) else evaluate

        def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
            """Take over the job's fields; raises NoSuchJobError where they are not those of our jobs."""
            reason = refusal(self.id, raw_data)
            if reason is not None:
                self.connection.delete(self.key)
                on_refused()
                log.warning("refused a queued job: %s", reason)
                raise NoSuchJobError(reason)
            super().restore(raw_data)
            self.timeout = round(timeout)

    return CheckedJob


class WindowQueue(Queue):
    """The queue as a worker reads it: where Redis refuses, RQ's loop ends, and whoever started it waits."""

    @classmethod
    def dequeue_any(cls, *arguments: Any, **options: Any) -> tuple[Job, Queue] | None:
        """Give the next job and its queue; raises DequeueTimeout where none comes, or StopRequested."""
        try:
            return super().dequeue_any(*arguments, **options)
        except RedisError as error:
            log.warning("the queue can't be read: %s", error)
            raise StopRequested from error


def redacted(evaluate: Callable[[str], None]) -> Callable[[str], None]:
    """The same function, but it raises EvaluationError with the type and the traceback of whatever it raised.

    The text of an error may quote a value of a feature, and no log line may hold one.
    """

    def evaluate_redacted(window_id: str) -> None:
        try:
            evaluate(window_id)
        except Exception as error:  # noqa: BLE001 - Evidently, pandas and files raise whatever they run into
            raise EvaluationError(type(error).__name__).with_traceback(error.__traceback__) from None

    return evaluate_redacted
