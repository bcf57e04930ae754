"""The routes of each model: below /models/NAME, and those of the first one also without that."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

from starlette.routing import BaseRoute

from predict.request import openapi
from predict.request.labels.body import MAX_LABELS, entity_field
from predict.request.labels.take import take_labels
from predict.request.models.answers import describe, endpoint_of, predict, predict_batch, ready
from predict.request.models.listing import list_models
from predict.request.models.route import DirectRoute, get_routes, post_route
from predict.request.rows import MAX_ROWS
from predict.score.models.bundles import DamagedModel, Model, OpenedModel

_TAKES = {"/predict": predict, "/predict/batch": predict_batch, "/labels": take_labels}


def model_routes(models: Sequence[Model], *, is_open: bool, looks_up: bool) -> list[BaseRoute]:
    """The routes of all models; those of the first one without its name are the busiest, and come first."""
    first = models[0]
    routes: list[BaseRoute] = [*_posts(first, "", is_open=is_open, looks_up=looks_up)]
    routes += get_routes("/model", endpoint_of(first.name, describe), summary="Model")
    for model in models:
        if model.has_path:
            routes += _posts(model, f"/models/{model.name}", is_open=is_open, looks_up=looks_up)
            routes += _gets(model)
    routes += get_routes("/models", list_models, summary="Models")
    return routes


def _posts(model: Model, prefix: str, *, is_open: bool, looks_up: bool) -> Sequence[BaseRoute]:
    if isinstance(model, DamagedModel):
        return [
            DirectRoute(
                prefix + path, endpoint_of(model.name, answer), methods=["POST"], include_in_schema=False
            )
            for path, answer in _TAKES.items()
        ]
    return _documented_posts(model, prefix, is_open=is_open, looks_up=looks_up)


def _documented_posts(
    model: OpenedModel, prefix: str, *, is_open: bool, looks_up: bool
) -> Sequence[BaseRoute]:
    metadata, schema = model.bundle.metadata, model.bundle.schema
    looks_up = looks_up and schema.has_keys
    of_lookups = [HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE] if looks_up else []
    route = partial(post_route, tags=[model.name] if prefix else [], is_open=is_open)
    single = route(
        f"{prefix}/predict",
        endpoint_of(model.name, predict),
        *of_lookups,
        summary="Predict",
        answer=openapi.ANSWERS[metadata.task],
        body=openapi.request_body(schema, looks_up=looks_up),
    )
    many = route(
        f"{prefix}/predict/batch",
        endpoint_of(model.name, predict_batch),
        *of_lookups,
        HTTPStatus.SERVICE_UNAVAILABLE,
        summary="Predict many rows",
        answer=openapi.ROWS_ANSWERS[metadata.task],
        body=openapi.rows_request_body(schema, MAX_ROWS, looks_up=looks_up),
    )
    labels = route(
        f"{prefix}/labels",
        endpoint_of(model.name, take_labels),
        HTTPStatus.SERVICE_UNAVAILABLE,
        summary="Label predictions",
        status=HTTPStatus.ACCEPTED,
        answer=openapi.LabelsAnswer,
        body=openapi.labels_request_body(metadata, entity_field(schema), MAX_LABELS),
    )
    return [single, many, labels]


def _gets(model: Model) -> Sequence[BaseRoute]:
    path, tags = f"/models/{model.name}", [model.name]
    not_ready = openapi.problems(HTTPStatus.SERVICE_UNAVAILABLE)
    return [
        *get_routes(path, endpoint_of(model.name, describe), summary="Model", tags=tags),
        *get_routes(
            f"{path}/ready",
            endpoint_of(model.name, ready),
            summary="Readiness",
            tags=tags,
            responses=not_ready,
        ),
    ]
