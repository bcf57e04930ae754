"""The routes: they translate between HTTP and the service, and decide nothing."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from bundle import Bundle
from fastapi import Request, Response, Security
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from telemetry.providers import PAGE_TYPE

from predict.errors import RefusedError
from predict.request import openapi
from predict.request.labels.body import MAX_LABELS, entity_field
from predict.request.labels.take import take_labels
from predict.request.parse import read_json_body, read_key
from predict.request.problems import problem_response, refusal_response
from predict.request.rows import MAX_ROWS, MAX_ROWS_BODY, read_rows, rows_json
from predict.request.service import service_of

Endpoint = Callable[[Request], Awaitable[Response]]


class DirectRoute(APIRoute):
    """A documented route whose endpoint takes the request and gives the response, with nothing in between."""

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = _direct(endpoint)


def _direct(endpoint: Endpoint) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


async def predict(request: Request) -> Response:
    """Answer with a prediction once its record is safe."""
    service = service_of(request)
    try:
        service.access.check(request.headers.get("authorization"))
        key = read_key(request.headers.get("idempotency-key"))
        asked = service.requests.read(await read_json_body(request))
        answer = await service.predictor.predict(asked.features, asked.entity, key)
    except RefusedError as refused:
        service.metrics.refused(refused)
        return refusal_response(refused)
    return Response(to_json(answer), media_type="application/json")


async def predict_batch(request: Request) -> Response:
    """Answer with a prediction for each row once all records are safe; all rows are taken, or none."""
    service = service_of(request)
    try:
        service.access.check(request.headers.get("authorization"))
        key = read_key(request.headers.get("idempotency-key"))
        body = await read_json_body(request, MAX_ROWS_BODY)
        async with service.turns.take():
            rows = await read_rows(service.requests, body)
            answers = await service.predictor.predict_rows(rows, key)
            content = await rows_json(answers)
    except RefusedError as refused:
        service.metrics.refused(refused)
        return refusal_response(refused)
    return Response(content, media_type="application/json")


async def health(_: Request) -> Response:
    """Say that the process lives."""
    return JSONResponse({"status": "alive"})


async def ready(request: Request) -> Response:
    """Say whether predictions are answered and logged, with the reasons where they aren't."""
    reasons = service_of(request).reasons_not_ready
    if reasons:
        return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, "; ".join(reasons), reasons=reasons)
    return JSONResponse({"status": "ready", "limitations": service_of(request).limitations})


async def model(request: Request) -> Response:
    """Tell the model's metadata and schema."""
    bundle = service_of(request).bundle
    return Response(
        to_json({"metadata": bundle.metadata, "schema": bundle.schema}), media_type="application/json"
    )


async def metrics(request: Request) -> Response:
    """Give this process's metrics as Prometheus text; nothing where they go to a collector."""
    return Response(service_of(request).telemetry.page(), media_type=PAGE_TYPE)


async def root(request: Request) -> Response:
    """Link to everything that there is to see."""
    return HTMLResponse(service_of(request).root_page)


def routes(bundle: Bundle, *, is_open: bool) -> list[BaseRoute]:
    """Every route, the busiest first; whatever can be got has a HEAD as well."""
    posts = _posts(bundle, is_open=is_open)
    not_ready = openapi.problems(HTTPStatus.SERVICE_UNAVAILABLE)
    gets: list[tuple[str, Endpoint, dict[str, Any]]] = [
        ("/health", health, {"summary": "Health"}),
        ("/ready", ready, {"summary": "Readiness", "responses": not_ready}),
        ("/model", model, {"summary": "Model"}),
        ("/metrics", metrics, {"summary": "Metrics", "response_class": Response}),
        ("/", root, {"include_in_schema": False}),
    ]
    documented = [DirectRoute(path, endpoint, methods=["GET"], **options) for path, endpoint, options in gets]
    heads = [
        DirectRoute(path, endpoint, methods=["HEAD"], include_in_schema=False) for path, endpoint, _ in gets
    ]
    return [*posts, *documented, *heads]


def _posts(bundle: Bundle, *, is_open: bool) -> list[BaseRoute]:
    task, schema = bundle.metadata.task, bundle.schema
    single = _post(
        "/predict",
        predict,
        summary="Predict",
        answer=openapi.ANSWERS[task],
        body=openapi.request_body(schema),
        is_open=is_open,
    )
    many = _post(
        "/predict/batch",
        predict_batch,
        HTTPStatus.SERVICE_UNAVAILABLE,
        summary="Predict many rows",
        answer=openapi.ROWS_ANSWERS[task],
        body=openapi.rows_request_body(schema, MAX_ROWS),
        is_open=is_open,
    )
    labels = [
        _post(
            path,
            take_labels,
            HTTPStatus.SERVICE_UNAVAILABLE,
            summary="Label predictions",
            status=HTTPStatus.ACCEPTED,
            answer=openapi.LabelsAnswer,
            body=openapi.labels_request_body(bundle.metadata, entity_field(schema), MAX_LABELS),
            is_open=is_open,
        )
        for path in ("/labels", f"/models/{bundle.name}/labels")
    ]
    return [single, many, *labels]


def _post(
    path: str,
    endpoint: Endpoint,
    *refusals: HTTPStatus,
    summary: str,
    status: HTTPStatus = HTTPStatus.OK,
    answer: type[BaseModel],
    body: dict[str, Any],
    is_open: bool,
) -> DirectRoute:
    """A route that takes JSON; `refusals` are those that it has beside the usual ones."""
    problems = openapi.problems(
        HTTPStatus.BAD_REQUEST,
        *([] if is_open else [HTTPStatus.UNAUTHORIZED]),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        *refusals,
    )
    return DirectRoute(
        path,
        endpoint,
        methods=["POST"],
        status_code=status,
        summary=summary,
        responses={status.value: {"model": answer}, **problems},
        dependencies=[] if is_open else [Security(HTTPBearer(description="a key of API_KEYS"))],
        openapi_extra={"requestBody": body},
    )
