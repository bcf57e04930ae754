"""Sends rows and counts the answers."""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final

import aiohttp

from simulator.scenario.rows import Request
from simulator.traffic.answers import Answer, OnAnswer
from simulator.traffic.counts import ReplayCounts
from simulator.traffic.result import Problem
from simulator.traffic.service import reason, said

_ROW: Final = re.compile(r"rows\[(\d{1,9})\]")
"""How a refusal of a batch names the row, from 0."""


class Sender:
    """Sends each request once, over one session to a path below the service's address, and updates `counts`.

    Passes each answer to each of `on_answer`.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        path: str,
        counts: ReplayCounts,
        on_answer: Sequence[OnAnswer] = (),
    ) -> None:
        self._session = session
        self._path = path
        self._counts = counts
        self._on_answer = on_answer

    async def send(self, request: Request, due: float | None = None) -> None:
        """Send one request; its latency starts at `due`, on the clock of perf_counter, or else now."""
        counts = self._counts
        counts.sent += request.rows
        began = perf_counter() if due is None else due
        try:
            async with self._session.post(self._path, data=request.body, allow_redirects=False) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self._fail(request, *_failure(error))
            return
        counts.latencies.append(perf_counter() - began)
        if response.status == HTTPStatus.OK:
            self._accept(request, body)
        else:
            counts.refused[response.status] += request.rows
            what = said(body)
            self._note(request, f"{response.status} {what}", _ROW.search(what))

    def _accept(self, request: Request, body: bytes) -> None:
        try:
            answer = json.loads(body)
            answers = _answers(request, answer.get("predictions", [answer]))
        except (ValueError, TypeError, KeyError, AttributeError):
            self._fail(request, "not a prediction", said(body))
            return
        if len(answers) != request.rows:
            self._fail(request, "not a prediction", f"{len(answers)} predictions for {request.rows} rows")
            return
        self._counts.answered += request.rows
        for each in answers:
            for on_answer in self._on_answer:
                on_answer(each)

    def _fail(self, request: Request, kind: str, detail: str) -> None:
        self._counts.failed[kind] += request.rows
        self._note(request, f"{kind}: {detail}")

    def _note(self, request: Request, what: str, row: re.Match[str] | None = None) -> None:
        """Keep the first problem; it is about the row that the answer names, or about the first one sent."""
        if self._counts.first_problem is None:
            place = min(int(row[1]), request.rows - 1) if row else 0
            self._counts.first_problem = Problem(request.number + place, request.entities[place], what)


def _answers(request: Request, predictions: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Return the answers that predictions are; raises ValueError, TypeError or KeyError where one is none."""
    return [
        Answer(
            request.number + place,
            request.entities[place] if place < request.rows else "",
            str(prediction["prediction_id"]),
            float(prediction.get("probability", prediction["prediction"])),
        )
        for place, prediction in enumerate(predictions)
    ]


def _failure(error: aiohttp.ClientError | TimeoutError) -> tuple[str, str]:
    if isinstance(error, TimeoutError):
        return "no answer in time", str(error) or "the timeout of a request passed"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection", reason(error)
    if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
        return "connection lost", reason(error)
    return "not HTTP", reason(error)
