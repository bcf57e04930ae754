"""Sends one row and counts what came back."""

import json
from collections.abc import Callable
from http import HTTPStatus
from time import perf_counter

import aiohttp

from simulator.scenario.rows import Request
from simulator.traffic.result import Problem
from simulator.traffic.service import reason, said
from simulator.traffic.tally import Tally


class Sender:
    """Sends rows over one session, never twice, and counts into one tally; `on_id` takes prediction ids."""

    def __init__(
        self, session: aiohttp.ClientSession, tally: Tally, on_id: Callable[[str], object] | None = None
    ) -> None:
        self._session = session
        self._tally = tally
        self._on_id = on_id

    async def send(self, request: Request, due: float | None = None) -> None:
        """Send one row; its latency counts from `due`, on the clock of perf_counter, or else from now."""
        tally = self._tally
        tally.sent += 1
        began = perf_counter() if due is None else due
        try:
            async with self._session.post("predict", data=request.body, allow_redirects=False) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self._fail(request, *_failure(error))
            return
        tally.latencies.append(perf_counter() - began)
        if response.status == HTTPStatus.OK:
            self._accept(request, body)
        else:
            tally.refused[response.status] += 1
            self._note(request, f"{response.status} {said(body)}")

    def _accept(self, request: Request, body: bytes) -> None:
        try:
            prediction_id = json.loads(body)["prediction_id"]
        except (ValueError, TypeError, KeyError):
            self._fail(request, "not a prediction", said(body))
            return
        self._tally.answered += 1
        if self._on_id:
            self._on_id(str(prediction_id))

    def _fail(self, request: Request, kind: str, detail: str) -> None:
        self._tally.failed[kind] += 1
        self._note(request, f"{kind}: {detail}")

    def _note(self, request: Request, what: str) -> None:
        if self._tally.first_problem is None:
            self._tally.first_problem = Problem(request.number, request.entity, what)


def _failure(error: aiohttp.ClientError | TimeoutError) -> tuple[str, str]:
    if isinstance(error, TimeoutError):
        return "no answer in time", str(error) or "the timeout of a row passed"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection", reason(error)
    if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
        return "connection lost", reason(error)
    return "not HTTP", reason(error)
