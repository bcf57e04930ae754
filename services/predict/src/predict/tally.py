"""Counts that are told when they are asked for."""

from collections.abc import Iterable

from opentelemetry.metrics import CallbackOptions, Observation

Labels = tuple[tuple[str, str], ...]


class Tally:
    """Counts by labels, told when asked: a counter of the SDK's costs each request fifty times as much."""

    def __init__(self) -> None:
        self._counts: dict[Labels, float] = {}

    def add(self, labels: Labels, count: float = 1) -> None:
        """Count something with these labels; only one thread may."""
        self._counts[labels] = self._counts.get(labels, 0) + count

    def begin(self, labels: Labels) -> None:
        """Tell of these labels from 0 on, unless they have counted already; any thread may."""
        self._counts.setdefault(labels, 0)

    def set(self, labels: Labels, count: float) -> None:
        """Say how many there are with these labels."""
        self._counts[labels] = count

    def drop(self, labels: Labels) -> None:
        """Tell of these labels no more."""
        self._counts.pop(labels, None)

    def drop_zeros(self, first: Labels) -> None:
        """Tell no more of what has counted nothing, among the labels that begin with these."""
        for labels, count in list(self._counts.items()):
            if count == 0 and labels[: len(first)] == first:
                del self._counts[labels]

    def observe(self, _: CallbackOptions) -> Iterable[Observation]:
        """Every count so far; called by whoever exports, in a thread of its own."""
        return [Observation(count, dict(labels)) for labels, count in list(self._counts.items())]
