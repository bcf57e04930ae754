"""Clients that label predictions, and hold what they sent: each sends again until its labels are taken."""

import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from random import Random
from typing import Any, Final

import httpx

AT_ONCE: Final = 20

Json = dict[str, Any]
Predicted = Mapping[str, str]
"""The entities of predictions by their ids; each entity has one prediction."""


@dataclass
class Labeller:
    """One client: its labels in the order in which it sends them, and how often it had to send again."""

    labels: Sequence[Json]
    seconds: float
    """How long sending takes if nothing fails."""

    taken: int = 0
    again: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    def run(self, url: str, stopped: threading.Event) -> None:
        """Send everything, a request after the other, each under a key of its own."""
        with httpx.Client(base_url=url, timeout=5) as client:
            for first in range(0, len(self.labels), AT_ONCE):
                part = self.labels[first : first + AT_ONCE]
                headers = {"Idempotency-Key": uuid.uuid4().hex}
                while not self._sent(client, part, headers):
                    self.again += 1
                    if stopped.wait(0.05):
                        return
                self.taken += len(part)
                stopped.wait(self.seconds * len(part) / len(self.labels))

    def _sent(self, client: httpx.Client, labels: Sequence[Json], headers: dict[str, str]) -> bool:
        try:
            answer = client.post("/labels", json={"labels": labels}, headers=headers)
        except httpx.TransportError:
            return False
        self.statuses[answer.status_code] += 1
        return answer.status_code == HTTPStatus.ACCEPTED


@contextmanager
def labelling(url: str, labellers: Sequence[Labeller]) -> Iterator[None]:
    """Let the clients send; the context ends when all of them have."""
    stopped = threading.Event()
    threads = [threading.Thread(target=each.run, args=(url, stopped)) for each in labellers]
    for thread in threads:
        thread.start()
    try:
        yield
        for thread in threads:
            thread.join(240)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def labels_of(predicted: Predicted, count: int, random: Random) -> list[Json]:
    """So many labels, true from now on, in random order: repeats, corrections, one in twenty a stranger's.

    Half of them name the prediction, half its entity.
    """
    ids, now = [*predicted], datetime.now(UTC).isoformat(timespec="milliseconds")
    return [
        {**_about(ids, predicted, random), "label": random.random() < 0.5, "time": now} for _ in range(count)
    ]


def _about(ids: Sequence[str], predicted: Predicted, random: Random) -> Json:
    is_stranger, by_id = random.random() < 0.05, random.random() < 0.5
    prediction = _stranger(random) if is_stranger else random.choice(ids)
    if by_id:
        return {"prediction_id": prediction}
    return {"user_id": predicted.get(prediction, f"stranger-{prediction}")}


def _stranger(random: Random) -> str:
    """An id that no prediction has, of the time of those that were made."""
    return f"019a0000-{random.randrange(2**16):04x}-7000-8000-{random.randrange(2**48):012x}"


@dataclass(frozen=True)
class Expected:
    """What has to become of the labels that clients hold."""

    counting: dict[str, str]
    received: int
    repeated: int
    superseded: int
    strangers: int


def expected_of(labellers: Sequence[Labeller], predicted: Predicted) -> Expected:
    """Each prediction is labelled by one client, so that the order of its labels is known."""
    of_entity, last = {entity: id_ for id_, entity in predicted.items()}, dict[str, bool]()
    counts = Counter[str]()
    for label in (label for each in labellers for label in each.labels):
        id_: str = label.get("prediction_id") or of_entity.get(label["user_id"], "")
        value: bool = label["label"]
        if id_ not in predicted:
            counts["strangers"] += 1
        elif id_ in last:
            counts["repeated" if last[id_] == value else "superseded"] += 1
            last[id_] = value
        else:
            last[id_] = value
    return Expected(
        {id_: str(value).lower() for id_, value in last.items()},
        sum(len(each.labels) for each in labellers),
        counts["repeated"],
        counts["superseded"],
        counts["strangers"],
    )
