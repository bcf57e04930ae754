"""Which rows' labels are sent: a share of them, each row alike, or those of high scores more often."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from simulator.errors import OptionsError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw of a share of the labels, by a seed. Raises OptionsError for no share."""

    share: float
    seed: int

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not 0 < self.share <= 1:
            raise OptionsError(f"the share is a number above 0 and at most 1; got {self.share:g}")

    def alike(self, labels: Sequence[T]) -> list[T]:
        """Return the drawn labels in their order, each as likely as another."""
        return self._drawn(labels, [self.share] * len(labels))

    def by_score(self, labels: Sequence[T], scores: Sequence[float]) -> list[T]:
        """Return the drawn labels in their order; the higher a label's score, the likelier it is drawn."""
        ordered = sorted(scores)
        # With u even between 0 and 1, the mean of u**k is 1 / (k + 1), which is the share.
        power = 1 / self.share - 1
        return self._drawn(
            labels, [(bisect_right(ordered, score) / len(ordered)) ** power for score in scores]
        )

    def _drawn(self, labels: Sequence[T], chances: Sequence[float]) -> list[T]:
        chance = Random(self.seed)  # noqa: S311 - a seeded sequence is wanted
        return [label for label, share in zip(labels, chances, strict=True) if chance.random() < share]
