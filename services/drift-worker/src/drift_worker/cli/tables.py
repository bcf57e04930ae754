"""Evaluations and ledger as tables for a terminal, and as JSON for a program."""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from bundle import Bundle
from contract.keys import Partition
from contract.labels.ledger import LabelLedger
from contract.ledger import Ledger
from drift_worker.estimates import QualityEstimate
from drift_worker.record.evaluation import Evaluation
from drift_worker.sweep.audit import Audit

if TYPE_CHECKING:  # imports Evidently, which takes seconds
    from drift_worker.evaluate.review.recompute import Recomputation

PIPE_WIDTH: Final = 160
"""Columns of a table where there is no terminal to ask."""


def print_evaluations(evaluations: list[Evaluation], *, as_json: bool) -> None:
    """Print a row per evaluation, or one JSON array."""
    if as_json:
        print(json.dumps([evaluation.model_dump() for evaluation in evaluations], indent=2))
        return
    if not evaluations:
        print("no window has been evaluated yet")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("window", "rows", "drift share", "prediction", "decision", "estimate", "drifted or broken"):
        table.add_column(name, no_wrap=name != "drifted or broken")
    for evaluation in evaluations:
        table.add_row(
            evaluation.window_id,
            str(evaluation.rows),
            "n/a" if evaluation.drift_share is None else f"{evaluation.drift_share:.2f}",
            _prediction(evaluation),
            evaluation.decision or evaluation.status,
            _estimate(evaluation.estimate),
            ", ".join(evaluation.concerns) or ("none" if evaluation.decision else "n/a"),
        )
    print_table(table)
    for evaluation in evaluations:
        if evaluation.late_sentence:
            print(f"{evaluation.window_id}: {evaluation.late_sentence}")
    for sentence in dict.fromkeys(_of_estimate(each.estimate) for each in evaluations if each.estimate):
        print(f"estimate: {sentence}")


def print_table(table: Table) -> None:
    """Print a table whose cells are data: nothing in them is markup."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)


def print_ledgers(
    ledgers: Mapping[Partition, Ledger], labels: Mapping[str, LabelLedger], *, as_json: bool
) -> None:
    """Print the counts of each partition and of each model's labels, and whether they are balanced.

    As JSON it is one object.
    """
    if as_json:
        told = {str(partition): _ledger(ledger) for partition, ledger in ledgers.items()}
        print(json.dumps({**told, **{model: _labels(each) for model, each in labels.items()}}, indent=2))
        return
    if not ledgers:
        print("ledger: balanced (nothing has been logged yet)")
    for partition, ledger in ledgers.items():
        counts = ", ".join(f"{name} {count}" for name, count in ledger.model_dump().items() if count)
        print(f"{partition}: {counts or 'nothing has been logged yet'}")
        print("ledger: balanced" if not ledger.differences else f"ledger: {'; '.join(ledger.differences)}")

    for model, account in labels.items():
        if account.states["received"] or account.implied:
            _print_labels(model, account)


def _print_labels(model: str, ledger: LabelLedger) -> None:
    counts = [f"{name} {count}" for name, count in ledger.states.items() if count]
    reasons = ", ".join(f"{reason} {count}" for reason, count in ledger.unmatched.items() if count)
    print(f"labels of {model}: {', '.join(counts)}{f' ({reasons})' if reasons else ''}")
    print("labels: balanced" if not ledger.differences else f"labels: {'; '.join(ledger.differences)}")


def _labels(ledger: LabelLedger) -> dict[str, object]:
    return {
        "labels": ledger.model_dump(),
        "balanced": not ledger.differences,
        "differences": ledger.differences,
    }


def print_audits(audits: list[Audit], *, as_json: bool) -> None:
    """Print what each partition's audit found, or one JSON object."""
    if as_json:
        told = {
            str(each.partition): {
                "balanced": not each.differences,
                "differences": each.differences,
                "notes": each.notes,
            }
            for each in audits
        }
        print(json.dumps(told, indent=2))
        return
    if not audits:
        print("audit: balanced (nothing has been logged yet)")
    for each in audits:
        print("\n".join([f"{each.partition}: {'; '.join(each.differences) or 'balanced'}", *each.notes]))


def print_recomputations(recomputed: "list[Recomputation]", *, as_json: bool) -> None:
    """Say of each window whether it came out equal, and else in what it differs; or print one JSON array."""
    if as_json:
        told = [
            {
                "window": each.id,
                "equal": not each.differences,
                "differences": each.differences,
            }
            for each in recomputed
        ]
        print(json.dumps(told, indent=2))
        return
    for each in recomputed:
        print("\n".join(each.differences) or f"equal: {each.line}")


def print_accepted(bundle: Bundle) -> None:
    """Say what a bundle's reference has accepted last, and how to serve the bundle."""
    metadata = bundle.metadata
    newest = metadata.accepted[-1]
    rows = (metadata.reference.rows or 0) - newest.first_row
    print(f"wrote {bundle.path}: model {bundle.name}, version {bundle.version}; the model is the same")
    print(f"accepted: {rows} rows of {', '.join(newest.windows)}")
    print(f"compared with these rows alone from now on: {', '.join(newest.columns) or 'no column'}")
    print(f"next: start predict and drift-worker with BUNDLE={bundle.path}")


def _ledger(ledger: Ledger) -> dict[str, object]:
    return {**ledger.model_dump(), "balanced": not ledger.differences, "differences": ledger.differences}


def _estimate(estimate: QualityEstimate | None) -> str:
    """The estimate's first figure, by which the model is known."""
    if estimate is None or not estimate.figures:
        return "n/a"
    first = estimate.figures[0]
    return f"{first.metric}={first.value:.2f}"


def _of_estimate(estimate: QualityEstimate) -> str:
    """What an estimate cannot see, or why there is none."""
    return estimate.missing or estimate.caveat


def _prediction(evaluation: Evaluation) -> str:
    if not evaluation.findings:
        return "n/a"
    return "drifted" if evaluation.prediction_drifted else "stable"
