"""What is written to the stream is read back, and nothing else is."""

import contextlib
from collections.abc import Mapping

import pytest
from contract.errors import BadRecordError
from contract.record import FIELDS, Record, RecordReader
from hypothesis import given
from hypothesis import strategies as st

from tests.records import PARTITION, SCHEMA, record

READER = RecordReader(SCHEMA, PARTITION.model, PARTITION.version)


def fields_of(logged: Record) -> dict[bytes, bytes]:
    """The fields of a record as Redis returns them."""
    values = (value if isinstance(value, bytes) else str(value).encode() for value in logged.values())
    return dict(zip((name.encode() for name in FIELDS), values, strict=True))


def test_a_record_is_read_back_as_it_was_written() -> None:
    """Encoding and decoding are each other's inverse."""
    logged = record(1234)
    read = READER.read(fields_of(logged))
    assert (read.prediction_id, read.timestamp_ms, read.entity, read.score, read.traceparent) == (
        logged.prediction_id,
        logged.timestamp_ms,
        logged.entity,
        logged.score,
        None,
    )
    assert read.features == {"fee": 123.4, "plan": "DSL", "tv": None}


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("prediction_id", b"1234", "prediction_id: expected a lower-case UUID"),
        ("timestamp", b"-1", "timestamp: expected milliseconds since the epoch"),
        ("timestamp", b"9" * 4000, "timestamp: expected milliseconds since the epoch"),
        ("model", b"other", "model, version: expected those of the stream"),
        ("entity", b"\xff", "entity: expected UTF-8"),
        ("entity", b"x" * 257, "entity: expected at most 256 characters"),
        ("features", b"{", "features: Invalid JSON"),
        (
            "features",
            b'{"fee": NaN, "plan": "DSL", "tv": null}',
            "features: fee: Input should be a finite number",
        ),
        ("features", b'{"plan": "DSL", "tv": null}', "features: fee: Field required"),
        ("score", b"nan", "score: expected a probability between 0 and 1"),
        ("score", b"high", "score: expected a number"),
        ("traceparent", b"00-xyz", "traceparent: expected version 00 of W3C trace context"),
    ],
)
def test_a_bad_field_is_named(field: str, value: bytes, reason: str) -> None:
    """The reason names the field and what was expected."""
    with pytest.raises(BadRecordError, match=reason):
        READER.read({**fields_of(record(1)), field.encode(): value})


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_is_named(field: str) -> None:
    """An entry that lacks a field is no record."""
    fields = fields_of(record(1))
    del fields[field.encode()]
    with pytest.raises(BadRecordError, match=f"field {field} is missing"):
        READER.read(fields)


@given(st.dictionaries(st.sampled_from([name.encode() for name in FIELDS]), st.binary(max_size=40)))
def test_whatever_stands_in_the_stream_is_a_record_or_a_bad_record(fields: Mapping[bytes, bytes]) -> None:
    """No entry makes the reader fail in any other way."""
    with contextlib.suppress(BadRecordError):
        READER.read({**fields_of(record(1)), **fields})


def test_a_reason_never_quotes_a_value() -> None:
    """Reasons are stored and logged; what a client sent is neither."""
    with pytest.raises(BadRecordError) as caught:
        READER.read({**fields_of(record(1)), b"features": b'{"fee": "secret", "plan": "DSL", "tv": null}'})
    assert "secret" not in str(caught.value)
