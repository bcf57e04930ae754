"""How records are written to a spool file: each is one line of JSON behind its checksum.

Where a file is cut short or damaged, only the damaged lines are lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeVar
from zlib import crc32

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from contract.errors import BadRecordError
from contract.keys import MODEL_PATTERN, VERSION_PATTERN
from contract.stream.idempotency import Once
from contract.stream.looked_up import LookedUp, read_looked_up
from contract.stream.record import FIELDS, Record
from contract.task import Score, read_score

T = TypeVar("T")

FORMAT: Final = 1
_SUM_DIGITS: Final = 8
_ONCE_FIELDS: Final = 3


class BadLineError(Exception):
    """A line that is not what was written; the message says why."""


@dataclass(frozen=True, slots=True)
class SpooledRecord:
    """A record under its number; `once` belongs to a record that is taken once only."""

    number: int
    record: Record
    once: Once | None = None


Count = Annotated[int, Field(ge=0)]
CountName = Annotated[str, Field(pattern="^(accepted|dropped|unsampled)$")]
Model = Annotated[str, Field(pattern=f"^{MODEL_PATTERN}$")]
Version = Annotated[str, Field(pattern=f"^{VERSION_PATTERN}$")]


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a file: whose records these are, and how the ledger counts them.

    Records up to `unknown_until` were sent to Redis together with `counts`, and nobody knows whether it took
    them. The records after it are announced to the ledger as spooled, under the counts number `announce`.
    """

    model: Model
    version: Version
    announce: Count
    unknown_until: Count = 0
    counts_number: Count = 0
    counts: Mapping[CountName, Count] = field(default_factory=dict)
    format: Literal[1] = FORMAT


_Row = tuple[Count, str, int, Model, Version, str, str, float | str, str]
"""A record's number, and the values of record.FIELDS, up to the last of them that every version has."""

_RowLookedUp = tuple[Count, str, int, Model, Version, str, str, float | str, str, str]
"""The same, followed by what was looked up."""

_RowOnce = tuple[Count, str, int, Model, Version, str, str, float | str, str, str, str, bool]
_RowLookedUpOnce = tuple[Count, str, int, Model, Version, str, str, float | str, str, str, str, str, bool]
"""The same, each followed by the values of its Once."""

_AnyRow = _Row | _RowLookedUp | _RowOnce | _RowLookedUpOnce
_HEADER: Final = TypeAdapter(Header)
_RECORD: Final[TypeAdapter[_AnyRow]] = TypeAdapter(_AnyRow)


def write_header(header: Header) -> bytes:
    """Give the header as a line."""
    return write_line({name: getattr(header, name) for name in Header.__slots__})


def write_record(spooled: SpooledRecord) -> bytes:
    """Give a record as a line; of one for which nothing was looked up, an earlier version reads it too."""
    once = spooled.once
    more = (once.key, once.fingerprint, once.logged) if once else ()
    values = spooled.record.values()
    return write_line([spooled.number, *(values if values[-1] else values[:-1]), *more])


def read_line(line: bytes) -> Header | SpooledRecord:
    """Read a line, given without its end; raises BadLineError."""
    is_header = line[_SUM_DIGITS + 1 :].startswith(b"{")
    return read_payload(_HEADER, line) if is_header else _spooled(read_payload(_RECORD, line))


def read_payload(adapter: TypeAdapter[T], line: bytes) -> T:
    """Read what `write_line` wrote, without its end; raises BadLineError."""
    payload = line[_SUM_DIGITS + 1 :]
    if line[: _SUM_DIGITS + 1] != b"%08x " % crc32(payload):
        raise BadLineError("the checksum differs")
    try:
        return adapter.validate_json(payload, strict=True)
    except ValidationError as error:
        raise BadLineError("it was not written by this format") from error


def write_line(content: Any) -> bytes:
    """Give a value as a line: the checksum of its JSON, the JSON, and the end of the line."""
    payload = to_json(content)
    return b"%08x %b\n" % (crc32(payload), payload)


def _spooled(found: tuple[Any, ...]) -> SpooledRecord:
    number, *rest = found
    end = len(rest) - _ONCE_FIELDS if len(rest) > len(FIELDS) else len(rest)
    values, more = rest[:end], rest[end:]
    prediction_id, timestamp_ms, model, version, entity, features, score, traceparent, *added = values
    record = Record(
        prediction_id=prediction_id,
        timestamp_ms=timestamp_ms,
        model=model,
        version=version,
        entity=entity or None,
        features_json=features.encode(),
        score=_score(score),
        traceparent=traceparent or None,
        looked_up=_looked_up(*added),
    )
    return SpooledRecord(number, record, Once(*more) if more else None)


def _looked_up(text: str = "") -> LookedUp | None:
    try:
        return read_looked_up(text)
    except BadRecordError as error:
        raise BadLineError("it was not written by this format") from error


def _score(field: float | str) -> Score:
    try:
        return read_score(field)
    except ValueError as error:
        raise BadLineError("it was not written by this format") from error
