"""The way of labels through the service: from the request to Redis, and its acknowledgement."""

from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from predict.errors import RefusedError
from predict.request.body.read import read_json_body
from predict.request.models.served import ServedModel
from predict.request.parse import read_key
from predict.request.problems import refusal_response
from predict.request.service import Service


async def take_labels(request: Request, service: Service, model: ServedModel) -> Response:
    """Acknowledge labels once Redis has them; all of the request are taken, or none."""
    try:
        service.access.check(request.headers.get("authorization"))
        key = read_key(request.headers.get("idempotency-key"))
        body = await read_json_body(request)
        async with service.label_turns.take():
            labels = await model.label_model.read(await body.content(service.inflating))
            await model.label_inbox.take(labels, key)
    except RefusedError as refused:
        model.metrics.labels_refused(refused)
        return refusal_response(refused)
    return JSONResponse({"received": len(labels.labels)}, HTTPStatus.ACCEPTED)
