"""The cases of a trial by labels, each a population of looks."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
import pandas as pd

from bench.trial.over_time.tally import Promise, Tally
from bench.trial.quality.draws import MIN_LABELS, example, predictions
from bench.trial.quality.populations import three_classes, two_classes
from bench.trial.quality.streams import Story
from bench.trial.quality.uneven import UNEVEN
from bench.trial.quality.watch import watched
from drift_worker.decide.quality import LOOKS as LOOKS_PER_FALSE_ACTION
from drift_worker.quality.judge import QualityJudgement
from drift_worker.stretch import QualityVerdict

RUNS: Final = 1_000
"""Draws of each case that a whole trial has: one look each, or a stream's looks as time passes."""

DEALT: Final = 0.1535
"""The share of the labels that is dealt out anew: of the 0.328 above one half, 0.278 of the AUC are left."""

Draw = Callable[[np.random.Generator], pd.DataFrame]


def _unchanged(labels: int) -> Draw:
    def draw(rng: np.random.Generator) -> pd.DataFrame:
        return predictions(example()[1].drawn(labels, rng), np.ones(labels, bool))

    return draw


def _worse(rng: np.random.Generator) -> pd.DataFrame:
    rows = example()[1].drawn(2_000, rng).dealt(DEALT, rng)
    return predictions(rows, np.ones(2_000, bool))


def _by_score(rng: np.random.Generator) -> pd.DataFrame:
    """Nearly all labels of high scores, and a tenth of those of low ones."""
    rows = example()[1].drawn(6_000, rng)
    share = np.where(rows.scores > 0.5, 0.9, np.where(rows.scores > 0.2, 0.4, 0.1))  # noqa: PLR2004 - shares
    return predictions(rows, rng.random(6_000) < share)


CASES: Final[Mapping[str, Draw]] = {
    **{f"labels, no change, {labels:,} of them": _unchanged(labels) for labels in (500, 2_000, 5_000)},
    "labels by score, no change": _by_score,
    "AUC from 0.83 to 0.778, 2,000 labels": _worse,
}
"""What each look of a case sees."""

STAYS_LATE: Final = Story(three_classes, late="stays")

STORIES: Final[Mapping[str, Story]] = {
    "who leaves is known after weeks, no change": Story(two_classes, late="true"),
    "of three classes who stays is known after weeks, no change": STAYS_LATE,
}
"""Labels whose delay depends on the outcome, looked at as they mature."""

FOUND: Final = {
    "labels by score, no change": Promise(most_share=0.02),
    "AUC from 0.83 to 0.778, 2,000 labels": Promise(least_share=0.92),
}
UNFOUND: Final = Promise(most_share=0.015)
"""Of other looks so many may find something that is not there."""

QUIET: Final = Promise(most_share=1 / LOOKS_PER_FALSE_ACTION)
ACTING: Final = Promise(least_share=0.0)


def promise_of(name: str) -> Promise:
    """What was promised of the tally of that name."""
    case, _, what = name.rpartition(": ")
    if what == "found":
        return FOUND.get(case, UNFOUND)
    return ACTING if case.startswith("AUC") else QUIET


def run(case: str, runs: int, seed: int) -> list[Tally]:
    """Draw so many times; gives how often something was found, and how often it was an action."""
    rng = np.random.default_rng([seed, *case.encode()])
    verdicts = [verdict for _ in range(runs) for verdict in _looks(case, rng)]
    found = sum(each.finding for each in verdicts)
    acted = sum(each.decision == "RETRAINING_TRIGGERED" for each in verdicts)
    return [
        Tally(f"{case}: found", len(verdicts), found),
        Tally(f"{case}: actions", len(verdicts), acted),
    ]


def _looks(case: str, rng: np.random.Generator) -> Iterator[QualityVerdict]:
    if case in STORIES:
        yield from watched(STORIES[case], rng)
    elif case in UNEVEN:
        uneven = UNEVEN[case]
        yield QualityJudgement.of(uneven.drawn(rng), uneven.population().reference(rng), MIN_LABELS).verdict
    else:
        yield QualityJudgement.of(CASES[case](rng), two_classes().reference(rng), MIN_LABELS).verdict
