"""What can go wrong, each named once; how it is told is the business of the edge that a request came by."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_LISTED: Final = 20
"""Errors listed of one request; a body may hold a hundred thousand."""


class StartError(Exception):
    """The service cannot start; the message says why and what to do."""


class Reason(StrEnum):
    """Why a request to predict or with labels was refused: the only values of the metrics' label."""

    BODY_TOO_LARGE = "body_too_large"
    CONTENT_ENCODING = "content_encoding"
    CONTENT_TYPE = "content_type"
    DISCONNECTED = "disconnected"
    DUPLICATE_FIELD = "duplicate_field"
    EMPTY_BODY = "empty_body"
    FEATURES_UNAVAILABLE = "features_unavailable"
    HEADER_TOO_LARGE = "header_too_large"
    INVALID_GZIP = "invalid_gzip"
    INVALID_JSON = "invalid_json"
    INVALID_UNICODE = "invalid_unicode"
    KEY_INVALID = "key_invalid"
    KEY_REUSED = "key_reused"
    LABEL_COUNT = "label_count"
    MALFORMED_HTTP = "malformed_http"
    MALFORMED_ID = "malformed_id"
    MISSING_FIELD = "missing_field"
    MISSING_VALUE = "missing_value"
    NO_SCORE = "no_score"
    NOT_FINITE = "not_finite"
    NULL_VALUE = "null_value"
    OVERLOADED = "overloaded"
    ROW_COUNT = "row_count"
    STALE_VALUE = "stale_value"
    TARGET_TOO_LONG = "target_too_long"
    TEXT_LENGTH = "text_length"
    TIMEOUT = "timeout"
    TIME_RANGE = "time_range"
    TOO_DEEP = "too_deep"
    UNAVAILABLE = "unavailable"
    UNAUTHORIZED = "unauthorized"
    UNKNOWN_CLASS = "unknown_class"
    UNKNOWN_ENTITY = "unknown_entity"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request; never quotes its value."""

    field: str
    reason: Reason
    detail: str
    is_whole: bool = False
    """Whether it is the body as a whole, which `field` then calls `body`."""


class RefusedError(Exception):
    """A request to predict that is not answered with a prediction, or labels that are not taken."""

    def __init__(self, reason: Reason, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.errors = errors


def refusal_of(errors: Sequence[FieldError]) -> RefusedError:
    """The refusal of a request for what is wrong with its fields; the first decides, MAX_LISTED are told."""
    first, others = errors[0], len(errors) - 1
    more = f", and {others} more" if others else ""
    if len(errors) >= MAX_LISTED:
        more = f"; the first {MAX_LISTED} problems are listed"
    return RefusedError(first.reason, f"{first.field}: {first.detail}{more}", errors[:MAX_LISTED])
