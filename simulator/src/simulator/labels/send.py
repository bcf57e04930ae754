"""Sends labels, many in one request, each request until it is taken or refused."""

import asyncio
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from simulator.errors import ServiceError
from simulator.traffic.service import reason, said

AT_ONCE: Final = 1_000
TRIES: Final = 10
PAUSE: Final = 1.0
"""Seconds before a request is sent again, as Retry-After says."""


@dataclass(slots=True)
class LabelCounts:
    """What became of labels."""

    labels: int
    taken: int = 0
    refused: int = 0
    first_problem: str | None = None


async def send_labels(
    session: aiohttp.ClientSession,
    labels: Sequence[dict[str, Any]],
    on_progress: Callable[[LabelCounts], None],
) -> LabelCounts:
    """Send labels as requests hold them; raises ServiceError where the service goes on refusing."""
    counts = LabelCounts(len(labels))
    for first in range(0, len(labels), AT_ONCE):
        part = labels[first : first + AT_ONCE]
        problem = await _sent(session, json.dumps({"labels": part}).encode())
        if problem is None:
            counts.taken += len(part)
        else:
            counts.refused += len(part)
            counts.first_problem = counts.first_problem or problem
        on_progress(counts)
    return counts


async def _sent(session: aiohttp.ClientSession, body: bytes) -> str | None:
    """Send a request under a key of its own until it is taken; gives why it is refused, if it is."""
    headers, problem = {"Idempotency-Key": uuid.uuid4().hex}, ""
    for _ in range(TRIES):
        try:
            async with session.post("labels", data=body, headers=headers, allow_redirects=False) as answer:
                text = await answer.read()
        except aiohttp.ClientError as error:
            problem = reason(error)
        except TimeoutError:
            problem = "no answer in time"
        else:
            if answer.status == HTTPStatus.ACCEPTED:
                return None
            problem = f"{answer.status} {said(text)}"
            if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return problem
        await asyncio.sleep(PAUSE)
    raise ServiceError(f"the service takes no labels ({problem})")
