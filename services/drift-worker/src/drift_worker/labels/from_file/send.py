"""The labels of a file on their way to Redis: a block of rows at a time, each taken once."""

import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import compress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from contract.labels.accept import LabelOnce, accept_labels, known_fingerprint
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
        last = min(first + BLOCK, rows)
        of_block = _send_block(redis, model, table, np.arange(first, last), file)
        new, before = new + of_block[0], before + of_block[1]
        progress(last, rows)
    return new, before


def _send_block(
    redis: Redis, model: str, table: LabelTable, rows: NDArray[np.intp], file: str
) -> tuple[int, int]:
    """Take the good ones of a block's rows; gives how many were new, and how many had been taken before.

    At another run other rows may have been good: a date that has come was in the future. Then those that
    were not taken are taken under a key of their own.
    """
    labels, left, before = table.labels_of(rows), table.good[rows], 0
    key = _key_of(labels, f"{file} {rows[0]} {table.time or ''}")
    while left.any():
        once = LabelOnce(key, _fingerprint(key, left), REMEMBERED)
        outcome = accept_labels(redis, model, [*compress(labels, left)], once)
        if outcome == "accepted":
            return int(left.sum()), before
        if outcome == "full":
            time.sleep(POLL)
        elif (known := known_fingerprint(redis, model, key)) is not None:
            taken = _rows_of(known, key, len(rows))
            before += int((left & taken).sum())
            left &= ~taken
            key = digest(f"{key} what was left".encode())
    return 0, before


def _key_of(labels: Sequence[Label], block: str) -> str:
    """A block by its place in its file, the column of its times, and what its rows say, good or bad.

    Where a label has no time, or today's date, its time is that of the first attempt.
    """
    held = [(each.prediction_id, each.entity, each.value) for each in labels]
    return digest(f"{block} {held}".encode())


def _fingerprint(key: str, taken: NDArray[np.bool_]) -> str:
    """Which rows of a block are taken, a bit for each; the block's key if all of them are."""
    return key if taken.all() else np.packbits(taken).tobytes().hex()


def _rows_of(fingerprint: str, key: str, rows: int) -> NDArray[np.bool_]:
    """Of each row of a block, whether it was taken."""
    if fingerprint == key:
        return np.ones(rows, bool)
    return np.unpackbits(np.frombuffer(bytes.fromhex(fingerprint), np.uint8), count=rows).astype(bool)


def _digest_of(path: Path) -> str:
    found = blake2b(digest_size=16)
    for part in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if part.is_file():
            with part.open("rb") as file:
                while piece := file.read(1 << 20):
                    found.update(piece)
    return found.hexdigest()
