"""What is written to the stream is read back, and nothing else is."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import BadRecordError
from contract.stream.decode import LoggedPredictions
from contract.stream.looked_up import LookedUp
from contract.stream.record import ADDED, FIELDS
from tests.support.records import PARTITION, SCHEMA, fields_of, read_all, record

TRACEPARENT = f"00-{1:032x}-{1:016x}-01"


def read(*entries: Mapping[bytes, bytes]) -> LoggedPredictions:
    """Decode entries."""
    return read_all(SCHEMA, PARTITION, entries)


def test_records_are_read_back_as_they_were_written() -> None:
    """Encoding and decoding are each other's inverse."""
    logged = [record(1234), replace(record(5), entity=None, traceparent=TRACEPARENT)]
    read_back = read(*map(fields_of, logged))
    assert read_back.prediction_ids == [each.prediction_id for each in logged]
    assert read_back.timestamps_ms == [each.timestamp_ms for each in logged]
    assert read_back.entities == [logged[0].entity, None]
    assert read_back.scores == [each.score for each in logged]
    assert read_back.traceparents == [None, TRACEPARENT]
    assert read_back.looked_up == [None, None]
    assert read_back.features == [
        {"fee": 123.4, "plan": "DSL", "tv": None},
        {"fee": 0.5, "plan": "DSL", "tv": None},
    ]


@given(
    st.dictionaries(st.text(), st.none() | st.integers(0, 10**9)),
    st.lists(st.text()).map(tuple),
)
def test_what_was_looked_up_is_read_back(ages: dict[str, int | None], stale: tuple[str, ...]) -> None:
    """Beside records for which nothing was."""
    looked_up = LookedUp(ages, stale)
    assert read(fields_of(record(1)), fields_of(replace(record(2), looked_up=looked_up))).looked_up == [
        None,
        looked_up,
    ]


def test_entries_of_earlier_versions_are_read() -> None:
    """They lack what was added since, also beside entries that have it."""
    before = fields_of(record(1))
    for name in ADDED:
        del before[name.encode()]
    now = fields_of(replace(record(2), looked_up=LookedUp({"fee": 1})))
    assert read(before, now).looked_up == [None, LookedUp({"fee": 1})]
    assert read(before, before) == read(fields_of(record(1)), fields_of(record(1)))


def test_no_entries_are_no_records() -> None:
    """Every column is empty."""
    assert not any(read())


def test_other_fields_and_another_order_change_nothing() -> None:
    """A record is its fields by their names; what a newer writer adds is passed over."""
    fields = fields_of(record(1))
    shuffled = {b"added_later": b"1", **dict(reversed(fields.items()))}
    assert read(shuffled, fields) == read(fields, fields)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("prediction_id", b"1234", "prediction_id: expected a lower-case UUID"),
        ("timestamp", b"-1", "timestamp: expected milliseconds since the epoch"),
        ("timestamp", b"9" * 4000, "timestamp: expected milliseconds since the epoch"),
        ("timestamp", b"9223372036855", "timestamp: expected milliseconds since the epoch, until 2262"),
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
        ("looked_up", b"[]", "looked_up: expected the ages of features, in seconds"),
        ("looked_up", b'{"ages": {"fee": -1}}', "looked_up: expected the ages of features, in seconds"),
        ("looked_up", b'{"ages": {"fee": 1.5}}', "looked_up: expected the ages of features, in seconds"),
    ],
)
def test_a_bad_field_is_named(field: str, value: bytes, reason: str) -> None:
    """The reason names the field and what was expected."""
    with pytest.raises(BadRecordError, match=reason):
        read(fields_of(record(2)), {**fields_of(record(1)), field.encode(): value})


@pytest.mark.parametrize("field", [name for name in FIELDS if name not in ADDED])
def test_a_missing_field_is_named(field: str) -> None:
    """An entry that lacks a field is no record."""
    fields = fields_of(record(1))
    del fields[field.encode()]
    with pytest.raises(BadRecordError, match=f"field {field} is missing"):
        read(fields_of(record(2)), fields)


@given(st.dictionaries(st.sampled_from([name.encode() for name in FIELDS]), st.binary(max_size=40)))
def test_whatever_stands_in_the_stream_is_a_record_or_a_bad_record(fields: Mapping[bytes, bytes]) -> None:
    """No entry makes the reader fail in any other way."""
    with contextlib.suppress(BadRecordError):
        read(fields_of(record(2)), {**fields_of(record(1)), **fields})


def test_a_reason_never_quotes_a_value() -> None:
    """Reasons are stored and logged; what a client sent is neither."""
    with pytest.raises(BadRecordError) as caught:
        read(
            fields_of(record(2)),
            {**fields_of(record(1)), b"features": b'{"fee": "secret", "plan": "DSL", "tv": null}'},
        )
    assert "secret" not in str(caught.value)
