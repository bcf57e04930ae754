"""Scoring many rows of one request, beside the event loop."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bundle import Scorer, ScoringError
from contract.schema import Features
from contract.task import Score
from predict.errors import FieldError, Reason, RefusedError
from predict.turns import Slices

SLICE_ROWS: Final = 32
"""Rows of one run, which takes a millisecond of the core; in part of it the thread holds the interpreter."""


class RowsScoring:
    """Scores many rows in a thread; while the model runs, requests are answered."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="score rows")

    async def score(self, rows: Sequence[Features]) -> list[Score]:
        """The scores of all rows; raises RefusedError with the index of the first that has none."""
        loop, slices = asyncio.get_running_loop(), Slices()
        scores: list[Score] = []
        for start in range(0, len(rows), SLICE_ROWS):
            part = rows[start : start + SLICE_ROWS]
            scores += await loop.run_in_executor(self._thread, self._score, part, start)
            await slices.pause()
        return scores

    def _score(self, rows: Sequence[Features], start: int) -> Sequence[Score]:
        """Score a few rows; a model that fails on one may fail on all, so each is then tried alone."""
        try:
            return self._scorer.score_rows(rows)
        except ScoringError:
            return [self._score_row(features, start + place) for place, features in enumerate(rows)]

    def _score_row(self, features: Features, index: int) -> Score:
        try:
            return self._scorer.score_row(features)
        except ScoringError as error:
            row, detail = f"rows[{index}]", f"the model has no answer to these values: {error}"
            refused = [FieldError(row, Reason.NO_SCORE, detail)]
            raise RefusedError(Reason.NO_SCORE, f"{row}: {detail}", refused) from error
