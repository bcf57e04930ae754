"""A request to predict: how its body and its Idempotency-Key are read, and what is wrong with a bad one."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, NotRequired

from contract.schema import MAX_TEXT, STRICT, Features, Schema
from jiter import from_json
from pydantic import Field, TypeAdapter, ValidationError, with_config
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from predict.errors import FieldError, Reason, RefusedError

_OUT_OF_RANGE: Final = "number out of range"
"""What the JSON parser says of a number of more than 4,300 digits, without naming its field."""

_REPEATED: Final = re.compile(r'Detected duplicate key "(.*)" at line \d+ column \d+', re.DOTALL)
"""What the JSON parser says of a name that an object has twice."""

_MANY_DIGITS: Final = re.compile(rb"[0-9]{4000,}")
_STILL_TOO_LARGE: Final = b"9" * 400
"""Digits that the parser takes, beyond what a float can hold and a text may have."""

Entity = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A valid request: the features in the schema's order, and the entity's key where it was given."""

    entity: str | None
    features: Features


class RequestModel:
    """Reads the bodies of requests for one schema."""

    def __init__(self, schema: Schema) -> None:
        fields = {schema.entity: NotRequired[Entity | None], "features": schema.features_type}
        request_type = with_config(STRICT)(TypedDict("Request", fields))  # type: ignore[operator]
        self._adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(request_type)
        self._entity = schema.entity

    def read(self, body: bytes) -> Asked:
        """Read one body of UTF-8 JSON; raises RefusedError, which names the fields that are wrong."""
        if not body:
            raise RefusedError(Reason.EMPTY_BODY, "the body is empty; expected a JSON object")
        try:
            request = self._adapter.validator.validate_json(body)
        except ValidationError as error:
            raise self._refusal(body, error) from None
        asked = Asked(request.get(self._entity), request["features"])
        _refuse_repeated_names(body)
        return asked

    def _refusal(self, body: bytes, error: ValidationError) -> RefusedError:
        """What is wrong with the body; a number of too many digits is told as one that is too large."""
        told = refusal(error)
        if _OUT_OF_RANGE not in str(told):
            return told
        try:
            self._adapter.validator.validate_json(_MANY_DIGITS.sub(_STILL_TOO_LARGE, body))
        except ValidationError as shorter:
            return refusal(shorter)
        return told


def _refuse_repeated_names(body: bytes) -> None:
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


MAX_LISTED: Final = 20
"""Errors listed in a problem document; a body may hold a hundred thousand."""

MAX_NAME: Final = 64
"""Characters shown of a name; the schema's are no longer."""

_REASONS: Final = {
    "extra_forbidden": Reason.UNKNOWN_FIELD,
    "finite_number": Reason.NOT_FINITE,
    "missing": Reason.MISSING_FIELD,
    "string_too_long": Reason.TEXT_LENGTH,
    "string_too_short": Reason.TEXT_LENGTH,
}
"""pydantic's types of error; the others are json_invalid, and one for each type that a value can lack."""


def refusal(error: ValidationError) -> RefusedError:
    """The refusal of a body; it counts as its first error's reason."""
    problems = error.errors(include_url=False)
    if problems[0]["type"] == "json_invalid":
        text = str(problems[0]["ctx"]["error"])
        return RefusedError(_syntax_reason(text), f"the body is no valid JSON: {text}")
    errors = [_field_error(item) for item in problems[:MAX_LISTED]]
    listed = f"; the first {MAX_LISTED} are listed" if len(problems) > MAX_LISTED else ""
    what = f"{errors[0].field}: {errors[0].detail}"
    more = f", and {len(problems) - 1} more{listed}" if len(problems) > 1 else ""
    return RefusedError(errors[0].reason, what + more, errors)


def _field_error(item: ErrorDetails) -> FieldError:
    field = ".".join(str(part)[:MAX_NAME] for part in item["loc"]) or "body"
    reason = _REASONS.get(item["type"], Reason.WRONG_TYPE)
    if reason is Reason.WRONG_TYPE and item["input"] is None:
        reason = Reason.NULL_VALUE
    return FieldError(field, reason, item["msg"])


def _syntax_reason(text: str) -> Reason:
    """The JSON parser tells its errors apart by their text only."""
    if "recursion limit" in text:
        return Reason.TOO_DEEP
    if "unicode" in text or "hex escape" in text or "surrogate" in text:
        return Reason.INVALID_UNICODE
    return Reason.INVALID_JSON


MAX_KEY: Final = 255
"""Characters of a key at most."""


def read_key(value: str | None) -> str | None:
    """The request's key; raises RefusedError where it is none."""
    if value is None:
        return None
    if not 0 < len(value) <= MAX_KEY or not value.isascii() or not value.isprintable():
        raise RefusedError(
            Reason.KEY_INVALID, f"Idempotency-Key: expected 1 to {MAX_KEY} printable ASCII characters"
        )
    return value
