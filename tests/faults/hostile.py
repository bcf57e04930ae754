"""Stream entries and job payloads of someone who can write to Redis and means ill."""

import json
import pickle
import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from contract.queue import JOB_FUNCTION, QUEUE
from contract.record import FIELDS, Record
from redis import Redis

Fields = dict[bytes, bytes]


def hostile_entries(good: Record, count: int, chance: random.Random) -> Iterator[Fields]:
    """Entries none of which is a record."""
    names = [name.encode() for name in FIELDS]
    needed = [b"prediction_id", b"timestamp", b"model", b"version", b"features", b"score"]
    bad: dict[bytes, list[bytes]] = {
        b"prediction_id": [b"", b"\xff\xfe", b"../../etc/passwd", b"x" * 50_000, b"NaN"],
        b"timestamp": [b"-1", b"1e999", b"NaN", b"9" * 40, b"\xff", b""],
        b"model": [b"", b"other", b"\x00", b"../.."],
        b"version": [b"", b"ffffffffffff", b"\xfe"],
        b"features": [
            b"[" * 5_000,
            b'{"a":' * 2_000,
            b"null",
            b"{}",
            b"\xff\xff",
            b'{"__class__": "os.system"}',
            b"x" * 50_000,
        ],
        b"score": [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-0.1", b"1.1", b"", b"\xff", b"0x1"],
        b"entity": [b"\xff\xfe", b"x" * 50_000],
        b"traceparent": [b"00-zz", b"\xff", b"01-" + b"0" * 52],
    }
    whole = {
        name: str(value).encode() if not isinstance(value, bytes) else value
        for name, value in zip(names, good.values(), strict=True)
    }
    for _ in range(count):
        entry = dict(whole)
        match chance.randrange(4):
            case 0:
                del entry[chance.choice(needed)]
            case 1:
                entry = {chance.randbytes(8): chance.randbytes(chance.randrange(200))}
            case _:
                name = chance.choice(list(bad))
                entry[name] = chance.choice(bad[name])
        yield entry


class _Touch:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self._path,)


def push_hostile_jobs(redis: Redis, prefix: str, trap: Path, count: int, chance: random.Random) -> int:
    """Queue jobs under ids that begin as a window's do; each would make `trap`, or end a careless worker.

    Gives how many of them there is something to refuse of: RQ itself passes over an id without a job.
    """
    to_refuse = 0
    with redis.pipeline(transaction=False) as pipe:
        for number in range(count):
            job = f"{prefix}-{1_700_000_000_000 + number}-0".encode()
            fields = chance.choice(_hostile_jobs(job.decode(), trap, chance))
            if number % 20 == 0:
                job = b"\xff\xfe" + job
            elif number % 20 == 1:
                pipe.rpush(b"rq:job:" + job, b"no hash")
            elif fields:
                pipe.hset(b"rq:job:" + job, items=[part for pair in fields.items() for part in pair])
            else:
                to_refuse -= 1
            to_refuse += 1
            pipe.rpush(f"rq:queue:{QUEUE}", job)
        pipe.execute()
    return to_refuse


def _hostile_jobs(job: str, trap: Path, chance: random.Random) -> list[dict[str, bytes]]:
    touch = f"touch {trap}"
    own = _call(JOB_FUNCTION, None, [job], {})
    return [
        {"data": pickle.dumps(_Touch(trap))},
        {"data": zlib.compress(pickle.dumps(_Touch(trap)))},
        {"data": _call("os.system", None, [touch], {})},
        {"data": _call("subprocess.getoutput", None, [touch], {})},
        {"data": _call(JOB_FUNCTION, None, [touch], {})},
        {"data": _call(JOB_FUNCTION, None, [job], {"then": touch})},
        {"data": own, "success_callback_name": b"os.system"},
        {"data": own, "failure_callback_name": b"os.system"},
        {"data": own, "webhooks": json.dumps([{"url": "http://127.0.0.1:1/"}]).encode()},
        {"data": own, "meta": pickle.dumps(_Touch(trap))},
        {"data": own, "created_at": b"\xff"},
        {"data": _BOMB},
        {"data": _NESTED},
        {"data": chance.randbytes(300)},
        {},
    ]


def _call(*call: object) -> bytes:
    return zlib.compress(json.dumps(call).encode())


_BOMB = zlib.compress(b"\0" * 3_000_000)
_NESTED = zlib.compress(b"[" * 3_000_000)
