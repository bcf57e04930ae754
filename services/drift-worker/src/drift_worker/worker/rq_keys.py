"""RQ's keys in Redis: what waits in the queue, jobs that will never run, and what is none of RQ's."""

import logging
from typing import cast

from contract.redis import is_wrong_type
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.group import Group
from rq.job import Job
from rq.rate_limit import RateLimitRegistry
from rq.results import Result
from rq.worker_registration import REDIS_WORKER_KEYS, WORKERS_BY_QUEUE_KEY

log = logging.getLogger(__name__)


def queued_ids(queue: Queue) -> set[bytes]:
    """The ids that wait in the queue."""
    return set(cast("list[bytes]", queue.connection.lrange(queue.key, 0, -1)))


def delete_job(queue: Queue, job_id: str) -> None:
    """Delete the job with all that RQ keeps of it, or whatever else stands under its name."""
    try:
        Job.fetch(job_id, connection=queue.connection, serializer=queue.serializer).delete()
    except NoSuchJobError:
        return
    except Exception as error:
        # RQ lets out whatever parsing a hash that is no job's runs into
        if isinstance(error, RedisError) and not is_wrong_type(error):
            raise
        _delete_all_under(queue, job_id)


def _delete_all_under(queue: Queue, job_id: str) -> None:
    """Delete every key of a job's, whatever it holds."""
    job = Job(id=job_id, connection=queue.connection, serializer=queue.serializer)
    beside = (job.execution_registry.key, Result.get_key(job_id))  # type: ignore[no-untyped-call]
    queue.connection.delete(job.key, job.dependents_key, job.dependencies_key, *beside)


def delete_foreign_keys(queue: Queue) -> None:
    """Delete what stands in the place of the queue or of what RQ keeps beside it, and is of another type.

    Until then no worker gets a job, or nobody can queue one.
    """
    expected = _types(queue)
    with queue.connection.pipeline(transaction=False) as pipeline:
        for key, kind in expected.items():
            if kind == "list":
                pipeline.llen(key)
            elif kind == "set":
                pipeline.srem(key, "")  # no set of RQ's has an empty member
            else:
                pipeline.zcard(key)
        answers = pipeline.execute(raise_on_error=False)
    for (key, kind), answer in zip(expected.items(), answers, strict=True):
        if not isinstance(answer, Exception):
            continue
        if not is_wrong_type(answer):
            raise answer
        queue.connection.delete(key)
        log.warning("deleted %s: it was no %s", key, kind)


def _types(queue: Queue) -> dict[str, str]:
    """The type of each key that RQ needs whichever jobs there are."""
    registries = (
        queue.started_job_registry,
        queue.finished_job_registry,
        queue.failed_job_registry,
        queue.deferred_job_registry,
        queue.ready_job_registry,
        queue.scheduled_job_registry,
        queue.canceled_job_registry,
    )
    sets = (
        queue.redis_queues_keys,
        REDIS_WORKER_KEYS,
        WORKERS_BY_QUEUE_KEY % queue.name,
        Group.REDIS_GROUP_KEY,
        RateLimitRegistry.rl_keys_key,
    )
    return {
        queue.key: "list",
        queue.intermediate_queue_key: "list",
        **dict.fromkeys(sets, "set"),
        **{registry.key: "sorted set" for registry in registries},
    }
