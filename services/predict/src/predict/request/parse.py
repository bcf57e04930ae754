"""A request to predict: its body and its Idempotency-Key, checked by the schema."""

import re
from typing import Annotated, Any, Final, NotRequired

from jiter import from_json
from pydantic import Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from contract.schema import FEATURES, MAX_TEXT, STRICT, Schema
from predict.errors import FieldError, Reason, RefusedError
from predict.request.problems import MAX_NAME, refusal_of_invalid
from predict.score.asked import Asked

MAX_KEY: Final = 255
"""Characters of a key at most."""

_OUT_OF_RANGE: Final = "number out of range"
"""What the JSON parser says of a number of more than 4,300 digits, without naming its field."""

_REPEATED: Final = re.compile(r'Detected duplicate key "(.*)" at line \d+ column \d+', re.DOTALL)
"""What the JSON parser says of a name that an object has twice."""

_MANY_DIGITS: Final = re.compile(rb"[0-9]{4000,}")
_STILL_TOO_LARGE: Final = b"9" * 400
"""Digits that the parser takes, beyond what a float can hold and a text may have."""

Entity = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class RequestModel:
    """Reads the bodies of requests for one schema."""

    def __init__(self, schema: Schema, *, looks_up: bool = False) -> None:
        """With `looks_up`, a request that names its entity may leave out features, or all of them."""
        entity = {schema.entity: NotRequired[Entity | None]}
        self._whole = _adapter({**entity, FEATURES: schema.features_type})
        self._adapter = self._whole
        if looks_up:
            self._adapter = _adapter({**entity, FEATURES: NotRequired[schema.some_features_type]})
        self._entity = schema.entity
        self._texts = [each.name for each in schema.features if each.kind == "categorical"]
        self._features = frozenset(schema.feature_names)

    def read(self, body: bytes) -> Asked:
        """Read one body of UTF-8 JSON; raises RefusedError, which names the fields that are wrong."""
        if not body:
            raise RefusedError(Reason.EMPTY_BODY, "the body is empty; expected a JSON object")
        try:
            request = self._adapter.validator.validate_json(body)
        except ValidationError as error:
            raise self._refusal(body, error) from None
        asked = Asked(request.get(self._entity), request.get(FEATURES, {}))
        if asked.entity is None and len(asked.features) < len(self._features):
            raise self._refusal_of_some(body)
        if body.count(b'"') > 2 * self._strings(request):
            refuse_repeated_names(body)
        return asked

    def path_of(self, error: FieldError) -> str:
        """The path of a field in the body; the JSON parser names one that is given twice without it."""
        is_name = error.reason is Reason.DUPLICATE_FIELD and error.field in self._features
        return f"features.{error.field}" if is_name else error.field

    def _strings(self, request: dict[str, Any]) -> int:
        """Count the names and texts of a valid body that names nothing twice; any body has as many."""
        features, texts = request.get(FEATURES, {}), [request.get(self._entity)]
        texts += [features.get(name) for name in self._texts]
        return len(request) + len(features) + len(texts) - texts.count(None)

    def _refusal_of_some(self, body: bytes) -> RefusedError:
        """Say which features are missing where there is no entity by which to look them up."""
        try:
            self._whole.validator.validate_json(body)
        except ValidationError as error:
            told = refusal_of_invalid(error)
        looked_up = f"{told.detail}; with {self._entity}, features that are left out are looked up"
        return RefusedError(told.reason, looked_up, told.errors)

    def _refusal(self, body: bytes, error: ValidationError) -> RefusedError:
        """Say what is wrong with the body; a number of too many digits counts as one that is too large."""
        told = refusal_of_invalid(error)
        if _OUT_OF_RANGE not in str(told):
            return told
        try:
            self._adapter.validator.validate_json(_MANY_DIGITS.sub(_STILL_TOO_LARGE, body))
        except ValidationError as shorter:
            return refusal_of_invalid(shorter)
        return told


def _adapter(fields: dict[str, Any]) -> TypeAdapter[dict[str, Any]]:
    return TypeAdapter(with_config(STRICT)(TypedDict("Request", fields)))  # type: ignore[operator]


def refuse_repeated_names(body: bytes) -> None:
    """Raise RefusedError for an object that names a field twice: the validator would take the last.

    The body is valid JSON, so no other error of the parser counts.
    """
    try:
        from_json(body, catch_duplicate_keys=True)
    except ValueError as error:
        if (found := _REPEATED.match(str(error))) is None:
            return
        name = found[1][:MAX_NAME]
        refused = FieldError(name, Reason.DUPLICATE_FIELD, "given more than once")
        raise RefusedError(Reason.DUPLICATE_FIELD, f"{name} is given more than once", [refused]) from None


def read_key(value: str | None) -> str | None:
    """Read an Idempotency-Key; raises RefusedError where it is too long, empty or not printable ASCII."""
    if value is None:
        return None
    if not 0 < len(value) <= MAX_KEY or not value.isascii() or not value.isprintable():
        raise RefusedError(
            Reason.KEY_INVALID, f"Idempotency-Key: expected 1 to {MAX_KEY} printable ASCII characters"
        )
    return value
