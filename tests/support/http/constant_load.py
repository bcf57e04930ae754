"""Requests at a constant rate, whatever becomes of the earlier ones, and the account of them."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

CONNECTIONS = 200

IDLE = 2.0
"""Seconds after which a connection is not used again; the server closes it after five, at whatever moment."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it was sent and answered, in seconds, and how."""

    sent: float
    answered: float
    status: int
    prediction_id: str | None
    version: str | None
    """The model version that answered."""

    @property
    def seconds(self) -> float:
        """How long the client waited."""
        return self.answered - self.sent


@dataclass
class Load:
    """What was asked so far."""

    asked: list[Asked] = field(default_factory=list)
    unanswered: int = 0
    """Requests whose connection broke: with nobody killed there are none."""

    @property
    def statuses(self) -> Counter[int]:
        """How many answers had each status."""
        return Counter(each.status for each in self.asked)

    @property
    def predicted(self) -> list[str]:
        """The prediction ids that clients hold."""
        return [each.prediction_id for each in self.asked if each.prediction_id is not None]

    def percentile(self, share: float) -> float:
        """The seconds within which that share of the requests was answered."""
        return percentile([each.seconds for each in self.asked], share)

    def since(self, moment: float) -> "Load":
        """What was asked from then on, and is answered."""
        return Load([each for each in self.asked if each.sent >= moment])

    def is_answered_by(self, version: str, last: int) -> bool:
        """Whether so many requests in a row, the last ones, were answered by that version."""
        return len(self.asked) > last and all(each.version == version for each in self.asked[-last:])

    def goes_on(self, requests: float) -> Callable[[], bool]:
        """Whether so many more were answered than when this was called."""
        enough = len(self.asked) + requests
        return lambda: len(self.asked) >= enough


def percentile(seconds: Sequence[float], share: float) -> float:
    """The least of the numbers that so large a share of them does not exceed."""
    ordered = sorted(seconds)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@contextmanager
def constant_load(url: str, request: Mapping[str, Any], rate: float) -> Iterator[Load]:
    """Send the request `rate` times a second while the context is open; at its end all are answered."""
    load, ended = Load(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_send(url, request, rate, load, ended)))
    thread.start()
    try:
        yield load
    finally:
        ended.set()
        thread.join()


async def _send(
    url: str, request: Mapping[str, Any], rate: float, load: Load, ended: threading.Event
) -> None:
    limits = httpx.Limits(
        max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=IDLE
    )
    async with (
        httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client,
        asyncio.TaskGroup() as sent,
    ):
        due = time.monotonic()
        while not ended.is_set():
            sent.create_task(_ask(client, request, load))
            due += 1 / rate
            await asyncio.sleep(max(due - time.monotonic(), 0))


async def _ask(client: httpx.AsyncClient, request: Mapping[str, Any], load: Load) -> None:
    began = time.monotonic()
    try:
        answer = await client.post("/predict", json=request)
    except httpx.TransportError:
        load.unanswered += 1
        return
    told = answer.json()
    load.asked.append(
        Asked(
            began, time.monotonic(), answer.status_code, told.get("prediction_id"), told.get("model_version")
        )
    )


def out_of_order(asked: Sequence[Asked], ids: Sequence[str]) -> list[str]:
    """The predictions that stand before one that was answered before they were asked for."""
    place = {prediction: position for position, prediction in enumerate(ids)}
    known = [each for each in asked if each.prediction_id in place]
    by_answer = sorted(known, key=lambda each: each.answered)
    wrong: list[str] = []
    latest, done = -1, 0
    for each in sorted(known, key=lambda each: each.sent):
        while by_answer[done].answered < each.sent:
            latest = max(latest, place[by_answer[done].prediction_id or ""])
            done += 1
        if place[each.prediction_id or ""] < latest:
            wrong.append(each.prediction_id or "")
    return wrong
