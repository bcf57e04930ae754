"""Trimming the stream behind what is evaluated, and letting windows expire that nobody evaluates."""

import logging
from collections.abc import Sequence

from redis import Redis

from contract.keys import Partition
from contract.windows import OpenWindow, Window, stream_order, successor
from drift_worker.evaluate.lease import is_leased
from drift_worker.record.evaluation import evaluation_without_result
from drift_worker.record.store import EvaluationStore

log = logging.getLogger(__name__)


def trim(redis: Redis, partition: Partition, pending: Sequence[Window], filling: OpenWindow) -> None:
    """Trim what is before every pending window, and before the open one as it was found."""
    needed_from = min([filling.start, *(window.start for window in pending)], key=stream_order)
    if needed_from != "0-0":
        redis.xtrim(partition.stream, minid=successor(needed_from), approximate=False)


def expire(redis: Redis, partition: Partition, pending: list[Window], max_records: int) -> list[Window]:
    """Let the oldest pending windows expire until the stream has at most `max_records`; gives the others.

    A window that a worker has, and those after it, stay.
    """
    excess = redis.xlen(partition.stream) - max_records
    for position, window in enumerate(pending):
        if excess <= 0 or is_leased(redis, window):
            return pending[position:]
        reason = f"no worker came while the stream grew beyond {max_records} records"
        evaluation = evaluation_without_result(window, "expired", reason, error=None)
        if EvaluationStore(redis).commit(evaluation, {"expired": window.rows}):
            log.warning("window %s expired with %d records: %s", window.id, window.rows, reason)
        excess -= window.rows
    return []
