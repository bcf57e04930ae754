"""What of a label's fields is refused beyond their types, and how that is said."""

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator, Strict
from pydantic_core import PydanticCustomError

from bundle import Metadata
from contract.labels.label import LARGEST_NUMBER, PREDICTION_ID, Value
from contract.task import ClassValue, class_text
from predict.errors import Reason

AHEAD_MS: Final = 60_000
"""By how much the clock of whoever labels may be ahead of ours."""

MAX_CLASSES: Final = 20
"""Classes that a refusal lists at most."""


class FieldProblemError(Exception):
    """A field of a label that can't be used."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")


def _check_text(value: Any) -> str:
    """Refuse what is no date and time: pydantic takes digits, such as a year, for seconds since 1970."""
    if not isinstance(value, str) or not _DATE_TIME.match(value):
        raise PydanticCustomError(
            "no_date_time", "expected a date and time with its zone by ISO 8601, such as 2026-01-31T12:00:00Z"
        )
    return value


Moment = Annotated[AwareDatetime, Strict(strict=False), BeforeValidator(_check_text)]
"""A date and time with its zone, as text."""

ValueCheck = Callable[[Any], Value]
"""Gives a label's value, or raises FieldProblemError."""


def check_prediction_id(text: str) -> None:
    """Raise FieldProblemError unless a text is a prediction's id."""
    if PREDICTION_ID.fullmatch(text) is None:
        raise FieldProblemError(
            Reason.MALFORMED_ID, "expected the prediction_id of an answer, a UUID in lower case"
        )


def read_moment(moment: datetime) -> int:
    """Give a time in milliseconds since the epoch; raises FieldProblemError unless it has passed."""
    moment_ms = int(moment.timestamp() * 1000)
    if not 0 <= moment_ms <= time.time_ns() // 1_000_000 + AHEAD_MS:
        raise FieldProblemError(Reason.TIME_RANGE, "expected a time from 1970 on that is not in the future")
    return moment_ms


def value_check(metadata: Metadata) -> ValueCheck:
    """The check of a label's value: a number within LARGEST_NUMBER, or one of the model's classes."""
    return _number if metadata.task == "regression" else _one_of(metadata.classes)


def _number(value: Any) -> float:
    if type(value) not in (float, int):
        raise FieldProblemError(_no_type(value), "expected a number")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not abs(number) <= LARGEST_NUMBER:
        raise FieldProblemError(Reason.NOT_FINITE, f"expected a number within ±{LARGEST_NUMBER:.2g}")
    return number


def _one_of(classes: tuple[ClassValue, ...]) -> ValueCheck:
    """A check by type and value: JSON's true is not the class 1, nor "1"."""
    known, types = {(type(value), value) for value in classes}, {type(value) for value in classes}
    listed = ", ".join(class_text(value) for value in classes[:MAX_CLASSES])
    expected = f"expected one of the model's classes: {listed}{', …' if len(classes) > MAX_CLASSES else ''}"

    def check(value: Any) -> Value:
        if type(value) not in types:
            raise FieldProblemError(_no_type(value), expected)
        if (type(value), value) not in known:
            raise FieldProblemError(Reason.UNKNOWN_CLASS, expected)
        return value  # type: ignore[no-any-return]

    return check


def _no_type(value: Any) -> Reason:
    return Reason.NULL_VALUE if value is None else Reason.WRONG_TYPE
