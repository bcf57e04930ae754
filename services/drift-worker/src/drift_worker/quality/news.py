"""Which labels of a model version have matured, and how many of them are new."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, cast

from redis import Redis

from contract.labels.keys import LabelKeys
from drift_worker.labels.windows import WindowSpan

_STATES: Final = 4
"""The counts by state; those of the copies follow."""


@dataclass(frozen=True, slots=True)
class Matured:
    """The evaluated windows of a version whose labels have matured, and how many labels these have."""

    windows: Sequence[WindowSpan]
    """Without those from before the first label."""

    labels: int
    """One that was corrected counts twice, so that corrections are news too."""

    implied: int
    """Those of them that nobody sent."""

    due: int
    """When labels of the next window mature, in seconds since the epoch; 0 where none wait for that."""

    @classmethod
    def of(
        cls,
        windows: Sequence[WindowSpan],
        counts: Mapping[str, Sequence[int]],
        horizon_ms: int | None,
        now_ms: int,
    ) -> Self:
        """A window's labels mature when its last prediction is older than the horizon; without one, at once.

        Before that, labels that came are no fair sample where their delay depends on the outcome. `counts`
        are those of each window's labels.parquet: joined, repeated, superseded, implied.
        """
        evaluated = [each for each in windows if each.status == "evaluated"]
        if horizon_ms is None:
            return cls(_since_the_first_label(evaluated, counts), *_labels(evaluated, counts), 0)
        mature = [each for each in evaluated if each.last_ms + horizon_ms < now_ms]
        young = [each for each in evaluated if each.last_ms + horizon_ms >= now_ms and counts.get(each.id)]
        due = min((each.last_ms + horizon_ms for each in young), default=-1_000) // 1_000 + 1
        return cls(_since_the_first_label(mature, counts), *_labels(mature, counts), due)

    def news(self, labels: int, implied: int) -> int:
        """How many labels are new since there were so many; one that took the place of an implied one is."""
        sent = (self.labels - self.implied) - (labels - implied)
        return abs(sent) + max(self.implied - implied, 0)


def _since_the_first_label(
    windows: Sequence[WindowSpan], counts: Mapping[str, Sequence[int]]
) -> list[WindowSpan]:
    """The windows that may hold a prediction as new as the oldest that has a label."""
    first = min((each.first_ms for each in windows if counts.get(each.id)), default=None)
    return [each for each in windows if first is not None and each.last_ms >= first]


def _labels(windows: Sequence[WindowSpan], counts: Mapping[str, Sequence[int]]) -> tuple[int, int]:
    found = [counts.get(each.id, (0, 0, 0, 0)) for each in windows]
    implied = sum(each[3] for each in found)
    return implied + sum(joined + superseded for joined, _, superseded, _ in found), implied


def implied_windows(redis: Redis, model: str) -> set[str]:
    """The windows whose predictions without a label have an implied one; raises RedisError."""
    return {each.decode() for each in cast("set[bytes]", redis.smembers(LabelKeys(model).implied))}


def label_counts(redis: Redis, model: str) -> dict[str, list[int]]:
    """The counts of each window's labels.parquet, copies too, by the window's id; raises RedisError."""
    found = cast("dict[bytes, bytes]", redis.hgetall(LabelKeys(model).windows))
    return {window_id.decode(): json.loads(text)[:_STATES] for window_id, text in found.items()}
