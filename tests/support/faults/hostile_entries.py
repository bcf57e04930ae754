"""Stream entries of someone who can write to Redis and means ill."""

import random
from collections.abc import Iterator

from contract.stream.record import FIELDS, Record

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
