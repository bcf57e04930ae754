"""The counts of a replay while it runs."""

from array import array
from collections import Counter
from dataclasses import dataclass, field

from simulator.traffic.result import Problem


@dataclass
class ReplayCounts:
    """What has been sent and answered so far; `latencies` are in seconds."""

    rows: int
    sent: int = 0
    answered: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    late: int = 0
    max_late: float = 0.0
    first_problem: Problem | None = None

    @property
    def done(self) -> int:
        """How many rows were answered, refused or failed."""
        return self.answered + self.refused.total() + self.failed.total()
