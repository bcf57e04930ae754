"""How far the last job got with a model's labels, so that the sweep knows whether another has work."""

from dataclasses import dataclass
from typing import cast

from redis import Redis

from contract.labels.keys import LabelKeys
from contract.partition import partitions
from contract.windows import stream_order


@dataclass(slots=True)
class Progress:
    """What a job had before it, and when it ended."""

    evaluated: int
    """Windows of the model that had an evaluation."""

    versions: int
    """Versions of the model that were ever served."""

    last: str = "0-0"
    """The stream id of the newest label that it looked at."""

    due: int = 0
    """When a horizon passes next, in seconds since the epoch; 0 where nothing follows from that."""

    ended: int = 0
    """When the job ended, in seconds since the epoch by the clock of Redis."""

    quality_due: int = 0
    """When to look at the quality again, though no label comes: more mature then, or a look had failed."""


def begin_progress(redis: Redis, model: str) -> Progress:
    """What a job that begins now has before it; raises redis.exceptions.RedisError."""
    versions = [each for each in partitions(redis) if each.model == model]
    return Progress(sum(redis.zcard(each.evaluated) for each in versions), len(versions))


def note_progress(redis: Redis, model: str, progress: Progress) -> None:
    """Note that a job has ended; raises redis.exceptions.RedisError."""
    items: list[str | int] = [
        *("evaluated", progress.evaluated),
        *("versions", progress.versions),
        *("last", progress.last),
        *("due", progress.due),
        *("ended", redis.time()[0]),
    ]
    redis.hset(LabelKeys(model).progress, items=items)


def note_quality_due(redis: Redis, model: str, seconds: int) -> None:
    """Note when to look at the quality again, though no label comes; 0 for never. Raises RedisError."""
    redis.hset(LabelKeys(model).progress, "quality_due", str(seconds))


def has_work(redis: Redis, model: str, patience: float) -> bool:
    """Whether a job would find something to do.

    Labels came or windows were evaluated since the last one, labels that wait have waited for `patience`
    seconds since, a horizon has passed, or a look at the quality is due. Where there are several versions, an
    evaluated window may be about predictions that another one made too, and whose labels are there already.
    Raises redis.exceptions.RedisError.
    """
    before, now = _read(redis, model), begin_progress(redis, model)
    if before is None or before.versions != now.versions:
        return True
    seconds = redis.time()[0]
    if any(due and seconds >= due for due in (before.due, before.quality_due)):
        return True
    if before.evaluated != now.evaluated and now.versions > 1 and redis.exists(LabelKeys(model).windows):
        return True
    newest = cast("list[tuple[bytes, object]]", redis.xrevrange(LabelKeys(model).waiting, count=1))
    return bool(newest) and (
        stream_order(newest[0][0].decode()) > stream_order(before.last)
        or before.evaluated != now.evaluated
        or seconds - before.ended >= patience
    )


def _read(redis: Redis, model: str) -> Progress | None:
    found = cast("dict[bytes, bytes]", redis.hgetall(LabelKeys(model).progress))
    if b"ended" not in found:
        return None
    fields = {name.decode(): value.decode() for name, value in found.items()}
    return Progress(
        int(fields["evaluated"]),
        int(fields["versions"]),
        fields["last"],
        int(fields["due"]),
        int(fields["ended"]),
        int(fields.get("quality_due", "0")),
    )
