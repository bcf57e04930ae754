"""What can go wrong, each named once, and how it is told to a client."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final

from pydantic_core import to_json

PROBLEM_TYPE: Final = "application/problem+json"


class StartError(Exception):
    """The service cannot start; the message says why and what to do."""


class Reason(StrEnum):
    """Why a request to predict was refused; the only values of the metric's label."""

    BODY_TOO_LARGE = "body_too_large"
    CONTENT_ENCODING = "content_encoding"
    CONTENT_TYPE = "content_type"
    DISCONNECTED = "disconnected"
    DUPLICATE_FIELD = "duplicate_field"
    EMPTY_BODY = "empty_body"
    HEADER_TOO_LARGE = "header_too_large"
    INVALID_JSON = "invalid_json"
    INVALID_UNICODE = "invalid_unicode"
    KEY_INVALID = "key_invalid"
    KEY_REUSED = "key_reused"
    MALFORMED_HTTP = "malformed_http"
    MISSING_FIELD = "missing_field"
    NO_SCORE = "no_score"
    NOT_FINITE = "not_finite"
    NULL_VALUE = "null_value"
    TARGET_TOO_LONG = "target_too_long"
    TEXT_LENGTH = "text_length"
    TIMEOUT = "timeout"
    TOO_DEEP = "too_deep"
    UNAUTHORIZED = "unauthorized"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"


_STATUS: Final = {
    Reason.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.CONTENT_ENCODING: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Reason.CONTENT_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Reason.DISCONNECTED: HTTPStatus.BAD_REQUEST,
    Reason.EMPTY_BODY: HTTPStatus.BAD_REQUEST,
    Reason.INVALID_JSON: HTTPStatus.BAD_REQUEST,
    Reason.INVALID_UNICODE: HTTPStatus.BAD_REQUEST,
    Reason.HEADER_TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Reason.KEY_INVALID: HTTPStatus.BAD_REQUEST,
    Reason.MALFORMED_HTTP: HTTPStatus.BAD_REQUEST,
    Reason.TARGET_TOO_LONG: HTTPStatus.REQUEST_URI_TOO_LONG,
    Reason.TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    Reason.TOO_DEEP: HTTPStatus.BAD_REQUEST,
    Reason.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
}
"""The status of each reason; what is not here is about a field of well-formed JSON: 422."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request; never quotes its value."""

    field: str
    reason: Reason
    detail: str


class RefusedError(Exception):
    """A request to predict that is not answered with a prediction."""

    def __init__(self, reason: Reason, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.errors = errors

    @property
    def status(self) -> HTTPStatus:
        """The status of the answer."""
        return _STATUS.get(self.reason, HTTPStatus.UNPROCESSABLE_ENTITY)


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
