"""Prediction ids are UUIDs of version 7."""

import time
from uuid import RFC_4122, UUID

import pytest

from predict.score.predictor import new_prediction_id


def test_an_id_is_a_uuid_of_version_7_and_tells_its_time() -> None:
    """The first 48 bits are milliseconds since the epoch (RFC 9562, section 5.7)."""
    before = time.time_ns() // 1_000_000
    text, milliseconds = new_prediction_id()
    identifier = UUID(text)
    assert (identifier.version, identifier.variant) == (7, RFC_4122)
    assert str(identifier) == text
    assert before <= milliseconds <= time.time_ns() // 1_000_000
    assert identifier.int >> 80 == milliseconds


def test_ids_differ_and_sort_by_time() -> None:
    """However many are made in one millisecond."""
    made = [new_prediction_id() for _ in range(10_000)]
    assert len({text for text, _ in made}) == len(made)
    by_time = sorted(made, key=lambda pair: pair[1])
    assert [ms for _, ms in sorted(made)] == [ms for _, ms in by_time]


def test_a_clock_that_is_set_back_is_followed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record has the time of the clock as it is now."""
    new_prediction_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)
    text, milliseconds = new_prediction_id()
    assert milliseconds == 1_700_000_000_000
    assert UUID(text).int >> 80 == milliseconds
