"""What the OpenAPI page says: the request from the bundle's schema, with an example that is accepted."""

from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from bundle import Metadata
from contract.schema import FEATURES, MAX_TEXT, PREDICTION_ID, Feature, FeatureValue, Schema
from contract.task import Task
from predict.errors import Reason
from predict.request.problems import PROBLEM_TYPE


class Answer(BaseModel):
    """The answer to a request to predict."""

    prediction_id: UUID
    prediction: bool | int | str
    """One of the model's two classes."""
    probability: Annotated[float, Field(ge=0, le=1)]
    """The probability of the positive class."""
    model: str
    model_version: str


class ClassAnswer(BaseModel):
    """The answer of a model of several classes."""

    prediction_id: UUID
    prediction: bool | int | str
    """One of the model's classes."""
    probability: Annotated[float, Field(ge=0, le=1)]
    """The probability of the predicted class."""
    probabilities: dict[str, Annotated[float, Field(ge=0, le=1)]]
    """The probability of each class."""
    model: str
    model_version: str


class ValueAnswer(BaseModel):
    """The answer of a model that predicts a number."""

    prediction_id: UUID
    prediction: float
    model: str
    model_version: str


class RowsAnswer(BaseModel):
    """The answer to a request with many rows: one for each row, in their order."""

    predictions: list[Answer]


class RowsClassAnswer(BaseModel):
    """The same of a model of several classes."""

    predictions: list[ClassAnswer]


class RowsValueAnswer(BaseModel):
    """The same of a model that predicts a number."""

    predictions: list[ValueAnswer]


class LabelsAnswer(BaseModel):
    """The acknowledgement of labels: each of them is kept, and will be joined with its prediction."""

    received: int


ROWS_ANSWERS: Final[dict[Task, type[BaseModel]]] = {
    "binary": RowsAnswer,
    "multiclass": RowsClassAnswer,
    "regression": RowsValueAnswer,
}

ANSWERS: Final[dict[Task, type[BaseModel]]] = {
    "binary": Answer,
    "multiclass": ClassAnswer,
    "regression": ValueAnswer,
}

_REASON: Final = {"type": "string", "enum": [reason.value for reason in Reason]}
_TEXT: Final = {"type": "string"}
_FIELD_ERROR: Final = {
    "type": "object",
    "properties": {"field": _TEXT, "reason": _REASON, "detail": _TEXT},
    "required": ["field", "reason", "detail"],
}
PROBLEM: Final = {
    "title": "Problem",
    "description": "a problem document (RFC 9457)",
    "type": "object",
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "reason": _REASON,
        "reasons": {"type": "array", "items": _TEXT},
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
    "required": ["type", "title", "status", "detail"],
}


def request_body(schema: Schema, *, looks_up: bool = False) -> dict[str, Any]:
    """The request body of `POST /predict`, as the OpenAPI page has it.

    With `looks_up` a request with an entity may leave out features; there is an example of each form.
    """
    example = request_example(schema)
    alone = {schema.entity: example[schema.entity]}
    return _json_body(_request(schema, looks_up=looks_up), example, alone if looks_up else None)


def rows_request_body(schema: Schema, most: int, *, looks_up: bool = False) -> dict[str, Any]:
    """The request body of `POST /predict/batch`, which takes `most` rows at most."""
    request = {
        "title": "RowsRequest",
        "type": "object",
        "properties": {
            "rows": {
                "type": "array",
                "items": _request(schema, looks_up=looks_up),
                "minItems": 1,
                "maxItems": most,
            }
        },
        "required": ["rows"],
        "additionalProperties": False,
    }
    row = request_example(schema)
    alone = {"rows": [{schema.entity: "user-1"}, {schema.entity: "user-2"}]}
    return _json_body(request, {"rows": [row, {**row, schema.entity: "user-2"}]}, alone if looks_up else None)


def labels_request_body(metadata: Metadata, entity: str, most: int) -> dict[str, Any]:
    """The request body of `POST /labels`, which takes `most` labels at most."""
    value: dict[str, Any] = {"enum": [*metadata.classes]} if metadata.classes else {"type": "number"}
    time = {"type": "string", "format": "date-time", "description": "when it became true; by default now"}
    subjects: dict[str, Any] = {
        PREDICTION_ID: {"type": "string", "format": "uuid", "description": "of the answer that it is about"},
        entity: {"type": "string", "minLength": 1, "maxLength": MAX_TEXT},
    }
    labels = [
        {
            "type": "object",
            "properties": {name: subject, "label": value, "time": time},
            "required": [name, "label"],
            "additionalProperties": False,
        }
        for name, subject in subjects.items()
    ]
    request = {
        "title": "LabelsRequest",
        "type": "object",
        "properties": {
            "labels": {"type": "array", "items": {"oneOf": labels}, "minItems": 1, "maxItems": most}
        },
        "required": ["labels"],
        "additionalProperties": False,
    }
    example = metadata.classes[-1] if metadata.classes else 1.5
    return _json_body(request, {"labels": [{entity: "user-1", "label": example}]})


def _request(schema: Schema, *, looks_up: bool) -> dict[str, Any]:
    key = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
    whole = {
        "title": "PredictionRequest",
        "type": "object",
        "properties": {
            schema.entity: {
                "anyOf": [key, {"type": "null"}],
                "description": "whom or what the prediction is about; may be left out",
            },
            FEATURES: schema.features_adapter.json_schema(),
        },
        "required": [FEATURES],
        "additionalProperties": False,
    }
    if not looks_up:
        return whole
    some = {
        "title": "PredictionRequestByEntity",
        "description": "features that are left out are looked up by the entity; those that are given win",
        "type": "object",
        "properties": {
            schema.entity: {**key, "description": "whom or what the prediction is about"},
            FEATURES: TypeAdapter(schema.some_features_type).json_schema(),
        },
        "required": [schema.entity],
        "additionalProperties": False,
    }
    return {"anyOf": [whole, some]}


def _json_body(
    schema: dict[str, Any], example: dict[str, Any], by_entity: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The body with its example; with two, where features may be looked up."""
    examples: dict[str, Any] = {"example": example}
    if by_entity is not None:
        whole = {"summary": "with all features", "value": example}
        alone = {"summary": "the entity alone: its features are looked up", "value": by_entity}
        examples = {"examples": {"entity": alone, "features": whole}}
    return {"required": True, "content": {"application/json": {"schema": schema, **examples}}}


def request_example(schema: Schema) -> dict[str, Any]:
    """A request that is accepted, with values from the middle of the reference."""
    return {
        schema.entity: "user-1",
        "features": {feature.name: _typical(feature) for feature in schema.features},
    }


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, as the OpenAPI page has them."""
    content = {PROBLEM_TYPE: {"schema": PROBLEM}}
    return {status.value: {"description": status.phrase, "content": content} for status in statuses}


def _typical(feature: Feature) -> FeatureValue:
    if feature.kind == "boolean":
        return True
    if feature.kind == "categorical":
        return feature.categories[0] if feature.categories else "any"
    if feature.minimum is None or feature.maximum is None:
        return 0.0
    return round((feature.minimum + feature.maximum) / 2, 2)
