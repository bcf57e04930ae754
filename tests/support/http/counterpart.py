"""A service to replay against: speaks as predict does, records what it gets, and misbehaves on demand."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from contract.schema import Feature, Schema

SCHEMA = Schema(
    entity="user_id",
    features=[
        Feature(name="fee", kind="numerical"),
        Feature(name="tv", kind="boolean", nullable=True),
        Feature(name="net", kind="categorical", categories=["DSL", "Fiber"]),
    ],
)
Answer = Callable[[int, web.Request], Awaitable[web.StreamResponse]]
"""Takes the number of the request, from 0, and the request."""


async def predicted(number: int, _request: web.Request) -> web.StreamResponse:
    """Answer with a prediction whose id is the request's number."""
    return web.json_response({"prediction_id": f"id-{number}", "prediction": False, "probability": 0.25})


def predicted_rows(count: int) -> Answer:
    """Answer every request with so many predictions."""

    async def answer(number: int, _request: web.Request) -> web.StreamResponse:
        found = [{"prediction_id": f"id-{number}-{place}", "prediction": False} for place in range(count)]
        return web.json_response({"predictions": found})

    return answer


@dataclass
class Counterpart:
    """What the service has seen, and how it answers."""

    answer: Answer = predicted
    ready: int = 200
    hangs: bool = False
    asked: bool = False
    model: web.Response | None = None
    url: str = ""
    documents: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)
    in_flight: int = 0
    most_in_flight: int = 0
    runner: web.AppRunner | None = None

    async def stop_listening(self) -> None:
        """Take no connection from now on, and cut those there are."""
        assert self.runner is not None
        for site in list(self.runner.sites):
            await site.stop()
        for transport in self.connections:
            assert isinstance(transport, asyncio.Transport)
            transport.abort()

    def app(self) -> web.Application:
        """The service as an application."""
        app = web.Application()
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/model", self._model)
        app.router.add_post("/predict", self._predict)
        app.router.add_post("/predict/batch", self._predict)
        return app

    async def _ready(self, _request: web.Request) -> web.StreamResponse:
        self.asked = True
        if self.hangs:
            await asyncio.Event().wait()
        problem = {"title": "Not ready", "detail": "Redis does not answer"}
        return web.json_response(problem, status=self.ready)

    async def _model(self, _request: web.Request) -> web.StreamResponse:
        if self.model is not None:
            return self.model
        metadata = {"name": "churn", "version": "3f2a9c1b7d20", "threshold": 0.5}
        return web.json_response({"metadata": metadata, "schema": SCHEMA.model_dump()})

    async def _predict(self, request: web.Request) -> web.StreamResponse:
        number = len(self.documents)
        self.documents.append(await request.json())
        self.headers.append(dict(request.headers))
        self.connections.add(request.transport)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self.answer(number, request)
        finally:
            self.in_flight -= 1


@contextmanager
def served(counterpart: Counterpart) -> Iterator[Counterpart]:
    """Serve in a thread of its own, on a port that the system chooses."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    counterpart.runner = runner = web.AppRunner(counterpart.app(), shutdown_timeout=0.1)
    try:
        counterpart.url = asyncio.run_coroutine_threadsafe(_start(runner), loop).result(10)
        yield counterpart
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _start(runner: web.AppRunner) -> str:
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


def csv_of(rows: int) -> str:
    """A table of so many rows; every third has no `tv`."""
    lines = [f"u{i},{i + 0.5},{'' if i % 3 == 0 else 'true'},DSL,ignored" for i in range(rows)]
    return "\n".join(["user_id,fee,tv,net,extra", *lines]) + "\n"


def document_of(row: int) -> dict[str, Any]:
    """The request that a row of that table becomes."""
    tv = None if row % 3 == 0 else True
    return {"user_id": f"u{row}", "features": {"fee": row + 0.5, "tv": tv, "net": "DSL"}}
