"""What the feature server says is read by its names, whatever their order; anything else is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predict.features.answer import NOTHING, AnswerReader, Value, places_of
from predict.features.errors import BadAnswerError

FEATURES = ("fee", "plan", "tv")
EVENT = datetime(2026, 1, 31, tzinfo=UTC)
NEVER = "1970-01-01T00:00:00Z"

values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)
cells = st.tuples(values | st.text(), st.datetimes(timezones=st.just(UTC), min_value=datetime(1971, 1, 1)))  # noqa: DTZ001 - the strategy adds the zone


def answer(names: list[str], columns: list[list[tuple[Any, str]]], status: str = "PRESENT") -> bytes:
    """An answer with these values and times."""
    results = [
        {
            "values": [value for value, _ in column],
            "statuses": [status] * len(column),
            "event_timestamps": [time for _, time in column],
        }
        for column in columns
    ]
    return json.dumps({"metadata": {"feature_names": names}, "results": results}).encode()


@given(data=st.data(), entities=st.integers(0, 4))
def test_each_value_belongs_to_its_name(data: st.DataObject, entities: int) -> None:
    """The order differs from one start of the server to the next; what nobody asked for is passed over."""
    column = st.lists(cells, min_size=entities, max_size=entities)
    by_name = {
        name: data.draw(column) for name in ("user_id", "view__fee", "other__view__plan", "v__tv", "v__more")
    }
    names = data.draw(st.permutations(list(by_name)))
    told = [[(value, time.isoformat()) for value, time in by_name[name]] for name in names]
    read = AnswerReader("user_id", FEATURES).read(answer(names, told), entities)
    assert len(read) == entities
    for at, found in enumerate(read):
        assert found == {
            feature: Value(by_name[name][at][0], by_name[name][at][1].timestamp())
            for feature, name in (("fee", "view__fee"), ("plan", "other__view__plan"), ("tv", "v__tv"))
        }


def test_nothing_a_null_and_a_value_are_told_apart() -> None:
    """With Redis an unknown entity is PRESENT, with a null of 1970; other stores say NOT_FOUND."""
    time = EVENT.isoformat()
    reader = AnswerReader("user_id", ["fee"])
    (found,) = reader.read(answer(["v__fee"], [[(None, NEVER)]]), 1)
    assert found == {"fee": NOTHING}
    assert not found["fee"].is_found
    assert reader.read(answer(["v__fee"], [[(None, time)]], "NOT_FOUND"), 1) == [{"fee": NOTHING}]
    (null,) = reader.read(answer(["v__fee"], [[(None, time)]]), 1)
    assert null["fee"] == Value(None, EVENT.timestamp())
    assert null["fee"].is_found
    (computed,) = reader.read(answer(["v__fee"], [[(1.5, NEVER)]]), 1)
    assert computed["fee"] == Value(1.5, None)  # an on-demand view has no time
    assert computed["fee"].is_found


def test_a_feature_that_the_service_does_not_have_is_not_among_them() -> None:
    """It has to come with the request."""
    assert AnswerReader("user_id", FEATURES).read(answer(["v__fee"], [[(1, NEVER)]]), 1) == [
        {"fee": Value(1, None)}
    ]


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["a__fee", "b__fee"], "has fee twice, as a__fee and b__fee"),
        (["fee", "b__fee"], "has fee twice"),
        (["a__sub__fee"], "has a__sub__fee, which may be sub__fee or fee; rename a feature"),
    ],
)
def test_what_is_not_clear_is_refused(names: list[str], what: str) -> None:
    """Rather than guessed."""
    with pytest.raises(BadAnswerError, match=what):
        places_of(names, "user_id", frozenset({"fee", "sub__fee"}))


GOOD = json.loads(answer(["v__fee", "v__plan"], [[(1, NEVER)], [("a", NEVER)]]))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"results": [], "metadata": {}}',
        json.dumps(GOOD)[:-20].encode(),
        json.dumps({**GOOD, "results": GOOD["results"][:1]}).encode(),
        json.dumps({**GOOD, "metadata": {"feature_names": ["v__fee"]}}).encode(),
        json.dumps({**GOOD, "results": [GOOD["results"][0], {**GOOD["results"][1], "values": []}]}).encode(),
        json.dumps(GOOD).replace(NEVER, "yesterday").encode(),
        json.dumps(GOOD).replace(NEVER, "2026-01-01T00:00:00").encode(),
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    """With an error of one kind."""
    with pytest.raises(BadAnswerError, match="the feature server answered with"):
        AnswerReader("user_id", FEATURES).read(body, 1)


@given(
    st.binary()
    | st.recursive(values | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)).map(
        lambda v: json.dumps(v).encode()
    )
)
def test_whatever_comes_is_an_answer_or_refused(body: bytes) -> None:
    """Nothing fails in another way."""
    with pytest.raises(BadAnswerError):
        AnswerReader("user_id", FEATURES).read(body, 1)
