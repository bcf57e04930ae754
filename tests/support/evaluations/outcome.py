"""What an evaluation says of its own rows, whichever way they came."""

from drift_worker.findings import Finding
from drift_worker.record.evaluation import Evaluation

Outcome = tuple[int, str | None, float | None, list[Finding]]
"""Rows, decision, drift share and findings."""


def outcome(evaluation: Evaluation) -> Outcome:
    """What an evaluation says without its names and times.

    What lasts depends on the windows before, which are others on each way.
    """
    findings = [each for each in evaluation.findings if each.kind != "lasting"]
    return evaluation.rows, evaluation.decision, evaluation.drift_share, findings
