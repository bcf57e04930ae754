"""How long and how often the fault tests break something; `make soak` sets SOAK=1 for the long form."""

import os
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """Durations are in seconds."""

    outage: int
    """How long Redis, or the network to it, is away under load."""

    slow: int
    """How long Redis answers late."""

    rounds: int
    """How many seeds a test of kills has, where it has several."""

    entries: int
    """Hostile entries in the stream."""

    jobs: int
    """Hostile jobs in the queue."""

    by_page: int
    """Requests that are generated from the OpenAPI page."""

    by_body: int
    """Requests whose bodies are generated."""

    by_hand: int
    """Requests that are sent as bytes."""

    broken: int
    """Requests whose connection ends before they do."""

    labels: int
    """Labels that come while processes are killed."""

    labelling: int
    """How long they come."""

    label_bodies: int
    """Requests with labels that are generated."""

    references: int
    """References that pools without drift are compared with."""


SHORT: Final = Scale(
    outage=12,
    slow=5,
    rounds=1,
    entries=2_000,
    jobs=200,
    by_page=300,
    by_body=1_000,
    by_hand=5_000,
    broken=500,
    labels=4_000,
    labelling=15,
    label_bodies=500,
    references=250,
)
LONG: Final = Scale(
    outage=60,
    slow=10,
    rounds=2,
    entries=10_000,
    jobs=1_000,
    by_page=2_000,
    by_body=8_000,
    by_hand=82_000,
    broken=8_000,
    labels=100_000,
    labelling=90,
    label_bodies=8_000,
    references=1_500,
)
IS_LONG: Final = os.environ.get("SOAK") == "1"
SCALE: Final = LONG if IS_LONG else SHORT
