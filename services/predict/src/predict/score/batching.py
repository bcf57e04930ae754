"""Scoring, shared: rows of requests that come together are one run of the model."""

import asyncio
from collections.abc import Sequence
from typing import Final

from bundle import Scorer
from contract.schema import Features
from contract.task import Score

MAX_ROWS: Final = 32
"""Rows of one run; the event loop does nothing else while it lasts."""

_Waiting = tuple[Features, asyncio.Future[Score]]


class SharedScoring:
    """Scores the rows of all requests that the event loop has at hand in one run.

    A run costs little more for several rows than for one, so the more requests come, the less each costs.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._waiting: list[_Waiting] = []

    async def score(self, features: Features) -> Score:
        """The score of one row; raises ScoringError where the model has none to give."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Score] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._run)
        self._waiting.append((features, answer))
        return await answer

    def _run(self) -> None:
        now, self._waiting = self._waiting[:MAX_ROWS], self._waiting[MAX_ROWS:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._run)
        try:
            scores = self._scorer.score_rows([features for features, _ in now])
        except Exception:  # noqa: BLE001 - whichever it is, it comes again for the row that it is about
            self._run_one_by_one(now)
            return
        for (_, answer), score in zip(now, scores, strict=True):
            if not answer.done():
                answer.set_result(score)

    def _run_one_by_one(self, rows: Sequence[_Waiting]) -> None:
        """So that a row without a score is nobody else's error."""
        for features, answer in rows:
            if answer.done():
                continue
            try:
                answer.set_result(self._scorer.score_row(features))
            except Exception as error:  # noqa: BLE001 - it is the request's to tell; in a callback it would be lost
                answer.set_exception(error)
