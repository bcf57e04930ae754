"""What /openapi.json tells of the models as they stand."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from contract.proxy.prefix import PREFIX
from predict.request.models.standing import Standing
from predict.request.routes import routes
from predict.score.models.bundles import Model, OpenedModel


class OpenApiPage:
    """What /openapi.json tells: the routes of the models that are served now."""

    def __init__(self, title: str, standing: Standing, *, is_open: bool, looks_up: bool) -> None:
        self._title = title
        self._standing = standing
        self._options = {"is_open": is_open, "looks_up": looks_up}
        self._told: Sequence[Model] = ()
        self._document: dict[str, Any] = {}

    async def answer(self, request: Request) -> Response:
        """The page as JSON; under a prefix it says where the service is, so that it can be tried out."""
        prefix = request.scope.get(PREFIX)
        servers = {"servers": [{"url": prefix}]} if prefix else {}
        return JSONResponse({**self.document(), **servers})

    def document(self) -> dict[str, Any]:
        """The page, made anew when another bundle has taken over."""
        models = tuple(self._standing.models.values())
        if models != self._told:
            opened = [model for model in models if isinstance(model, OpenedModel)]
            self._document = get_openapi(
                title=self._title,
                version=opened[0].bundle.version,
                description="Answers predictions and logs each one.",
                routes=routes(models, **self._options),
            )
            self._told = models
        return self._document
