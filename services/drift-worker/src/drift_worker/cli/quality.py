"""The command `drift-worker quality`: what labels say of each model version."""

import json
from typing import Final

from rich import box
from rich.table import Table

from contract.partition import partitions
from contract.settings import read_settings
from drift_worker.cli.tables import print_table
from drift_worker.cli.windows import AsJson, client
from drift_worker.estimates import BESIDE_LABELS, CAVEAT
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.store import QualityStore
from drift_worker.settings import Settings
from drift_worker.stretch import LabelShare, QualityFigure, Stretch

NOTHING: Final = "no model version has been evaluated by its labels yet"


def quality(as_json: AsJson = False) -> None:
    """List every evaluation of a model's quality by its labels, oldest first; then the newest in full."""
    with client(read_settings(Settings)) as redis:
        store = QualityStore(redis)
        found = {each: evaluations for each in partitions(redis) if (evaluations := store.all(each))}
    if as_json:
        print(json.dumps([each.model_dump() for every in found.values() for each in every], indent=2))
        return
    if not found:
        print(f"{NOTHING}; the first one comes with QUALITY_ROWS labels that have matured")
    for evaluations in found.values():
        print_table(_list(evaluations))
        _print_newest(evaluations[-1])


def _list(evaluations: list[QualityEvaluation]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("evaluation", "labels", "coverage", "metric", "now", "reference", "z", "decision"):
        table.add_column(name, no_wrap=True, justify="right" if name in _NUMBERS else "left")
    for each in evaluations:
        shown, figure = each.shown, each.figure
        table.add_row(
            each.quality_id,
            f"{shown.labels:,}",
            f"{shown.coverage:.0%}",
            figure.metric if figure else "n/a",
            _text(figure.value if figure else None),
            _text(figure.reference if figure else None, "no reference"),
            _text(figure.z if figure else None, digits=1),
            f"{each.decision}{' (finding)' if each.finding and each.decision == 'NO_ACTION' else ''}",
        )
    return table


_NUMBERS: Final = frozenset({"labels", "coverage", "now", "reference", "z"})


def _print_newest(evaluation: QualityEvaluation) -> None:
    print(f"\n{evaluation.quality_id}: {evaluation.decision}, {'; '.join(evaluation.reasons)}")
    for stretch in evaluation.stretches:
        print(f"\n{sentence_of(stretch)}")
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in ("metric", "now", "95 %", "reference", "95 % ", "z", "estimate", "error"):
            table.add_column(name, no_wrap=True, justify="left" if name == "metric" else "right")
        for figure in stretch.figures:
            table.add_row(*_row(figure))
        print_table(table)
        if any(each.estimate is not None for each in stretch.figures):
            print(f"{BESIDE_LABELS} {CAVEAT}")
        for share in stretch.label_shares:
            print(share_sentence(share))
        if stretch.target_drift is not None:
            print(f"target drift: {stretch.target_drift:.3f}")


def sentence_of(stretch: Stretch) -> str:
    """From when to when a stretch is, and how many of its predictions have labels."""
    return f"{stretch.first_time[:19]} to {stretch.last_time[:19]} UTC: {stretch.sentence}"


def share_sentence(share: LabelShare) -> str:
    """What became true, beside what was true of the reference."""
    what = "mean label" if share.label == "mean" else f"labels that are {share.label}"
    before = _text(share.reference, "no reference", digits=4)
    return f"{what}: {share.value:.4f} ({share.low:.4f} to {share.high:.4f}), reference {before}"


def _row(figure: QualityFigure) -> tuple[str, ...]:
    return (
        figure.metric,
        _text(figure.value, digits=4),
        _interval(figure.low, figure.high),
        _text(figure.reference, "no reference", digits=4),
        _interval(figure.reference_low, figure.reference_high),
        _text(figure.z, digits=1),
        _text(figure.estimate, digits=4),
        _text(figure.estimate_error, digits=4),
    )


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.4f} to {high:.4f}"


def _text(value: float | None, absent: str = "n/a", digits: int = 3) -> str:
    return absent if value is None else f"{value:.{digits}f}"
