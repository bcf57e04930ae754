"""Jobs that will never run, and what somebody put where RQ expects jobs."""

import logging
from typing import cast

from redis.exceptions import RedisError, ResponseError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job

log = logging.getLogger(__name__)


def is_wrong_type(error: Exception) -> bool:
    """Whether a key holds something of another type than the command is for."""
    return isinstance(error, ResponseError) and str(error).startswith("WRONGTYPE")


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
        queue.connection.delete(Job.key_for(job_id))


def delete_what_is_no_queue(queue: Queue) -> None:
    """Delete what stands in the queue's place and is no list: until then no worker gets a job."""
    for key in (queue.key, queue.intermediate_queue_key):
        try:
            queue.connection.llen(key)
        except ResponseError as error:
            if not is_wrong_type(error):
                raise
            queue.connection.delete(key)
            log.warning("deleted %s: it was no list", key)
