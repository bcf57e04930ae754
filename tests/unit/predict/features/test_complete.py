"""What was given and what was found become a row, or a refusal that says which of the cases it is."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.schema import Schema
from contract.stream.looked_up import LookedUp
from predict.errors import Reason, RefusedError
from predict.features.answer import NOTHING, Value
from predict.features.complete import Completed, Freshness, RowCompleter
from predict.request.problems import status_of

SCHEMA = Schema.model_validate(
    {
        "entity": "user_id",
        "features": [
            {"name": "fee", "kind": "numerical"},
            {"name": "plan", "kind": "categorical"},
            {"name": "tv", "kind": "boolean", "nullable": True},
        ],
    }
)
DAY = 86_400
NOW = 1_800_000_000.0
WHOLE = {"fee": 1.5, "plan": "DSL", "tv": True}


def found(age: float = DAY, **values: Any) -> dict[str, Value]:
    """Values of the store, all as old."""
    return {name: Value(value, NOW - age) for name, value in {**WHOLE, **values}.items()}


def complete(
    given: Mapping[str, Any],
    values: Mapping[str, Value],
    max_age: float | None = None,
    *,
    refuse: bool = False,
) -> Completed:
    """The row."""
    completer = RowCompleter(SCHEMA, "churn", Freshness(max_age, refuses_stale=refuse))
    return completer.complete(dict(given), values, NOW)


def refusal_of(*arguments: Any, **options: Any) -> RefusedError:
    """The refusal, where it has to be one."""
    with pytest.raises(RefusedError) as caught:
        complete(*arguments, **options)
    return caught.value


@given(
    st.dictionaries(st.sampled_from(list(WHOLE)), st.none(), max_size=2).map(list),
    st.permutations(list(WHOLE)),
)
def test_what_is_given_wins(names: list[str], order: list[str]) -> None:
    """And stands in the schema's order, whatever order things come in."""
    own = {"fee": 9.0, "plan": "own", "tv": None}
    given = {name: own[name] for name in names}
    row = complete(given, {name: found()[name] for name in order})
    assert list(row.features.items()) == [(name, given.get(name, WHOLE[name])) for name in WHOLE]
    assert row.looked_up == LookedUp({name: DAY for name in WHOLE if name not in given})


def test_an_unknown_entity_is_not_found() -> None:
    """404, by the name of its field; its key is not told."""
    refused = refusal_of({"fee": 1.0}, dict.fromkeys(WHOLE, NOTHING))
    assert (refused.reason, status_of(refused.reason)) == (Reason.UNKNOWN_ENTITY, 404)
    assert [each.field for each in refused.errors] == ["user_id"]


@pytest.mark.parametrize("absent", [NOTHING, Value(None, NOW - DAY), Value("NaN", NOW - DAY)])
def test_a_value_that_is_missing_is_null_where_the_schema_takes_one(absent: Value) -> None:
    """Else 422, by the name of the feature."""
    values = {**found(), "fee": absent}
    refused = refusal_of({}, values)
    assert (refused.reason, status_of(refused.reason)) == (Reason.MISSING_VALUE, 422)
    assert [each.field for each in refused.errors] == ["features.fee"]
    assert complete({"fee": 3.0}, values).features == {**WHOLE, "fee": 3.0}
    if absent.value is None:
        row = complete({}, {**found(), "tv": absent})
        assert row.features == {**WHOLE, "tv": None}
        assert row.looked_up.ages["tv"] == (None if absent is NOTHING else DAY)


def test_a_service_with_none_of_the_features_is_no_unknown_entity() -> None:
    """It is another service than was meant."""
    assert refusal_of({"fee": 1.0}, {}).reason is Reason.MISSING_FIELD


def test_a_feature_that_the_service_lacks_has_to_be_given() -> None:
    """The refusal names it."""
    values = found()
    del values["plan"]
    refused = refusal_of({}, values)
    assert refused.reason is Reason.MISSING_FIELD
    assert [each.field for each in refused.errors] == ["features.plan"]
    assert complete({"plan": "x"}, values).features["plan"] == "x"


def test_a_stale_value_is_used_and_marked() -> None:
    """As it is from a second beyond what is allowed; without a limit none is."""
    values = {**found(DAY), "fee": Value(1.5, NOW - DAY - 1)}
    row = complete({}, values, DAY)
    assert row.features == WHOLE
    assert row.looked_up == LookedUp({"fee": DAY + 1, "plan": DAY, "tv": DAY}, ("fee",))
    assert complete({}, found(1000 * DAY)).looked_up.stale == ()


def test_a_stale_value_is_refused_where_the_settings_say_so() -> None:
    """422, with its age; what the request brings is never stale."""
    values = {**found(1), "fee": Value(1.5, NOW - 2 * DAY)}
    refused = refusal_of({}, values, DAY, refuse=True)
    assert (refused.reason, status_of(refused.reason)) == (Reason.STALE_VALUE, 422)
    assert [each.field for each in refused.errors] == ["features.fee"]
    assert "172,800 s old, where FEATURES_MAX_AGE is 86,400" in refused.detail
    assert complete({"fee": 1.0}, values, DAY, refuse=True).looked_up.stale == ()


def test_an_event_that_is_yet_to_come_has_just_been() -> None:
    """A month is materialized under its end."""
    assert complete({}, found(-DAY), DAY).looked_up.ages == dict.fromkeys(WHOLE, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fee": "1.5"},
        {"fee": True},
        {"plan": 1},
        {"tv": 1},
        {"tv": "true"},
        {"fee": [1]},
        {"fee": "Infinity"},
    ],
)
def test_a_value_of_another_type_is_the_servers_error(wrong: dict[str, Any]) -> None:
    """503, by the name of the feature; the value is not told."""
    refused = refusal_of({}, found(**wrong))
    assert (refused.reason, status_of(refused.reason)) == (Reason.FEATURES_UNAVAILABLE, 503)
    assert [each.field for each in refused.errors] == [f"features.{name}" for name in wrong]
