"""Job payloads of someone who can write to Redis and means ill."""

import json
import pickle
import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.client import Pipeline

from contract.redis.queue import JOB_FUNCTION, QUEUE

TRAP_MODULE = "hostile_trap"


def lay_trap(folder: Path, trap: Path) -> None:
    """Put a module into the folder that makes `trap` when it is imported."""
    folder.mkdir()
    (folder / f"{TRAP_MODULE}.py").write_text(f"open({str(trap)!r}, 'w').close()\nrun = print\n")


class _Touch:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self._path,)


@dataclass
class HostileJobs:
    """Jobs each of which would make `trap` if it ran; and how many of them there are to refuse.

    RQ itself passes over an id without a job.
    """

    trap: Path
    chance: random.Random
    count: int = 0
    to_refuse: int = 0

    def push(self, redis: Redis, prefix: str, count: int) -> None:
        """Queue so many under ids that begin as a window's do."""
        with redis.pipeline(transaction=False) as pipe:
            for number in range(count):
                job = f"{prefix}-{1_700_000_000_000 + number}-0".encode()
                fields = self.chance.choice(_hostile_jobs(job.decode(), self.trap, self.chance))
                self.to_refuse += 1
                if fields:
                    _set(pipe, job, fields)
                else:
                    self.to_refuse -= 1
                pipe.rpush(f"rq:queue:{QUEUE}", job)
            pipe.execute()
        self.count += count

    def replace(self, redis: Redis, window_ids: Sequence[str]) -> None:
        """Put such jobs in the place of those of real windows, and queue them."""
        with redis.pipeline(transaction=False) as pipe:
            for window_id in window_ids:
                job = window_id.encode()
                fields = self.chance.choice(_hostile_jobs(window_id, self.trap, self.chance)[:-1])
                pipe.delete(b"rq:job:" + job)
                _set(pipe, job, fields)
                pipe.rpush(f"rq:queue:{QUEUE}", job)
            pipe.execute()
        self.count += len(window_ids)


def _set(pipe: Pipeline, job: bytes, fields: Mapping[str, bytes]) -> None:
    pipe.hset(b"rq:job:" + job, items=[part for pair in fields.items() for part in pair])


def _hostile_jobs(job: str, trap: Path, chance: random.Random) -> list[dict[str, bytes]]:
    touch = f"touch {trap}"
    own = _call(JOB_FUNCTION, None, [job], {})
    return [
        {"data": pickle.dumps(_Touch(trap))},
        {"data": zlib.compress(pickle.dumps(_Touch(trap)))},
        {"data": _call("os.system", None, [touch], {})},
        {"data": _call("subprocess.getoutput", None, [touch], {})},
        {"data": _call(f"{TRAP_MODULE}.run", None, [job], {})},
        {"data": _call("run", f"{TRAP_MODULE}.run", [job], {})},
        {"data": own, "success_callback_name": f"{TRAP_MODULE}.run".encode()},
        {"data": own, "stopped_callback_name": f"{TRAP_MODULE}.run".encode()},
        {"data": _call(JOB_FUNCTION, None, [touch], {})},
        {"data": _call(JOB_FUNCTION, None, [job], {"then": touch})},
        {"data": own, "success_callback_name": b"os.system"},
        {"data": own, "failure_callback_name": b"os.system"},
        {"data": own, "webhooks": json.dumps([{"url": "http://127.0.0.1:1/"}]).encode()},
        {"data": _BOMB},
        {"data": _NESTED},
        {"data": chance.randbytes(300)},
        {},
    ]


def _call(*call: object) -> bytes:
    return zlib.compress(json.dumps(call).encode())


_BOMB = zlib.compress(b"\0" * 3_000_000)
_NESTED = zlib.compress(b"[" * 3_000_000)
