"""The body of a request with labels, read within limits and checked by the model's classes."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, NotRequired

from pydantic import Field, TypeAdapter, ValidationError, with_config
from pydantic_core import to_json
from typing_extensions import TypedDict

from bundle import Metadata
from contract.labels.label import Label
from contract.schema import PREDICTION_ID, STRICT, Schema
from contract.stream.idempotency import digest
from predict.errors import FieldError, Reason, RefusedError
from predict.request.labels.fields import (
    FieldProblemError,
    Moment,
    check_prediction_id,
    read_moment,
    value_check,
)
from predict.request.parse import Entity, refuse_repeated_names
from predict.request.problems import refusal_of_invalid
from predict.turns import Slices

MAX_LABELS: Final = 1000
"""Labels of one request at most."""

LABEL: Final = "label"
TIME: Final = "time"
ENTITY: Final = "entity"
"""The field of the entity where its own name is that of another field."""

_LABEL_AT: Final = re.compile(r"^labels\.(\d+)")


def entity_field(schema: Schema) -> str:
    """The name of the field that says which entity a label is about."""
    return ENTITY if schema.entity in {PREDICTION_ID, LABEL, TIME} else schema.entity


@dataclass(frozen=True, slots=True)
class LabelsBody:
    """Valid labels, and what makes them the same as those of another request."""

    labels: Sequence[Label]
    fingerprint: str


class LabelModel:
    """Reads the bodies of requests with labels for one model."""

    def __init__(self, schema: Schema, metadata: Metadata) -> None:
        self._entity = entity_field(schema)
        self._check_value = value_check(metadata)
        fields = {
            PREDICTION_ID: NotRequired[str],
            self._entity: NotRequired[Entity],
            LABEL: Any,
            TIME: NotRequired[Moment],
        }
        label = with_config(STRICT)(TypedDict("Label", fields))  # type: ignore[operator]
        many = Annotated[list[label], Field(min_length=1, max_length=MAX_LABELS, fail_fast=True)]  # type: ignore[valid-type]
        body = with_config(STRICT)(TypedDict("Labels", {"labels": many}))  # type: ignore[operator]
        self._adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(body)

    async def read(self, body: bytes) -> LabelsBody:
        """Read one body of UTF-8 JSON, a slice at a time after its types were checked.

        Raises RefusedError, which names index and field of what is wrong.
        """
        if not body:
            raise RefusedError(
                Reason.EMPTY_BODY, 'the body is empty; expected a JSON object {"labels": [...]}'
            )
        slices = Slices()
        try:
            found = self._adapter.validator.validate_json(body)["labels"]
        except ValidationError as error:
            raise _named(refusal_of_invalid(error)) from None
        await slices.pause()
        refuse_repeated_names(body)
        labels, now_ms = list[Label](), time.time_ns() // 1_000_000
        for index, fields in enumerate(found):
            labels.append(self._label(index, fields, now_ms))
            await slices.pause()
        return LabelsBody(labels, digest(to_json(found)))

    def _label(self, index: int, fields: dict[str, Any], now_ms: int) -> Label:
        """A label without a time became true now."""
        about = [name for name in (PREDICTION_ID, self._entity) if name in fields]
        if len(about) != 1:
            raise _refusal_of_subject(index, f"expected {PREDICTION_ID} or {self._entity}", both=bool(about))
        name = PREDICTION_ID
        try:
            if (prediction_id := fields.get(PREDICTION_ID)) is not None:
                check_prediction_id(prediction_id)
            name = LABEL
            value = self._check_value(fields[LABEL])
            name = TIME
            time_ms = read_moment(fields[TIME]) if TIME in fields else now_ms
        except FieldProblemError as problem:
            raise _refusal(f"labels[{index}].{name}", problem.reason, problem.detail) from None
        return Label(value, time_ms, prediction_id, fields.get(self._entity))


def _refusal(field: str, reason: Reason, detail: str) -> RefusedError:
    return RefusedError(reason, f"{field}: {detail}", [FieldError(field, reason, detail)])


def _refusal_of_subject(index: int, expected: str, *, both: bool) -> RefusedError:
    reason = Reason.DUPLICATE_FIELD if both else Reason.MISSING_FIELD
    detail = f"{expected}, not both" if both else expected
    return _refusal(f"labels[{index}]", reason, detail)


def _named(refused: RefusedError) -> RefusedError:
    """The same refusal, which writes the place of a label as the place of a row is written."""
    if not refused.errors:
        return refused
    errors = [replace(error, field=_LABEL_AT.sub(r"labels[\1]", error.field)) for error in refused.errors]
    return RefusedError(refused.reason, _LABEL_AT.sub(r"labels[\1]", refused.detail), errors)
