"""The labels of a file on their way to Redis: a block of rows at a time, each taken once."""

import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Final

from redis import Redis

from contract.labels.accept import LabelOnce, accept_labels
from contract.labels.label import Label
from contract.stream.idempotency import digest
from drift_worker.labels.from_file.table import LabelTable

BLOCK: Final = 1_000
"""Rows that are taken together, or not."""

REMEMBERED: Final = 30 * 24 * 3600.0
"""Seconds for which a block is known: if the file is sent again in that time, nothing is taken twice."""

POLL: Final = 1.0
"""Seconds between looks whether there is room for more labels."""


def send_file(
    redis: Redis, model: str, table: LabelTable, progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """Take every good row of a file; gives how many were new, and how many had been taken before.

    Waits while too many labels wait for their predictions. Raises redis.exceptions.RedisError; then what was
    taken is taken, and sending the file again goes on from there.
    """
    file, rows = _digest_of(table.path), len(table.good)
    new = before = 0
    for first in range(0, rows, BLOCK):
        labels = table.labels(first, first + BLOCK)
        once = _once(file, first, labels, table.time)
        while labels and (outcome := accept_labels(redis, model, labels, once)) != "accepted":
            if outcome == "repeated":
                before += len(labels)
                break
            time.sleep(POLL)
        else:
            new += len(labels)
        progress(min(first + BLOCK, rows), rows)
    return new, before


def _once(file: str, first: int, labels: list[Label], time: str | None) -> LabelOnce:
    """The block by what it holds, and by the column of its times.

    Where a label has no time, or today's date, its time is that of the first attempt.
    """
    held = [(each.prediction_id, each.entity, each.value) for each in labels]
    key = digest(f"{file} {first} {time or ''} {held}".encode())
    return LabelOnce(key, key, REMEMBERED)


def _digest_of(path: Path) -> str:
    found = blake2b(digest_size=16)
    for part in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if part.is_file():
            with part.open("rb") as file:
                while piece := file.read(1 << 20):
                    found.update(piece)
    return found.hexdigest()
