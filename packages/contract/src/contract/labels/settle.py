"""Settling labels that wait: they are joined with a window's predictions, or belong to none."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, cast

from redis import Redis

from contract.labels.keys import LabelKeys
from contract.labels.label import Label, WaitingLabel
from contract.stream.script import Script
from contract.windows import successor

Reason = Literal["too_late", "never_predicted", "unsampled", "not_logged", "dead_lettered", "expired", "lost"]
"""Why a label belongs to no prediction: its entity's last one is older than the horizon; there was none; it
was left out of the log by LOG_SAMPLE_RATE; it may be among those that were dropped or lost; it could not be
read; its rows are gone; the label itself is gone, with the file that it was in."""

MAX_UNMATCHED: Final = 10_000
"""Unmatched labels that a model keeps to be looked at."""

AT_ONCE: Final = 1_000
"""Labels of one call: Redis serves nobody else meanwhile."""

_JOIN: Final = Script("join.lua", package=__package__)
_UNMATCH: Final = Script("unmatch.lua", package=__package__)


class FileCounts(NamedTuple):
    """The labels of one labels.parquet by their state, and how many of them are copies."""

    joined: int = 0
    repeated: int = 0
    superseded: int = 0
    implied: int = 0
    copied_joined: int = 0
    """Of the joined ones those that the file of another version's window counts; the next three likewise."""

    copied_repeated: int = 0
    copied_superseded: int = 0
    copied_implied: int = 0


def waiting_labels(redis: Redis, model: str, at_once: int) -> Iterator[list[WaitingLabel]]:
    """The labels that wait, in the order in which they came, `at_once` at a time; raises RedisError."""
    stream, after, batch = LabelKeys(model).waiting, "0-0", list[WaitingLabel]()
    while found := _entries(redis, stream, after):
        batch += [WaitingLabel(label_id.decode(), Label.parse(fields)) for label_id, fields in found]
        after = batch[-1].id
        if len(batch) >= at_once:
            yield batch
            batch = []
    if batch:
        yield batch


def _entries(redis: Redis, stream: str, after: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
    found = redis.xrange(stream, min=successor(after), count=AT_ONCE)
    return cast("list[tuple[bytes, dict[bytes, bytes]]]", found)


def commit_joined(
    redis: Redis, model: str, window_id: str, counts: FileCounts, label_ids: Sequence[str]
) -> int:
    """Count what a window's labels.parquet holds, and take these labels out of the waiting ones.

    The ledger counts no copies. To be called once the file is on the disk; calling it again changes nothing.
    Raises RedisError.
    """
    keys = LabelKeys(model)
    names = (keys.waiting, keys.ledger, keys.windows)
    return cast("int", _JOIN.run(redis, names, (window_id, *counts, *label_ids)))


def commit_unmatched(redis: Redis, model: str, reasons: Mapping[str, Reason]) -> int:
    """Take labels out of the waiting ones, each by its stream id with its reason; raises RedisError."""
    keys, moved, every = LabelKeys(model), 0, [*reasons.items()]
    names = (keys.waiting, keys.ledger, keys.unmatched)
    for first in range(0, len(every), AT_ONCE):
        pairs = every[first : first + AT_ONCE]
        arguments = [MAX_UNMATCHED, *(part for pair in pairs for part in pair)]
        moved += cast("int", _UNMATCH.run(redis, names, arguments))
    return moved
