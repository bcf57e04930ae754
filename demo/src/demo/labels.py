"""The labels of a month: sent once its windows are evaluated, joined, and judged."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from bundle import Bundle
from contract.keys import Partition
from contract.labels.ledger import label_ledger
from contract.partition import open_window
from demo.errors import RefusedRowsError, TooSlowError
from demo.machine.stack import Stack
from drift_worker.decide.quality import quality_line
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.store import QualityStore
from drift_worker.settings import Settings
from simulator.errors import MonthError
from simulator.labels.about import about_predictions
from simulator.labels.month import MonthLabels, read_labels
from simulator.labels.send import send_labels
from simulator.traffic.answers import Answer
from simulator.traffic.options import ReplayOptions
from simulator.traffic.service import open_session

POLL: Final = 0.2
JUDGED_TIMEOUT: Final = 120.0
"""Seconds until labels are joined and judged; it takes two or three."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Sends labels to a stack, and waits for what they say of its model."""

    stack: Stack
    model: Bundle
    console: Console

    async def of_month(self, month: Path, answers: list[Answer]) -> list[QualityEvaluation]:
        """Label the predictions of a month; gives the quality evaluations that follow.

        Raises RefusedRowsError, TooSlowError, ProcessEndedError, or what the simulator raises.
        """
        read = await asyncio.to_thread(self._read, month)
        if read is None or not read.labels:
            if read is not None:
                self._say(f"{month.name}: no labels{read.left_out}")
            return []
        options = ReplayOptions(data=month, url=self.stack.predict_url)
        bodies = [body for body, _ in about_predictions(read.labels, answers, self.model.schema)]
        before = len(self._evaluations())
        async with open_session(options) as session:
            counts = await send_labels(session, bodies, lambda _: None)
        if counts.refused:
            raise RefusedRowsError(f"{month.name}: labels were refused: {counts.first_problem}")
        self._say(f"{month.name}: {counts.taken} labels{read.left_out}")
        await self._until("joined", lambda: self._waiting() <= self._open_rows())
        await self._until_judged()
        new = self._evaluations()[before:]
        for each in new:
            html = str(self.stack.reports / each.reports.html) if each.reports else None
            self._say(quality_line(each.verdict, each.figure, html))
        return new

    def _read(self, month: Path) -> MonthLabels | None:
        if self.model.schema.label is None:
            return None
        try:
            return read_labels(month, self.model.schema, self.model.metadata.classes)
        except MonthError as error:
            self._say(f"{month.name}: no labels are sent: {error}")
            return None

    async def _until_judged(self) -> None:
        """Wait until so few labels are new that there is no evaluation of them."""
        label, every = self.model.schema.label, Settings().quality_rows
        if label is not None and label.horizon_ms is not None:
            self._say(f"labels mature {label.horizon} after their prediction; quality is judged then")
            return
        joined = label_ledger(self.stack.redis, self.model.name).joined
        await self._until("judged", lambda: joined - self._matured() < every)

    async def _until(self, what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + JUDGED_TIMEOUT
        while not await asyncio.to_thread(done):
            self.stack.processes.check()
            if time.monotonic() > deadline:
                raise TooSlowError(
                    f"labels were not {what} in {JUDGED_TIMEOUT:.0f} s; "
                    f"see {self.stack.processes.folder}/drift-worker.log"
                )
            await asyncio.sleep(POLL)

    def _evaluations(self) -> list[QualityEvaluation]:
        return QualityStore(self.stack.redis).all(self._partition)

    def _matured(self) -> int:
        newest = QualityStore(self.stack.redis).newest(self._partition)
        return newest.matured if newest else 0

    def _waiting(self) -> int:
        return label_ledger(self.stack.redis, self.model.name).waiting

    def _open_rows(self) -> int:
        """Labels of rows whose window is still open go on waiting."""
        return open_window(self.stack.redis, self._partition).rows

    @property
    def _partition(self) -> Partition:
        return Partition(self.model.name, self.model.version)

    def _say(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)
