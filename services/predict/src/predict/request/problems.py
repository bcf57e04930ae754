"""What is wrong with a request: the refusal of an invalid body, and each failure as a problem document."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request, Response
from pydantic import ValidationError
from pydantic_core import ErrorDetails, to_json
from starlette.exceptions import HTTPException
from starlette.routing import Route

from predict.errors import MAX_LISTED, FieldError, Reason, RefusedError

PROBLEM_TYPE: Final = "application/problem+json"

_STATUS: Final = {
    Reason.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.CONTENT_ENCODING: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Reason.CONTENT_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Reason.DISCONNECTED: HTTPStatus.BAD_REQUEST,
    Reason.EMPTY_BODY: HTTPStatus.BAD_REQUEST,
    Reason.FEATURES_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.INVALID_GZIP: HTTPStatus.BAD_REQUEST,
    Reason.INVALID_JSON: HTTPStatus.BAD_REQUEST,
    Reason.INVALID_UNICODE: HTTPStatus.BAD_REQUEST,
    Reason.HEADER_TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Reason.KEY_INVALID: HTTPStatus.BAD_REQUEST,
    Reason.MALFORMED_HTTP: HTTPStatus.BAD_REQUEST,
    Reason.OVERLOADED: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.TARGET_TOO_LONG: HTTPStatus.REQUEST_URI_TOO_LONG,
    Reason.TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    Reason.TOO_DEEP: HTTPStatus.BAD_REQUEST,
    Reason.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
    Reason.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.UNKNOWN_ENTITY: HTTPStatus.NOT_FOUND,
}
"""The status of each reason; what is not here is about a field of well-formed JSON: 422."""

_HEADERS: Final = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}
"""What a refusal's head has, by its status."""

_ENCODINGS: Final = {"Accept-Encoding": "gzip"}
"""What a refusal of a Content-Encoding has: those that are taken (RFC 9110, 15.5.16)."""

MAX_NAME: Final = 64
"""Characters shown of a name; the schema's are no longer."""

_REASONS: Final = {
    "extra_forbidden": Reason.UNKNOWN_FIELD,
    "finite_number": Reason.NOT_FINITE,
    "missing": Reason.MISSING_FIELD,
    "string_too_long": Reason.TEXT_LENGTH,
    "string_too_short": Reason.TEXT_LENGTH,
    "too_long": Reason.LABEL_COUNT,
    "too_short": Reason.LABEL_COUNT,
}
"""pydantic's types of error; the others are json_invalid, and one for each type a value can lack."""


def status_of(reason: Reason) -> HTTPStatus:
    """The status of an answer that refuses a request for this reason."""
    return _STATUS.get(reason, HTTPStatus.UNPROCESSABLE_ENTITY)


def problem(status: int, detail: str, **more: Any) -> bytes:
    """A problem document (RFC 9457) of the type about:blank, whose title is the status's own."""
    return to_json(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": int(status),
            "detail": detail,
            **more,
        }
    )


def problem_response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem document as a response."""
    return Response(problem(status, detail, **more), status, headers, PROBLEM_TYPE)


def refusal_response(refused: RefusedError) -> Response:
    """A refusal as a problem document, with its reason and the fields that it is about."""
    told = [{"field": each.field, "reason": each.reason, "detail": each.detail} for each in refused.errors]
    more = {"errors": told} if told else {}
    status = status_of(refused.reason)
    headers = _ENCODINGS if refused.reason is Reason.CONTENT_ENCODING else _HEADERS.get(status)
    return problem_response(status, refused.detail, headers, reason=refused.reason, **more)


def telling_http_errors(
    models: Sequence[str],
) -> Callable[[Request, Exception], Coroutine[Any, Any, Response]]:
    """What tells of the router's refusals: no such path, no such model, or no such method of a path."""

    async def tell_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = ", ".join(_methods_of(request))
            return problem_response(error.status_code, f"expected one of: {allowed}", {"Allow": allowed})
        detail = error.detail
        if error.status_code == HTTPStatus.NOT_FOUND:
            detail = _nothing_at(request.scope["path"], models)
        return problem_response(error.status_code, detail)

    return tell_http_error


def _nothing_at(path: str, models: Sequence[str]) -> str:
    _, root, name, *_ = [*path.split("/"), "", ""]
    if root == "models" and name and name not in models:
        return f"there is no model of this name; there are: {', '.join(models)}"
    return "there is nothing at this path; /docs lists what there is"


async def tell_unexpected_error(request: Request, error: Exception) -> Response:
    """What should not happen; the log says what it was."""
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error; the service's log tells more"
    )


def _methods_of(request: Request) -> list[str]:
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    found = [route.methods or set() for route in routes if route.path == request.scope["path"]]
    return sorted(set().union(*found))


def refusal_of_invalid(error: ValidationError) -> RefusedError:
    """Make a refusal of pydantic's error: it names the fields, quotes no value, and has the first reason."""
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
    field = ".".join(str(part)[:MAX_NAME] for part in item["loc"])
    reason = _REASONS.get(item["type"], Reason.WRONG_TYPE)
    if reason is Reason.WRONG_TYPE and item["input"] is None:
        reason = Reason.NULL_VALUE
    return FieldError(field or "body", reason, item["msg"], is_whole=not field)


def _syntax_reason(text: str) -> Reason:
    """The JSON parser tells its errors apart by their text only."""
    if "recursion limit" in text:
        return Reason.TOO_DEEP
    if "unicode" in text or "hex escape" in text or "surrogate" in text:
        return Reason.INVALID_UNICODE
    return Reason.INVALID_JSON
