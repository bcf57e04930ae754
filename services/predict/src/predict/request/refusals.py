"""From a failed validation to a refusal that names the fields and quotes no value."""

from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from predict.errors import FieldError, Reason, RefusedError

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
