"""The only jobs that a worker takes: one function, by name, with a window's id, and nothing else.

Whoever can write to Redis can queue anything. Here nothing that a job names is ever imported: the one
allowed name stands for the evaluator that the worker was wired with.
"""

import json
import logging
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from contract.errors import BadWindowIdError
from contract.queue import JOB_FUNCTION
from contract.redis import is_wrong_type
from contract.windows import partition_of
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError, StopRequested
from rq.job import Job

log = logging.getLogger(__name__)

MAX_JOB_BYTES: Final = 4_096
"""Far above what a function's name and a window's id need."""

_FORBIDDEN_FIELDS: Final = (
    b"success_callback_name",
    b"failure_callback_name",
    b"stopped_callback_name",
    b"webhooks",
    b"dependency_id",
    b"dependency_ids",
    b"group_id",
    b"meta",
    b"number_of_retries",
    b"repeats_left",
    b"rate_limit_key",
)


def refusal(job_id: str, fields: Mapping[bytes, bytes]) -> str | None:
    """Why the job is not one of ours, or None if it is."""
    forbidden = next((name.decode() for name in _FORBIDDEN_FIELDS if fields.get(name)), None)
    if forbidden:
        return f"it has a {forbidden}"
    try:
        call = json.loads(_decompress(fields.get(b"data", b"")))
    except (ValueError, zlib.error, RecursionError):
        return "its data is not JSON"
    if call != [JOB_FUNCTION, None, [job_id], {}]:
        return f"it is not a call of {JOB_FUNCTION} with its own id"
    try:
        partition_of(job_id)
    except BadWindowIdError:
        return "its id is no window id"
    return None


def window_job_class(
    evaluate: Callable[[str], None], timeout: float, on_refused: Callable[[], None]
) -> type[Job]:
    """The class of jobs that run `evaluate`, whatever they name, for `timeout` seconds at most.

    Others are refused, and do not exist.
    """

    class WindowJob(Job):
        """A job that was checked before anything of it was used."""

        @property
        def func(self) -> Callable[[str], None]:
            """The evaluator that this worker was wired with."""
            return evaluate

        def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
            """Take over the job's fields; raises NoSuchJobError where they are not those of our jobs."""
            reason = refusal(self.id, raw_data)
            if reason is None:
                try:
                    super().restore(raw_data)
                except StopRequested:
                    raise
                except Exception as error:  # noqa: BLE001 - RQ lets out whatever parsing a forged hash runs into
                    reason = f"a field is malformed ({type(error).__name__})"
            self.timeout = round(timeout)
            if reason is not None:
                self.connection.delete(self.key)
                on_refused()
                log.warning("refused a queued job: %s", reason)
                raise NoSuchJobError(reason)

    return WindowJob


def guarded_queue_class(on_refused: Callable[[], None]) -> type[Queue]:
    """The class of queues that survive whatever was pushed onto them."""

    class GuardedQueue(Queue):
        """A queue on which a malformed entry is refused without ending the worker."""

        @classmethod
        def dequeue_any(cls, *arguments: Any, **options: Any) -> tuple[Job, Queue] | None:
            """Give the next job and its queue; raises DequeueTimeout where none comes in time.

            Where Redis refuses, it raises StopRequested: RQ's loop ends, and whoever started it waits.
            """
            while True:
                try:
                    return super().dequeue_any(*arguments, **options)
                except RedisError as error:
                    if not (is_wrong_type(error) and hasattr(error, "job_id")):
                        log.warning("the queue can't be read: %s", error)
                        raise StopRequested from error
                    on_refused()
                    log.warning("refused a job whose key holds something else")
                except UnicodeDecodeError:
                    on_refused()
                    log.warning("refused a queue entry that is no text")

    return GuardedQueue


def _decompress(data: bytes) -> bytes:
    """The job's data, decompressed only as far as a job of ours can reach."""
    if len(data) > MAX_JOB_BYTES:
        raise ValueError("too long")
    return zlib.decompressobj().decompress(data, MAX_JOB_BYTES)
