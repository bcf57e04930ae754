"""How records are written to a spool file: one line of JSON each, behind its checksum.

A file that was cut short or damaged loses the lines that it hits, and no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeVar
from zlib import crc32

from contract.keys import MODEL_PATTERN, VERSION_PATTERN
from contract.stream.idempotency import Once
from contract.stream.record import FIELDS, Record
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import to_json

T = TypeVar("T")

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


Count = Annotated[int, Field(ge=0)]
CountName = Annotated[str, Field(pattern="^(accepted|dropped|unsampled)$")]
Model = Annotated[str, Field(pattern=f"^{MODEL_PATTERN}$")]
Version = Annotated[str, Field(pattern=f"^{VERSION_PATTERN}$")]


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a file: whose records these are, and how they are to be counted.

    Records up to `unknown_until` were sent to Redis with an unknown outcome, together with `counts`; those
    after it are announced to the ledger as spooled, under the number `announce`.
    """

    model: Model
    version: Version
    announce: Count
    unknown_until: Count = 0
    counts_number: Count = 0
    counts: Mapping[CountName, Count] = field(default_factory=dict)
    format: Literal[1] = FORMAT


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a writer has come: its next record's number, and counts that the ledger doesn't have yet."""

    model: Model
    version: Version
    next: Count
    counts_number: Count
    counts: Mapping[CountName, Count]


_Row = tuple[Count, str, int, Model, Version, str, str, float, str]
"""A record's number, and the values of record.FIELDS."""

_RowOnce = tuple[Count, str, int, Model, Version, str, str, float, str, str, str, bool]
"""The same, and what makes it one that is taken once only."""

_HEADER: Final = TypeAdapter(Header)
_STANDING: Final = TypeAdapter(Standing)
_RECORD: Final[TypeAdapter[_Row | _RowOnce]] = TypeAdapter(_Row | _RowOnce)


def write_standing(standing: Standing) -> bytes:
    """The standing as a line."""
    return _line({name: getattr(standing, name) for name in Standing.__slots__})


def read_standing(line: bytes) -> Standing:
    """What `write_standing` wrote, without its end; raises BadLineError."""
    return _read(_STANDING, _payload(line))


def write_header(header: Header) -> bytes:
    """The header as a line."""
    return _line({name: getattr(header, name) for name in Header.__slots__})


def write_record(spooled: Spooled) -> bytes:
    """A record as a line."""
    once = spooled.once
    more = (once.key, once.fingerprint, once.logged) if once else ()
    return _line([spooled.number, *spooled.record.values(), *more])


def read_line(line: bytes) -> Header | Spooled:
    """What stands in a line, without its end; raises BadLineError."""
    payload = _payload(line)
    return _read(_HEADER, payload) if payload.startswith(b"{") else _spooled(_read(_RECORD, payload))


def _read(adapter: TypeAdapter[T], payload: bytes) -> T:
    try:
        return adapter.validate_json(payload, strict=True)
    except ValidationError as error:
        raise BadLineError("it was not written by this format") from error


def _payload(line: bytes) -> bytes:
    payload = line[_SUM_DIGITS + 1 :]
    if line[: _SUM_DIGITS + 1] != b"%08x " % crc32(payload):
        raise BadLineError("the checksum differs")
    return payload


def _line(content: Any) -> bytes:
    payload = to_json(content)
    return b"%08x %b\n" % (crc32(payload), payload)


def _spooled(found: tuple[Any, ...]) -> Spooled:
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
