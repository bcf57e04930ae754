"""The end of the demo: what drift saw, and what labels saw, in a sentence each."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate

from contract.labels.ledger import LabelLedger
from drift_worker.decide.quality import NAMES, short
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.quality.evaluation import QualityEvaluation

Months = Sequence[tuple[str, int]]
"""Each month that was replayed, with how many records it has."""


def drift_sentence(evaluations: Sequence[Evaluation], months: Months) -> str:
    """Say what was decided in each month's windows; a window is of the month of most of its rows."""
    told = []
    for month, own in _by_month(evaluations, months):
        decisions = Counter(each.decision or each.status for each in own)
        counted = " and ".join(f"{name} in {count} of {len(own)}" for name, count in decisions.items())
        told.append(f"in {month} {counted} windows")
    return f"Drift saw, without labels: {'; '.join(told)}." if told else "Drift saw nothing: no window."


def labels_sentence(
    quality: Sequence[tuple[str, QualityEvaluation]], ledger: LabelLedger, needed: int, horizon: str | None
) -> str:
    """Say what the labels of each month showed of the model, or that they mature after a horizon.

    Where they showed nothing, say how many there are, and how many are needed.
    """
    if not quality and horizon:
        return f"Labels will be judged when they have matured, {horizon} after their predictions."
    if not quality and not ledger.received:
        return "Labels saw nothing: none came."
    if not quality:
        return (
            f"Labels saw nothing: {ledger.received} came, {ledger.joined} of them were joined with their "
            f"predictions, and {needed} are needed (QUALITY_ROWS)."
        )
    return f"Labels saw: {'; '.join(f'after {month} {_told(each)}' for month, each in quality)}."


def _told(evaluation: QualityEvaluation) -> str:
    figure = evaluation.figure
    if figure is None or figure.value is None:
        return evaluation.decision
    before = f", where it was {short(figure.reference)}" if figure.reference is not None else ""
    return f"{NAMES.get(figure.metric, figure.metric)} {short(figure.value)}{before}: {evaluation.decision}"


def _by_month(
    evaluations: Sequence[Evaluation], months: Months
) -> Iterator[tuple[str, Sequence[Evaluation]]]:
    """Give each month that has windows, with these."""
    ends = [*accumulate(records for _, records in months)]
    own, begin = [list[Evaluation]() for _ in months], 0
    for evaluation in evaluations:
        end = begin + evaluation.rows + evaluation.dead_lettered + evaluation.duplicates
        own[min(bisect_right(ends, (begin + end) // 2), len(months) - 1)].append(evaluation)
        begin = end
    yield from ((month, windows) for (month, _), windows in zip(months, own, strict=True) if windows)
