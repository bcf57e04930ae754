"""The types of a label's fields: what of them is refused, and how that is said."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from bundle import Metadata
from contract.labels.label import PREDICTION_ID
from contract.task import ClassValue, class_text
from pydantic import AfterValidator, AwareDatetime, PlainValidator
from pydantic_core import PydanticCustomError

from predict.errors import Reason

AHEAD: Final = timedelta(minutes=1)
"""By how much the clock of whoever labels may be ahead of ours."""

MAX_CLASSES: Final = 20
"""Classes that a refusal lists at most."""

_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def _is_prediction_id(text: str) -> str:
    if PREDICTION_ID.fullmatch(text) is None:
        raise PydanticCustomError(
            Reason.MALFORMED_ID.value, "expected the prediction_id of an answer, a UUID in lower case"
        )
    return text


def _has_passed(moment: datetime) -> datetime:
    if moment < _EPOCH or moment > datetime.fromtimestamp(time.time(), UTC) + AHEAD:
        raise PydanticCustomError(
            Reason.TIME_RANGE.value, "expected a time from 1970 on that is not in the future"
        )
    return moment


PredictionId = Annotated[str, AfterValidator(_is_prediction_id)]
Moment = Annotated[AwareDatetime, AfterValidator(_has_passed)]
"""A time as in RFC 3339, with its zone."""


def value_type(metadata: Metadata) -> Any:
    """The type of a label's value: a number, or one of the model's classes."""
    return (
        float if metadata.task == "regression" else Annotated[Any, PlainValidator(_one_of(metadata.classes))]
    )


def _one_of(classes: tuple[ClassValue, ...]) -> Callable[[Any], ClassValue]:
    """A check by type and value: JSON's true is not the class 1, nor "1"."""
    known, types = {(type(value), value) for value in classes}, {type(value) for value in classes}
    listed = ", ".join(class_text(value) for value in classes[:MAX_CLASSES])
    more = ", …" if len(classes) > MAX_CLASSES else ""
    expected = f"expected one of the model's classes: {listed}{more}".replace("{", "{{").replace("}", "}}")

    def check(value: Any) -> ClassValue:
        if type(value) not in types:
            raise PydanticCustomError(Reason.WRONG_TYPE.value, expected)
        if (type(value), value) not in known:
            raise PydanticCustomError(Reason.UNKNOWN_CLASS.value, expected)
        return value  # type: ignore[no-any-return]

    return check
