"""Bodies are read strictly, and every refusal names the field without quoting its value."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.schema import Feature, Schema
from predict.errors import Reason, RefusedError
from predict.request.parse import RequestModel
from predict.request.problems import status_of
from predict.score.asked import Asked

SCHEMA = Schema.model_validate(
    {
        "entity": "user_id",
        "label": {"name": "churned"},
        "features": [
            {"name": "fee", "kind": "numerical"},
            {"name": "plan", "kind": "categorical"},
            {"name": "addon", "kind": "categorical", "nullable": True},
            {"name": "tv", "kind": "boolean", "nullable": True},
        ],
    }
)
MODEL = RequestModel(SCHEMA)
FEATURES: dict[str, Any] = {"fee": 1.5, "plan": "DSL", "addon": None, "tv": True}


def body(features: Any = None, **top: Any) -> bytes:
    """A body with these features in place of the valid ones."""
    return json.dumps({"features": FEATURES | (features or {}), **top}).encode()


def without(name: str) -> bytes:
    """A body that lacks one feature."""
    return json.dumps({"features": {key: value for key, value in FEATURES.items() if key != name}}).encode()


def refusal_of(content: bytes) -> RefusedError:
    """The refusal of a body that is not valid."""
    with pytest.raises(RefusedError) as caught:
        MODEL.read(content)
    return caught.value


def read_or_refuse(content: bytes) -> Asked | RefusedError:
    """What the reader makes of a body."""
    try:
        return MODEL.read(content)
    except RefusedError as refused:
        return refused


def test_a_valid_body_gives_the_features_in_the_schemas_order() -> None:
    """Whatever the order in which they come."""
    shuffled = dict(reversed(FEATURES.items()))
    asked = MODEL.read(json.dumps({"features": shuffled, "user_id": "u"}).encode())
    assert asked.entity == "u"
    assert list(asked.features.items()) == list(FEATURES.items())


@pytest.mark.parametrize("top", [{}, {"user_id": None}])
def test_the_entity_key_is_optional(top: dict[str, Any]) -> None:
    """Left out or null: nobody in particular."""
    assert MODEL.read(body(**top)).entity is None


def test_a_whole_number_is_a_number() -> None:
    """JSON knows no difference."""
    assert MODEL.read(body({"fee": 3})).features["fee"] == 3.0


def test_texts_may_hold_anything_that_is_unicode() -> None:
    """Quotation marks and colons in texts are no names."""
    for text in ("", 'a":"b', '"', "\\", "\u0000", "😀", "é" * 256, '{"fee":1,"fee":2}'):
        assert MODEL.read(body({"plan": text}, user_id="x")).features["plan"] == text


FIELD_CASES = [
    (without("fee"), "features.fee", Reason.MISSING_FIELD),
    (b'{"user_id": "u"}', "features", Reason.MISSING_FIELD),
    (body({"surprise": 1}), "features.surprise", Reason.UNKNOWN_FIELD),
    (body(extra=1), "extra", Reason.UNKNOWN_FIELD),
    (body({"fee": "1.5"}), "features.fee", Reason.WRONG_TYPE),
    (body({"fee": True}), "features.fee", Reason.WRONG_TYPE),
    (body({"fee": [1]}), "features.fee", Reason.WRONG_TYPE),
    (body({"plan": 1}), "features.plan", Reason.WRONG_TYPE),
    (body({"tv": 1}), "features.tv", Reason.WRONG_TYPE),
    (body({"tv": "true"}), "features.tv", Reason.WRONG_TYPE),
    (b'{"features": []}', "features", Reason.WRONG_TYPE),
    (b"[]", "body", Reason.WRONG_TYPE),
    (b'"text"', "body", Reason.WRONG_TYPE),
    (b"17", "body", Reason.WRONG_TYPE),
    (b"null", "body", Reason.NULL_VALUE),
    (b'{"features": null}', "features", Reason.NULL_VALUE),
    (body({"fee": None}), "features.fee", Reason.NULL_VALUE),
    (body({"plan": None}), "features.plan", Reason.NULL_VALUE),
    (body({"fee": float("nan")}), "features.fee", Reason.NOT_FINITE),
    (body({"fee": float("inf")}), "features.fee", Reason.NOT_FINITE),
    (body({"fee": float("-inf")}), "features.fee", Reason.NOT_FINITE),
    (body().replace(b"1.5", b"1e400"), "features.fee", Reason.NOT_FINITE),
    (body().replace(b"1.5", b"9" * 400), "features.fee", Reason.NOT_FINITE),
    (body().replace(b"1.5", b"9" * 5000), "features.fee", Reason.NOT_FINITE),
    (body().replace(b"1.5", b"-" + b"9" * 5000 + b".5"), "features.fee", Reason.NOT_FINITE),
    (body({"plan": "x" * 257}), "features.plan", Reason.TEXT_LENGTH),
    (body(user_id="x" * 257), "user_id", Reason.TEXT_LENGTH),
    (body(user_id=""), "user_id", Reason.TEXT_LENGTH),
    (body(user_id=7), "user_id", Reason.WRONG_TYPE),
    (body().replace(b'"fee"', b'"fee": 1, "fee"'), "fee", Reason.DUPLICATE_FIELD),
    (body().replace(b'"tv"', b'"tv": true, "tv"'), "tv", Reason.DUPLICATE_FIELD),
    (body().replace(b'{"features"', b'{"features": {}, "features"'), "features", Reason.DUPLICATE_FIELD),
]


@pytest.mark.parametrize(("content", "field", "reason"), FIELD_CASES)
def test_a_wrong_field_is_named(content: bytes, field: str, reason: Reason) -> None:
    """Status 422, and the first error is the one that counts."""
    refused = refusal_of(content)
    assert status_of(refused.reason) == 422
    assert refused.reason is reason
    assert [(error.field, error.reason) for error in refused.errors] == [(field, reason)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY_BODY),
        (b" ", Reason.INVALID_JSON),
        (b"{", Reason.INVALID_JSON),
        (b"{'fee': 1}", Reason.INVALID_JSON),
        (body() + b"x", Reason.INVALID_JSON),
        (b"\xef\xbb\xbf" + body(), Reason.INVALID_JSON),
        (body().decode().encode("utf-16"), Reason.INVALID_JSON),
        (body({"plan": "x"}).replace(b'"x"', b'"a\nb"'), Reason.INVALID_JSON),
        (body({"plan": "x"}).replace(b'"x"', b'"\xff"'), Reason.INVALID_UNICODE),
        (body({"plan": "x"}).replace(b'"x"', b'"\xed\xa0\x80"'), Reason.INVALID_UNICODE),
        (body({"plan": "x"}).replace(b'"x"', rb'"\ud800"'), Reason.INVALID_UNICODE),
        (body({"plan": "x"}).replace(b'"x"', rb'"\udc00\ud800"'), Reason.INVALID_UNICODE),
        (b"[" * 100_000, Reason.TOO_DEEP),
        (b'{"features":' * 5000, Reason.TOO_DEEP),
    ],
)
def test_a_text_that_is_no_json_is_told_as_such(content: bytes, reason: Reason) -> None:
    """Status 400: there are no fields to name yet."""
    refused = refusal_of(content)
    assert status_of(refused.reason) == 400
    assert refused.reason is reason
    assert not refused.errors


def test_a_refusal_never_quotes_a_value() -> None:
    """What a client sends may be personal."""
    refused = refusal_of(body({"fee": "secret", "plan": 12345.678, "tv": "secret"}))
    told = refused.detail + "".join(error.detail for error in refused.errors)
    assert "secret" not in told
    assert "12345" not in told


def test_many_errors_are_counted_but_not_all_listed() -> None:
    """An answer stays small whatever was asked."""
    refused = refusal_of(body({f"unknown {number}" * 100: 1 for number in range(5000)}))
    assert len(refused.errors) == 20
    assert "4999 more" in refused.detail
    assert all(len(error.field) < 80 for error in refused.errors)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(
    features=st.dictionaries(st.sampled_from([*FEATURES, "other"]), JSON_VALUES)
    .map(lambda changes: FEATURES | changes)
    .map(json.dumps),
    repeated=st.booleans(),
)
def test_a_body_is_either_read_as_sent_or_refused(features: str, repeated: bool) -> None:
    """Never a third thing; what is read equals what Python's own parser makes of it."""
    head = '"features": {}, ' if repeated else ""
    content = f'{{{head}"features": {features}}}'.encode()
    outcome = read_or_refuse(content)
    if isinstance(outcome, RefusedError):
        assert status_of(outcome.reason) in {400, 422}
    else:
        assert not repeated
        assert outcome.features == json.loads(content)["features"]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """No other exception comes out of the reader."""
    with pytest.raises(RefusedError):
        MODEL.read(content)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    entity=TEXTS | st.none(),
    service=TEXTS | st.none(),
    number=st.integers(0, 9),
    doubled=st.sampled_from([None, *range(6)]),
)
def test_a_name_is_found_twice_whatever_the_texts_hold(
    entity: str | None, service: str | None, number: int, doubled: int | None
) -> None:
    """Quotation marks and escapes in texts neither hide a name that is there twice nor look like one."""
    schema = Schema(
        entity="user",
        features=[
            Feature(name="service", kind="categorical", nullable=True),
            Feature(name='a"b', kind="categorical", nullable=True),
            Feature(name="age", kind="numerical"),
        ],
    )
    inner = [("service", service), ('a"b', None), ("age", number)]
    outer = ['"user":' + json.dumps(entity, ensure_ascii=number % 2 == 0)]
    names = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in inner]
    if doubled is not None and doubled < 3:
        names.append(names[doubled])
    if doubled == 3:
        outer += outer
    outer.append('"features":{' + ",".join(names) + "}")
    if doubled == 4:
        outer.append(outer[-1])
    if doubled == 5:
        del outer[0]  # no entity at all
    body = ("{" + ",".join(outer) + "}").encode()
    if doubled in (None, 5):
        assert RequestModel(schema).read(body).features["age"] == number
    else:
        with pytest.raises(RefusedError, match="given more than once"):
            RequestModel(schema).read(body)
