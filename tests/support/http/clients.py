"""Clients that go on whatever fails, and remember each prediction that they were given."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from contract.stream.record import Record

CLIENTS = 4
PAUSE = 0.02
"""Seconds between one client's requests."""


@dataclass
class Asking:
    """What clients sent, and what they hold."""

    sent: int = 0
    predicted: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0


@contextmanager
def clients(url: str, records: Sequence[Record]) -> Iterator[Asking]:
    """Ask for the records' customers while the context is open; a dead service is tried again."""
    asking, ended, lock = Asking(), threading.Event(), threading.Lock()
    threads = [
        threading.Thread(target=_ask, args=(url, records[number::CLIENTS], asking, ended, lock))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield asking
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _ask(
    url: str, records: Sequence[Record], asking: Asking, ended: threading.Event, lock: threading.Lock
) -> None:
    bodies = [{"user_id": record.entity, "features": json.loads(record.features_json)} for record in records]
    number = 0
    with httpx.Client(base_url=url, timeout=10) as client:
        while not ended.is_set():
            body = bodies[number % len(bodies)]
            number += 1
            try:
                answer = client.post("/predict", json=body)
            except httpx.TransportError:
                with lock:
                    asking.sent += 1
                    asking.unanswered += 1
                time.sleep(0.05)
                continue
            with lock:
                asking.sent += 1
                asking.statuses[answer.status_code] += 1
                if answer.status_code == httpx.codes.OK:
                    asking.predicted.append(answer.json()["prediction_id"])
            time.sleep(PAUSE)
