"""A request to predict: what the bundle's schema makes of its body, and how the body is read."""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, NotRequired

from contract.schema import MAX_TEXT, STRICT, Features, Schema
from pydantic import Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from predict.errors import FieldError, Reason, RefusedError
from predict.request.refusals import refusal

_OUT_OF_RANGE: Final = "number out of range"
"""What the JSON parser says of a number of more than 4,300 digits, without naming its field."""

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
        self._texts = [feature.name for feature in schema.features if feature.kind == "categorical"]

    def read(self, body: bytes) -> Asked:
        """Read one body of UTF-8 JSON; raises RefusedError, which names the fields that are wrong."""
        if not body:
            raise RefusedError(Reason.EMPTY_BODY, "the body is empty; expected a JSON object")
        try:
            request = self._adapter.validator.validate_json(body)
        except ValidationError as error:
            raise self._refusal(body, error) from None
        asked = Asked(request.get(self._entity), request["features"])
        if body.count(b'"') > self._quotation_marks(request, asked):
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

    def _quotation_marks(self, request: dict[str, Any], asked: Asked) -> int:
        """Two for each name and each text: a body with more has a name twice, or one escaped in a text."""
        texts = sum(asked.features[name] is not None for name in self._texts) + (asked.entity is not None)
        return 2 * (len(request) + len(asked.features) + texts)


def _refuse_repeated_names(body: bytes) -> None:
    """Raise RefusedError for an object that names a field twice: the validator would take the last."""

    def check(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            error = FieldError(twice, Reason.DUPLICATE_FIELD, "given more than once")
            raise RefusedError(Reason.DUPLICATE_FIELD, f"{twice} is given more than once", [error])
        return fields

    json.loads(body, object_pairs_hook=check)
