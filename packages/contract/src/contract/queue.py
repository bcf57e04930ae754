"""The queue of closed windows: a job carries a window's id, never its data."""

from typing import Final

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

QUEUE: Final = "drift"
JOB_FUNCTION: Final = "drift_worker.jobs.evaluate_window"
"""The only function that a worker runs."""

RESULT_TTL: Final = 60
FAILURE_TTL: Final = 3600
"""Seconds that an ended job is kept; while it is, `unique` refuses a job of the same id."""


def window_queue(redis: Redis) -> Queue:
    """The queue; jobs are JSON, so that reading one runs nothing, and workers set their own timeout."""
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer)


def enqueue(queue: Queue, window_id: str, *, first: bool = False) -> bool:
    """Queue the window's evaluation, before all others if it is `first`; False where it is queued already."""
    try:
        queue.enqueue_call(
            JOB_FUNCTION,
            args=(window_id,),
            job_id=window_id,
            unique=True,
            at_front=first,
            result_ttl=RESULT_TTL,
            failure_ttl=FAILURE_TTL,
            description=f"evaluate {window_id}",
        )
    except DuplicateJobError:
        return False
    return True
