"""How records are written to a spool file: one line of JSON each, behind its checksum.

A file that was cut short or damaged loses the lines that it hits, and no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

from contract.idempotency import Once
from contract.record import FIELDS, Record
from pydantic_core import from_json, to_json

FORMAT: Final = 1
_SUM_DIGITS: Final = 8
_ONCE_FIELDS: Final = 3


class BadLineError(Exception):
    """A line that is not what was written."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A record under its number, and what makes it one that is taken once only."""

    number: int
    record: Record
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a file: whose records these are, and how they are to be counted.

    Records up to `unknown_until` were sent to Redis with an unknown outcome, together with `counts`; those
    after it are announced to the ledger as spooled, under the number `announce`.
    """

    model: str
    version: str
    announce: int
    unknown_until: int = 0
    counts_number: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a writer has come: its next record's number, and counts that the ledger doesn't have yet."""

    model: str
    version: str
    next: int
    counts_number: int
    counts: Mapping[str, int]


def write_standing(standing: Standing) -> bytes:
    """The standing as a line."""
    return _line({name: getattr(standing, name) for name in Standing.__slots__})


def read_standing(line: bytes) -> Standing:
    """What `write_standing` wrote, without its end; raises BadLineError."""
    try:
        return Standing(**_content(line))
    except TypeError as error:
        raise BadLineError("it is no standing") from error


def write_header(header: Header) -> bytes:
    """The header as a line."""
    return _line({"format": FORMAT, **{name: getattr(header, name) for name in Header.__slots__}})


def write_record(spooled: Spooled) -> bytes:
    """A record as a line."""
    once = spooled.once
    more = (once.key, once.fingerprint, once.logged) if once else ()
    return _line([spooled.number, *spooled.record.values(), *more])


def read_line(line: bytes) -> Header | Spooled:
    """What stands in a line, without its end; raises BadLineError."""
    found = _content(line)
    try:
        return _header(found) if isinstance(found, dict) else _spooled(found)
    except (ValueError, TypeError, KeyError) as error:
        raise BadLineError("it was not written by this format") from error


def _content(line: bytes) -> Any:
    payload = line[_SUM_DIGITS + 1 :]
    if line[: _SUM_DIGITS + 1] != b"%08x " % crc32(payload):
        raise BadLineError("the checksum differs")
    try:
        return from_json(payload)
    except ValueError as error:
        raise BadLineError("it was not written by this format") from error


def _line(content: Any) -> bytes:
    payload = to_json(content)
    return b"%08x %b\n" % (crc32(payload), payload)


def _header(found: dict[str, Any]) -> Header:
    if found.pop("format") != FORMAT:
        raise BadLineError(f"it is not of format {FORMAT}")
    return Header(**found)


def _spooled(found: list[Any]) -> Spooled:
    number, *rest = found
    values, more = rest[: len(FIELDS)], rest[len(FIELDS) :]
    prediction_id, timestamp_ms, model, version, entity, features, score, traceparent = values
    record = Record(
        prediction_id=prediction_id,
        timestamp_ms=timestamp_ms,
        model=model,
        version=version,
        entity=entity or None,
        features_json=features.encode(),
        score=score,
        traceparent=traceparent or None,
    )
    return Spooled(number, record, Once(*more) if len(more) == _ONCE_FIELDS else None)
