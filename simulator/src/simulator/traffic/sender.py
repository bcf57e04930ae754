"""Sends rows and counts the answers."""

import json
from collections.abc import Callable
from http import HTTPStatus
from time import perf_counter

import aiohttp

from simulator.scenario.rows import Request
from simulator.traffic.counts import ReplayCounts
from simulator.traffic.result import Problem
from simulator.traffic.service import reason, said


class Sender:
    """Sends each row once over one session, and updates `counts`; passes each prediction id to `on_id`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        counts: ReplayCounts,
        on_id: Callable[[str], object] | None = None,
    ) -> None:
        self._session = session
        self._counts = counts
        self._on_id = on_id

    async def send(self, request: Request, due: float | None = None) -> None:
        """Send one row; its latency starts at `due`, on the clock of perf_counter, or else now."""
        counts = self._counts
        counts.sent += 1
        began = perf_counter() if due is None else due
        try:
            async with self._session.post("predict", data=request.body, allow_redirects=False) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self._fail(request, *_failure(error))
            return
        counts.latencies.append(perf_counter() - began)
        if response.status == HTTPStatus.OK:
            self._accept(request, body)
        else:
            counts.refused[response.status] += 1
            self._note(request, f"{response.status} {said(body)}")

    def _accept(self, request: Request, body: bytes) -> None:
        try:
            prediction_id = json.loads(body)["prediction_id"]
        except (ValueError, TypeError, KeyError):
            self._fail(request, "not a prediction", said(body))
            return
        self._counts.answered += 1
        if self._on_id:
            self._on_id(str(prediction_id))

    def _fail(self, request: Request, kind: str, detail: str) -> None:
        self._counts.failed[kind] += 1
        self._note(request, f"{kind}: {detail}")

    def _note(self, request: Request, what: str) -> None:
        if self._counts.first_problem is None:
            self._counts.first_problem = Problem(request.number, request.entity, what)


def _failure(error: aiohttp.ClientError | TimeoutError) -> tuple[str, str]:
    if isinstance(error, TimeoutError):
        return "no answer in time", str(error) or "the timeout of a row passed"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection", reason(error)
    if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
        return "connection lost", reason(error)
    return "not HTTP", reason(error)
