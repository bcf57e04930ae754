"""Which rows' labels are sent: a share of them, each row alike, or those of high scores more often."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from simulator.errors import OptionsError
from simulator.labels.month import EntityLabel
from simulator.traffic.answers import read_scores


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw of labels by a seed; `by_score` is a file of answers. Raises OptionsError for no share."""

    share: float
    seed: int
    by_score: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not 0 < self.share <= 1:
            raise OptionsError(f"the share is a number above 0 and at most 1; got {self.share:g}")

    def of(self, labels: Sequence[EntityLabel]) -> list[EntityLabel]:
        """The drawn labels, in their order; by score only those of entities that the answers name.

        Raises OptionsError where the file can't be read, or where it names none of the entities.
        """
        chance = Random(self.seed)  # noqa: S311 - a seeded sequence is wanted
        if self.by_score is None:
            return [label for label in labels if chance.random() < self.share]
        scores = read_scores(self.by_score)
        known = [label for label in labels if label.entity in scores]
        if not known:
            raise OptionsError(f"{self.by_score}: it names none of the entities of these rows")
        ordered = sorted(scores[label.entity] for label in known)
        ranks = [bisect_right(ordered, scores[label.entity]) / len(ordered) for label in known]
        # With u even between 0 and 1, the mean of u**k is 1 / (k + 1), which is the share.
        power = 1 / self.share - 1
        return [label for label, rank in zip(known, ranks, strict=True) if chance.random() < rank**power]
