"""The result of a replay."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Latency:
    """Nearest-rank percentiles of the time until an answer, in seconds."""

    p50: float
    p90: float
    p99: float
    max: float


@dataclass(frozen=True)
class Lateness:
    """How many rows an open loop sent after they were due, and the longest delay in seconds."""

    rows: int
    max: float


@dataclass(frozen=True)
class Problem:
    """The first row without a prediction, counted from 1, and the reason."""

    row: int
    entity: str | None
    reason: str


@dataclass(frozen=True)
class ReplayResult:
    """Counts and latencies of a replay; `ignored` names the columns that were not sent.

    Every sent row is answered, refused, failed or unanswered. `refused` counts rows by HTTP status, `failed`
    by what went wrong below HTTP; unanswered rows were in flight when the replay was interrupted. `requests`
    and latencies cover every HTTP answer, refusals too, of one row or of a batch; in an open loop latencies
    start when the first row of a request was due.
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
    requests: int
    latency: Latency | None
    late: Lateness
    first_problem: Problem | None
    notes: tuple[str, ...] = ()
    """What was read in another way than it is written."""

    @property
    def unanswered(self) -> int:
        """How many rows were sent, but given up before an answer came."""
        return self.sent - self.answered - sum(self.refused.values()) - sum(self.failed.values())

    @property
    def requests_per_second(self) -> float:
        """HTTP answers of any status per second."""
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def rows_per_second(self) -> float:
        """Rows that were answered or refused, per second."""
        rows = self.answered + sum(self.refused.values())
        return rows / self.seconds if self.seconds else 0.0

    @property
    def kept_up(self) -> bool:
        """Whether at least 99 % of the rows were sent on time; a busy machine may delay the rest."""
        return self.late.rows <= self.sent / 100

    @property
    def complete(self) -> bool:
        """Whether every row got a prediction."""
        return self.answered == self.rows


def latency(seconds: Sequence[float]) -> Latency | None:
    """Return the percentiles of the given times, or None for an empty list."""
    if not seconds:
        return None
    ordered = sorted(seconds)

    def rank(share: float) -> float:
        return ordered[math.ceil(share * len(ordered)) - 1]

    return Latency(p50=rank(0.50), p90=rank(0.90), p99=rank(0.99), max=ordered[-1])
