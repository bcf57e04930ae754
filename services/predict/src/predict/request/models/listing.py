"""Which models there are, and what is told of each at a glance."""

from dataclasses import asdict
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from predict.request.service import Service, service_of


async def list_models(request: Request) -> Response:
    """List the models of BUNDLE in their order: those that are served, and those that can't be."""
    service = service_of(request)
    return JSONResponse({"models": [_told(service, name) for name in service.standing.names]})


def _told(service: Service, name: str) -> dict[str, Any]:
    if (model := service.models.get(name)) is None:
        return {"model": name, "state": "damaged", "detail": service.standing.damaged[name]}
    bundle, shadows = model.bundle, [asdict(each) for each in model.shadows.told]
    return {
        "model": name,
        "state": "served",
        "model_version": bundle.version,
        "task": bundle.metadata.task,
        **({"shadows": shadows} if shadows else {}),
    }
