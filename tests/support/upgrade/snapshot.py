"""What a Redis holds, as a text file that any version of Redis or Valkey can be filled from."""

import json
from pathlib import Path
from typing import Any

from redis import Redis

VOLATILE = (
    "rq:worker",
    "rq:clean_registries",
    "rq:heartbeat",
    "driftline:heartbeat",
    "driftline:sweep-heartbeat",
)
"""Keys that live as long as a process."""


def save(redis: Redis, path: Path) -> None:
    """Write every key that outlives the processes, a line each, in the order of their names."""
    names = sorted(name.decode() for name in redis.scan_iter() if not name.decode().startswith(VOLATILE))
    lines = [json.dumps([name, *_content(redis, name)]) for name in names]
    path.write_text("\n".join(lines) + "\n")


def restore(redis: Redis, path: Path) -> None:
    """Fill an empty Redis with what `save` wrote."""
    for line in path.read_text().splitlines():
        name, kind, content = json.loads(line)
        if kind == "hash":
            redis.hset(name, mapping={field: _bytes(value) for field, value in content.items()})
        elif kind == "stream":
            for stream_id, fields in content:
                redis.xadd(name, {field: _bytes(value) for field, value in fields.items()}, id=stream_id)
        elif kind == "zset":
            redis.zadd(name, content)
        elif kind == "set":
            redis.sadd(name, *content)
        elif kind == "list":
            redis.rpush(name, *content)
        else:
            redis.set(name, _bytes(content))


def _content(redis: Any, name: str) -> tuple[str, Any]:
    kind = redis.type(name).decode()
    found: Any
    if kind == "hash":
        found = {_text(field): _text(value) for field, value in sorted(redis.hgetall(name).items())}
    elif kind == "stream":
        found = [
            (_text(stream_id), {_text(field): _text(value) for field, value in fields.items()})
            for stream_id, fields in redis.xrange(name)
        ]
    elif kind == "zset":
        found = {_text(member): score for member, score in redis.zrange(name, 0, -1, withscores=True)}
    elif kind == "set":
        found = sorted(map(_text, redis.smembers(name)))
    elif kind == "list":
        found = [*map(_text, redis.lrange(name, 0, -1))]
    else:
        found = _text(redis.get(name))
    return kind, found


def _text(content: Any) -> str:
    """Bytes as text, each byte a character: jobs are compressed."""
    return bytes(content).decode("latin-1")


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
