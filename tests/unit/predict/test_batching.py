"""Rows of concurrent requests in one run of a real model."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from bundle import Scorer, ScoringError
from contract.schema import Features, FeatureValue
from contract.task import Score
from predict.score.batching import MAX_ROWS, SharedScoring
from tests.support.data.models import NUMBERS, floats, model


class CountingScorer(Scorer):
    """A scorer that keeps how many rows each run had; its model has no answer to a null."""

    def __init__(self) -> None:
        self.runs: list[int] = []
        node = helper.make_node("Sqrt", ["x"], ["y"])
        super().__init__(model([node], [floats("x", None, 2)], [floats("y", None, 2)]), NUMBERS)

    def score_rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> Sequence[Score]:
        """Score and count."""
        self.runs.append(len(rows))
        return super().score_rows(rows)


def row(paperless: bool | None) -> Features:
    """A row whose probability is 0, 1, or none."""
    return {"age": 0.0, "paperless": paperless}


async def outcome(scoring: SharedScoring, asked: bool | None) -> Score | None:
    """The score of a row; None where there is none."""
    try:
        return await scoring.score(row(asked))
    except ScoringError:
        return None


def scored(scorer: Scorer, turns: Sequence[Sequence[bool | None]]) -> list[Score | None]:
    """What each row gets; the rows of a turn come together, each turn while the last one is under way."""

    async def all_turns() -> list[Score | None]:
        scoring, asked = SharedScoring(scorer), []
        for turn in turns:
            asked += [asyncio.create_task(outcome(scoring, each)) for each in turn]
            await asyncio.sleep(0)
        return await asyncio.gather(*asked)

    return asyncio.run(all_turns())


@settings(max_examples=100)
@given(st.lists(st.lists(st.booleans() | st.none(), max_size=2 * MAX_ROWS), max_size=5))
def test_each_row_gets_its_own_answer(turns: list[list[bool | None]]) -> None:
    """Whoever is scored beside it, and though some have no score; no run is too long."""
    scorer = CountingScorer()
    expected = [None if each is None else float(each) for turn in turns for each in turn]

    assert scored(scorer, turns) == expected
    assert max(scorer.runs, default=0) <= MAX_ROWS


def test_rows_that_come_together_are_one_run() -> None:
    """As many as a run may have; the others follow."""
    scorer = CountingScorer()
    scorer.runs.clear()

    scored(scorer, [[True] * (MAX_ROWS + 3)])

    assert scorer.runs == [MAX_ROWS, 3]


def test_a_request_that_was_given_up_holds_nobody_up() -> None:
    """The others get their answers, whether all have one or not."""

    async def ask(others: bool | None) -> list[Score | None]:
        scoring = SharedScoring(CountingScorer())
        gone = asyncio.create_task(scoring.score(row(True)))
        rest = [asyncio.create_task(outcome(scoring, each)) for each in (True, others)]
        await asyncio.sleep(0)
        gone.cancel()
        answers = await asyncio.gather(*rest)
        with pytest.raises(asyncio.CancelledError):
            await gone
        return list(answers)

    assert asyncio.run(ask(True)) == [1.0, 1.0]
    assert asyncio.run(ask(None)) == [1.0, None]
