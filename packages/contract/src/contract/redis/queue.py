"""The queues of closed windows and of labels: a job carries a window's id or a model's name, never data."""

from contextlib import suppress
from typing import Final, cast

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

QUEUE: Final = "drift"
JOB_FUNCTION: Final = "evaluate_window"
"""The only name that a job may call; it stands for the evaluator that a worker was wired with."""

JOB_FUNCTIONS: Final = frozenset({JOB_FUNCTION, "drift_worker.jobs.evaluate_window"})
"""The same, and what version 0.1.0 called it: an upgrade finds such jobs in the queue."""

LABEL_QUEUE: Final = "labels"
LABEL_FUNCTION: Final = "join_labels"
"""The only name that a job of that queue may call."""

_LABEL_JOB: Final = "LABELS-"
"""What the id of a job about labels begins with; no window's id has capital letters."""

RESULT_TTL: Final = 60
FAILURE_TTL: Final = 3600
"""Seconds that an ended job is kept; while it is, `unique` refuses a job of the same id."""


def window_queue(redis: Redis) -> Queue:
    """The queue; jobs are JSON, so that reading one runs nothing, and workers set their own timeout."""
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer)


def label_queue(redis: Redis) -> Queue:
    """The queue of the models whose labels wait."""
    return Queue(LABEL_QUEUE, connection=redis, serializer=JSONSerializer)


def label_job(model: str) -> str:
    """The id of the job that joins a model's labels."""
    return f"{_LABEL_JOB}{model}"


def model_of_job(job_id: str) -> str:
    """The model whose labels a job joins."""
    return job_id.removeprefix(_LABEL_JOB)


def enqueue_labels(queue: Queue, model: str) -> bool:
    """Queue the joining of a model's labels; False where it is queued already, or under way."""
    try:
        queue.enqueue_call(
            LABEL_FUNCTION,
            args=(label_job(model),),
            job_id=label_job(model),
            unique=True,
            result_ttl=0,
            failure_ttl=1,
            description=f"join the labels of {model}",
        )
    except DuplicateJobError:
        return False
    return True


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


def queued_ids(queue: Queue) -> set[bytes]:
    """The window ids that are in the queue."""
    return set(cast("list[bytes]", queue.connection.lrange(queue.key, 0, -1)))


def delete_job(queue: Queue, window_id: str) -> None:
    """Delete the window's job with all that RQ keeps of it, if there is one."""
    with suppress(NoSuchJobError):
        Job.fetch(window_id, connection=queue.connection, serializer=queue.serializer).delete()
