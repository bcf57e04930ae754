"""Taking labels: all of a request or none, and those of an Idempotency-Key once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from pydantic import TypeAdapter
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from contract.labels.keys import LabelKeys
from contract.labels.label import FIELDS, Label
from contract.stream.script import Script

Accepted = Literal["accepted", "repeated", "reused", "full"]
"""What became of a request: its labels wait now; they were taken before under its key; the key was used for
other labels; too many wait already."""

MAX_WAITING: Final = 1_000_000
"""Labels of a model that may wait at most: some 150 MB of Redis."""

_VALUES: Final = TypeAdapter(list[tuple[str, ...]])
"""Writes what the labels of a request say, as JSON, three times as fast as Python's own module."""

_ACCEPT: Final = Script("accept.lua", package=__package__)


@dataclass(frozen=True, slots=True)
class LabelOnce:
    """What makes labels ones that are taken once: digests of their key, and of what came under it."""

    key: str
    fingerprint: str
    remember_seconds: float


def accept_labels(
    redis: Redis, model: str, labels: Sequence[Label], once: LabelOnce | None = None
) -> Accepted:
    """Take the labels; raises redis.exceptions.RedisError."""
    keys, arguments = _call(LabelKeys(model), labels, once)
    return _read(_ACCEPT.run(redis, keys, arguments))


def known_fingerprint(redis: Redis, model: str, key: str) -> str | None:
    """The fingerprint of what was taken under a key; raises redis.exceptions.RedisError."""
    known = cast("bytes | None", redis.get(LabelKeys(model).idempotency(key)))
    return None if known is None else known.decode()


async def accept_labels_async(
    redis: AsyncRedis, model: str, labels: Sequence[Label], once: LabelOnce | None = None
) -> Accepted:
    """Take the labels, from within an event loop; raises redis.exceptions.RedisError."""
    keys, arguments = _call(LabelKeys(model), labels, once)
    return _read(await _ACCEPT.run_async(redis, keys, arguments))


def _call(
    keys: LabelKeys, labels: Sequence[Label], once: LabelOnce | None
) -> tuple[list[str], list[str | bytes | int]]:
    """The keys and the arguments of accept.lua, in the order that its head describes."""
    names = [keys.waiting, keys.ledger, *([keys.idempotency(once.key)] if once else [])]
    remember_ms = round(once.remember_seconds * 1000) if once else 0
    arguments: list[str | bytes | int] = [
        MAX_WAITING,
        once.fingerprint if once else "",
        remember_ms,
        json.dumps(FIELDS),
        _VALUES.dump_json([label.values() for label in labels]),
    ]
    return names, arguments


def _read(reply: bytes) -> Accepted:
    return cast("Accepted", reply.decode())
