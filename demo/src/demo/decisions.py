"""The decisions: one line for each as it arrives, and a table of all of them at the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from redis import Redis
from rich.table import Table

from contract.keys import Partition
from drift_worker.decide.decision import decision_line
from drift_worker.findings import prediction_drifted
from drift_worker.record.evaluation import Evaluation, evaluation_line
from drift_worker.record.store import EvaluationStore

SHOWN_FEATURES: Final = 2
"""How many names of drifted features fit into a row of the table."""


class DecisionFeed:
    """Yields each evaluation once, in the order of the windows."""

    def __init__(self, redis: Redis, partition: Partition) -> None:
        self._store = EvaluationStore(redis)
        self._partition = partition
        self._given = 0

    def new(self) -> Iterator[Evaluation]:
        """Yield the evaluations since the last call, up to the first window that has no evaluation yet."""
        for evaluation in self._store.all(self._partition)[self._given :]:
            if evaluation.number != self._given + 1:
                return
            self._given += 1
            yield evaluation


def line_of(evaluation: Evaluation, reports: Path) -> str:
    """Return the decision's log line, with report paths that are relative to the current folder."""
    verdict = evaluation.verdict
    if verdict is None:
        return evaluation_line(evaluation)
    html, json = (
        (str(reports / evaluation.reports.html), str(reports / evaluation.reports.json_))
        if evaluation.reports
        else (None, None)
    )
    return decision_line(verdict, report_html=html, report_json=json)


def summary(evaluations: list[Evaluation], months: list[tuple[str, int]]) -> Table:
    """Return a table with one row per window; `months` lists the replayed months and their record counts."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("window", "from", "rows", "drift share", "prediction", "decision"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    table.add_column("drifted or broken", overflow="fold")
    begin = 0
    for evaluation in evaluations:
        end = begin + evaluation.rows + evaluation.dead_lettered + evaluation.duplicates
        table.add_row(
            str(evaluation.number),
            " + ".join(_months_between(begin, end, months)),
            str(evaluation.rows),
            "n/a" if evaluation.drift_share is None else f"{evaluation.drift_share:.2f}",
            _prediction(evaluation),
            evaluation.decision or evaluation.status,
            _drifted(evaluation),
        )
        begin = end
    return table


def _months_between(begin: int, end: int, months: list[tuple[str, int]]) -> Iterator[str]:
    first = 0
    for name, records in months:
        if begin < first + records and end > first:
            yield name
        first += records


def _prediction(evaluation: Evaluation) -> str:
    if not any(found.kind == "prediction_drift" for found in evaluation.findings):
        return "n/a"
    return "drifted" if prediction_drifted(evaluation.findings) else "stable"


def _drifted(evaluation: Evaluation) -> str:
    if evaluation.decision is None:
        return "n/a"
    names = evaluation.concerns
    more = f" +{len(names) - SHOWN_FEATURES}" if len(names) > SHOWN_FEATURES else ""
    return ", ".join(names[:SHOWN_FEATURES]) + more or "none"
