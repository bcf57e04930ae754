"""What came of a replay."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Latency:
    """Nearest-rank percentiles of the time to an answer, in seconds."""

    p50: float
    p90: float
    p99: float
    max: float


@dataclass(frozen=True)
class Lateness:
    """Rows that an open loop sent after they were due, and by how many seconds at most."""

    rows: int
    max: float


@dataclass(frozen=True)
class Problem:
    """The first row that got no prediction; rows count from 1."""

    row: int
    entity: str | None
    reason: str


@dataclass(frozen=True)
class ReplayResult:
    """Counts and latencies; `ignored` names columns that were not sent.

    Every sent row is answered, refused, failed or unanswered: `refused` counts by HTTP status, `failed` by
    what went wrong below HTTP, and unanswered rows were given up when the replay was interrupted. Latencies
    are those of all HTTP answers, refusals too, and in an open loop count from when a row was due.
    """

    url: str
    model: str
    model_version: str
    ignored: tuple[str, ...]
    rows: int
    sent: int
    answered: int
    refused: dict[int, int]
    failed: dict[str, int]
    interrupted: bool
    seconds: float
    latency: Latency | None
    late: Lateness
    first_problem: Problem | None

    @property
    def unanswered(self) -> int:
        """Rows sent, but given up before anything came back."""
        return self.sent - self.answered - sum(self.refused.values()) - sum(self.failed.values())

    @property
    def requests_per_second(self) -> float:
        """HTTP answers, of any status, per second of the replay."""
        answers = self.answered + sum(self.refused.values())
        return answers / self.seconds if self.seconds else 0.0

    @property
    def kept_up(self) -> bool:
        """Whether the rows were sent when they were due, but for 1 % that a busy machine may delay."""
        return self.late.rows <= self.sent / 100

    @property
    def complete(self) -> bool:
        """Whether every row got a prediction."""
        return self.answered == self.rows


def latency(seconds: Sequence[float]) -> Latency | None:
    """Return the percentiles of the given times, or None where there are none."""
    if not seconds:
        return None
    ordered = sorted(seconds)

    def rank(share: float) -> float:
        return ordered[math.ceil(share * len(ordered)) - 1]

    return Latency(p50=rank(0.50), p90=rank(0.90), p99=rank(0.99), max=ordered[-1])
