"""What lies around the routes: an unexpected error is an answer like any other."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Request
from opentelemetry.metrics import NoOpMeter
from starlette.routing import Route

from predict.edge.publish import add_layers, published
from predict.metrics import Metrics
from predict.request.problems import tell_unexpected_error
from predict.settings import Settings

APP = "https://app.example"


async def broken(_: Request) -> None:
    """A route with a bug."""
    raise LookupError("nobody thought of this")


def ask(settings: Settings, path: str, **headers: str) -> httpx.Response:
    """The answer of a service with that route."""
    app = FastAPI(routes=[Route("/broken", broken)], exception_handlers={Exception: tell_unexpected_error})
    add_layers(app, settings, Metrics(NoOpMeter("test"), "1.0"))
    transport = httpx.ASGITransport(published(app, settings), raise_app_exceptions=False)

    async def answer() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://predict") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(answer())


@pytest.mark.parametrize(("origin", "told"), [(APP, APP), ("https://evil.example", None)])
def test_a_page_can_read_an_unexpected_error(origin: str, told: str | None) -> None:
    """Without the right to it, its browser would say that the network failed."""
    answer = ask(Settings(cors_origins=APP), "/broken", Origin=origin)
    assert answer.status_code == 500
    assert answer.json()["detail"] == "an unexpected error; the service's log tells more"
    assert answer.headers.get("Access-Control-Allow-Origin") == told
    assert len(answer.headers.get_list("X-Request-ID")) == 1


def test_the_redirect_to_the_root_keeps_the_query_and_has_an_id() -> None:
    """It is an answer like any other, with its line in the log."""
    answer = ask(Settings(root_path="/ml", access_log="on"), "/ml?a=1&b=%20x", **{"X-Request-ID": "web-1"})
    assert (answer.status_code, answer.headers["Location"]) == (307, "/ml/?a=1&b=%20x")
    assert answer.headers.get_list("X-Request-ID") == ["web-1"]
