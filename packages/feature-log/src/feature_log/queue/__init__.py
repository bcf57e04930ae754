"""The records that are on their way, the callers that wait for them, and the room that there is."""

from feature_log.queue.records import MAX_BATCH, RecordQueue, batch_of, settle
from feature_log.queue.room import MAX_HELD, MAX_QUEUED

__all__ = ["MAX_BATCH", "MAX_HELD", "MAX_QUEUED", "RecordQueue", "batch_of", "settle"]
