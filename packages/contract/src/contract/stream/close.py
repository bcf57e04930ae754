"""Closing the open window by hand, by age or by the calendar; one that fills is closed by whoever appends."""

from typing import Final, cast

from redis import Redis

from contract.keys import Partition
from contract.stream.script import Script
from contract.windows import CloseReason

_CLOSE: Final = Script("window.lua", "close.lua")


def close_window(redis: Redis, partition: Partition, number: int, reason: CloseReason) -> str | None:
    """Close the partition's open window, and give its id.

    None where the open window has another number by now, holds no record, or is to be closed for its period
    and that is not over by the clock of Redis.
    Raises redis.exceptions.RedisError.
    """
    keys = (partition.open_window, partition.pending, partition.ledger)
    window_id = cast("bytes | None", _CLOSE.run(redis, keys, (number, reason, partition.window_prefix)))
    return None if window_id is None else window_id.decode()
