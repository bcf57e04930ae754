"""What a model answers: predictions, the acknowledgement of labels, and what it is."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic_core import to_json

from predict.errors import Reason, RefusedError
from predict.request.body.read import read_json_body
from predict.request.models.route import Endpoint
from predict.request.models.served import ServedModel
from predict.request.parse import read_key
from predict.request.problems import problem_response, refusal_response
from predict.request.rows import MAX_ROWS_BODY, read_rows, rows_json
from predict.request.service import ENDING, Service, service_of
from predict.score.answers import Answer

ModelEndpoint = Callable[[Request, Service, ServedModel], Awaitable[Response]]


def endpoint_of(name: str, answer: ModelEndpoint) -> Endpoint:
    """The endpoint of the model of that name; it answers 503 while the model can't be served."""

    async def endpoint(request: Request) -> Response:
        service = service_of(request)
        model = service.models.get(name)
        if model is None:
            return _not_served(name, service.standing.damaged[name])
        with model.uses:
            return await answer(request, service, model)

    endpoint.__name__ = answer.__name__  # of which the page makes the names of its operations
    return endpoint


async def predict(request: Request, service: Service, model: ServedModel) -> Response:
    """Answer with a prediction once its record is safe."""
    try:
        service.access.check(request.headers.get("authorization"))
        key = read_key(request.headers.get("idempotency-key"))
        body = await read_json_body(request)
        asked = model.requests.read(await body.content(service.inflating))
        answer = await model.predictor.predict(asked.features, asked.entity, key)
    except RefusedError as refused:
        model.metrics.refused(refused)
        return refusal_response(refused)
    return Response(to_json(answer), media_type="application/json")


async def predict_batch(request: Request, service: Service, model: ServedModel) -> Response:
    """Answer with a prediction for each row once all records are safe; all rows are taken, or none.

    While features are looked up, which is the feature server's work, it is the turn of other batches; a
    repeat needs none of it.
    """
    try:
        service.access.check(request.headers.get("authorization"))
        key = read_key(request.headers.get("idempotency-key"))
        body = await read_json_body(request, MAX_ROWS_BODY)
        async with service.turns.take():
            rows = await read_rows(model.requests, await body.content(service.inflating))
            if not model.predictor.lacks_features(rows):
                return await _told(await model.predictor.predict_rows(rows, {}, key))
            if (first := await model.predictor.first_answers(rows, key)) is not None:
                return await _told(first)
        async with service.lookup_turns.take():
            completed = await model.predictor.look_up(rows)
        async with service.turns.take():
            return await _told(await model.predictor.predict_rows(rows, completed, key))
    except RefusedError as refused:
        model.metrics.refused(refused)
        return refusal_response(refused)


async def _told(answers: Sequence[Answer]) -> Response:
    return Response(await rows_json(answers), media_type="application/json")


async def ready(_: Request, service: Service, model: ServedModel) -> Response:
    """Say whether the model's predictions are answered and logged, with the reasons where they aren't."""
    ending = [ENDING] if service.ending.is_set() else []
    return readiness(ending + model.reasons_not_ready, model.limitations)


async def describe(_: Request, service: Service, model: ServedModel) -> Response:
    """Tell the model's metadata and schema, since when it is served, and what is refused in its place."""
    name = model.bundle.name
    refused = service.standing.refused.get(name)
    told = {
        "metadata": model.bundle.metadata,
        "schema": model.bundle.schema,
        "source": service.standing.sources[name],
        "registered_version": None if model.registered is None else model.registered.version,
        "served_since": model.since,
        "refused": None if refused is None else {"detail": refused.why, "at": refused.at},
    }
    return Response(to_json(told), media_type="application/json")


def readiness(reasons: list[str], limitations: list[str]) -> Response:
    """Ready, with what limits it, or the reasons why not."""
    if reasons:
        return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, "; ".join(reasons), reasons=reasons)
    return JSONResponse({"status": "ready", "limitations": limitations})


def _not_served(name: str, why: str) -> Response:
    return problem_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"the model {name} is not served until its bundle is mended: {why}",
        reason=Reason.UNAVAILABLE,
    )
