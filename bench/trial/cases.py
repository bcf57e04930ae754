"""Single cases that have a right answer: each is a sentence and whether it holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from bench.trial.sources import EXAMPLE, POLICY, month, schema_of
from contract.task import SCORE
from drift_worker.detect.size import METHOD_NAMES
from drift_worker.findings import drifted_features
from drift_worker.trial.monitor import Judged, Monitor
from drift_worker.trial.population import Population

FULL: Final = 1_000
"""Rows of a full window."""

UNEVEN: Final = ((600, 400), (7_000, 1_000))
CATEGORIES: Final = (4, 30, 90, 1_000)


@dataclass(frozen=True, slots=True)
class Answer:
    """A sentence, whether it holds, and what was seen."""

    sentence: str
    holds: bool
    seen: str


def answers(seed: int) -> Iterator[Answer]:
    """Try every case on the example and on categories."""
    source = month(EXAMPLE)
    rng = np.random.default_rng(seed)
    monitor = Monitor.of(source.rows, source.schema, POLICY)
    yield _keeps_method(source, monitor, rng)
    yield _one_unseen_category(source, monitor, rng)
    yield from _nullable(source, monitor, rng)
    yield from _same_categories(rng)
    yield from _months()


def _keeps_method(source: Population, monitor: Monitor, rng: np.random.Generator) -> Answer:
    name = "support_tickets_90d"
    window = source.draw(FULL, rng)
    window.loc[0, name] = 5.0
    methods = {each.method for each in monitor.judge(window).findings if each.column == name}
    return Answer(
        f"one value 5 in {name} keeps its method",
        methods == {METHOD_NAMES["jensenshannon"]},
        ", ".join(methods),
    )


def _one_unseen_category(source: Population, monitor: Monitor, rng: np.random.Generator) -> Answer:
    frame = source.draw(400, rng)
    names = frame["net_service"].astype(object)
    names.iloc[0] = "never seen"
    judged = monitor.judge(frame.assign(net_service=names))
    return Answer(
        "one unseen category in 400 rows decides nothing", not judged.acted, judged.verdict.reasons[0]
    )


def _nullable(source: Population, monitor: Monitor, rng: np.random.Generator) -> Iterator[Answer]:
    for name in ("plan_stream_tv", "plan_stream_movies"):
        frame = source.draw(FULL, rng)
        judged = monitor.judge(frame.assign(**{name: frame[name].mask(rng.random(FULL) < 0.3)}))  # noqa: PLR2004 - 30 %
        decision = judged.verdict.decision
        yield Answer(f"30 % missing in {name} is INVESTIGATE", decision == "INVESTIGATE", decision)


def _same_categories(rng: np.random.Generator) -> Iterator[Answer]:
    schema = schema_of({"store": "categorical"})
    for rows in UNEVEN:
        for number in CATEGORIES:
            reference, window = (_stores(number, size, rng) for size in rows)
            judged = Monitor.of(reference, schema, POLICY).judge(window)
            quiet = not judged.acted and not drifted_features(judged.findings)
            yield Answer(
                f"{number} categories, {rows[0]:,} and {rows[1]:,} rows of one source: no drift",
                quiet,
                judged.findings[0].detail or "",
            )


def _stores(number: int, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    codes = rng.integers(0, number, rows)
    return pd.DataFrame({"store": [f"store {code}" for code in codes], SCORE: rng.random(rows)})


def _months() -> Iterator[Answer]:
    reference = month(EXAMPLE)
    monitor = Monitor.of(reference.rows, reference.schema, POLICY)
    for name, decision in (("month_001", "NO_ACTION"), ("month_002", "RETRAINING_TRIGGERED")):
        frame = month(EXAMPLE, name).rows
        decisions: list[str] = [judged.verdict.decision for judged in _full_windows(monitor, frame)]
        yield Answer(
            f"the example's {name} is {decision} in every full window",
            {*decisions} == {decision},
            f"{decisions.count(decision)} of {len(decisions)}",
        )


def _full_windows(monitor: Monitor, frame: pd.DataFrame) -> Iterator[Judged]:
    for start in range(0, len(frame) - FULL + 1, FULL):
        yield monitor.judge(frame.iloc[start : start + FULL].reset_index(drop=True))
