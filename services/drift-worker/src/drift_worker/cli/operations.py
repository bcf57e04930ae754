"""What an operator can do by hand: close windows, and queue an evaluation."""

import time
from typing import Final

from redis import Redis
from rq import Queue

from contract.partition import open_window, partitions, pending_window, pending_windows
from contract.redis.queue import delete_job, enqueue, queued_ids
from contract.stream.close import close_window
from contract.windows import partition_of
from drift_worker.errors import StillPendingError, UnknownWindowError
from drift_worker.evaluate.attempts import Attempts, waiting_windows
from drift_worker.evaluate.lease import is_leased
from drift_worker.record.store import EvaluationStore

POLL: Final = 0.2
"""Seconds between looks at the pending windows."""


def close_windows(redis: Redis, queue: Queue) -> list[str]:
    """Close every open window that holds a record, and queue its evaluation; gives the windows' ids."""
    closed = []
    for partition in partitions(redis):
        number = open_window(redis, partition).number
        if (window_id := close_window(redis, partition, number, "demand")) is not None:
            closed.append(window_id)
    for window_id in closed:
        enqueue(queue, window_id)
    return closed


def enqueue_window(redis: Redis, queue: Queue, window_id: str) -> str:
    """Queue a closed window's evaluation, and say what became of it.

    Raises BadWindowIdError, or UnknownWindowError where no closed window has that id.
    """
    if EvaluationStore(redis).has(window_id):
        return "evaluated already"
    partition = partition_of(window_id)
    window = pending_window(redis, partition, window_id)
    if window is None:
        raise UnknownWindowError(
            f"no closed window is called {window_id}; `drift-worker evaluations` lists the evaluated ones"
        )
    if Attempts(redis, window).is_waiting():
        delete_job(queue, window_id)
        enqueue(queue, window_id)
        return "queued; it waits for its bundle, as `drift-worker health` says"
    if not enqueue(queue, window_id):
        if window_id.encode() in queued_ids(queue):
            return "queued already"
        if is_leased(redis, window):
            return "being evaluated"
        delete_job(queue, window_id)
        enqueue(queue, window_id)
    return "queued"


def wait_until_evaluated(redis: Redis, timeout: float) -> None:
    """Return once no closed window is pending; raises StillPendingError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while pending := sum(len(pending_windows(redis, each)) for each in partitions(redis)):
        if time.monotonic() > deadline:
            why = "; ".join(waiting_windows(redis)) or "is a drift-worker running?"
            raise StillPendingError(f"{pending} closed windows are pending after {timeout:.0f} s; {why}")
        time.sleep(POLL)
