"""Jobs that will never run: ended ones that still hold their id, and those of workers that died."""

from datetime import UTC, datetime, timedelta
from typing import Final

from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

_ENDED: Final = {JobStatus.FINISHED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED}


def delete_if_dead(queue: Queue, job_id: str, patience: float) -> bool:
    """Delete the job if it ended, or was taken from the queue over `patience` seconds ago; say whether."""
    try:
        job = Job.fetch(job_id, connection=queue.connection, serializer=queue.serializer)
    except NoSuchJobError:
        return True
    except RedisError as error:
        if not str(error).startswith("WRONGTYPE"):
            raise
        queue.connection.delete(Job.key_for(job_id))
        return True
    except Exception:  # noqa: BLE001 - RQ lets out whatever parsing a hash that is no job's runs into
        queue.connection.delete(Job.key_for(job_id))
        return True
    if not _is_dead(job, queue, timedelta(seconds=patience)):
        return False
    job.delete()
    return True


def _is_dead(job: Job, queue: Queue, patience: timedelta) -> bool:
    if job.get_status(refresh=False) in _ENDED:
        return True
    if queue.get_job_position(job.id) is not None:
        return False
    taken = job.started_at or job.enqueued_at or job.created_at
    return abs(datetime.now(UTC) - taken) > patience  # in the future where the clock stepped back
