"""Judging a window again from its saved rows: what its decision rests on has to come out equal."""

from dataclasses import dataclass
from typing import Final

from contract.windows import partition_of
from drift_worker.decide.decision import Policy
from drift_worker.errors import NotEvaluatedError, UnknownWindowError
from drift_worker.evaluate.judge import RowsEvaluator, judge
from drift_worker.record.evaluation import RULES, Evaluation, evaluation_line
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.window.late import late_rows

_OF_THE_VERDICT: Final = (
    "decision",
    "reasons",
    "severity",
    "importance",
    "worse_by_labels",
    "causes",
    "drift_share",
    "drift_share_threshold",
    "target_drift",
)
COMPARED: Final = ("rows", "late", "findings", "estimate", *_OF_THE_VERDICT)
"""What a decision is, what it rests on, and what is told beside it.

What an older evaluation did not say yet is not compared.
"""

OTHER_RULES: Final = "rules: an older version judged by other rules; a difference need not be damage"


@dataclass(frozen=True, slots=True)
class Recomputation:
    """A stored evaluation, and where the recomputed one differs from it."""

    evaluation: Evaluation | QualityEvaluation
    differences: list[str]

    @property
    def id(self) -> str:
        """The id of the window, or of the quality evaluation."""
        stored = self.evaluation
        return stored.quality_id if isinstance(stored, QualityEvaluation) else stored.window_id

    @property
    def line(self) -> str:
        """The line by which users know the decision."""
        stored = self.evaluation
        return stored.line if isinstance(stored, QualityEvaluation) else evaluation_line(stored)


def recompute_window(evaluator: RowsEvaluator, window_id: str) -> Recomputation:
    """Judge a window from window.parquet and the bundle of its version, by the thresholds of its evaluation.

    Raises BadWindowIdError, UnknownWindowError, NotEvaluatedError, UnknownBundleError.
    """
    stores = evaluator.stores
    stored = stores.evaluations.get(window_id)
    if stored is None:
        raise UnknownWindowError(f"window {window_id} has no evaluation; see `drift-worker evaluations`")
    if stored.drift_share_threshold is None:
        raise NotEvaluatedError(f"window {window_id} is {stored.status}: there is no decision to recompute")
    reference = stores.bundles.reference(partition_of(window_id))
    rows = stores.files.rows(window_id)
    policy = Policy(
        min_rows=evaluator.policy.min_rows if stored.min_rows is None else stored.min_rows,
        drift_share_threshold=stored.drift_share_threshold,
        alert_budget=stored.alert_budget or evaluator.policy.alert_budget,
    )
    earlier = stores.earlier.recorded(stored, reference)
    judgement = judge(reference, rows, policy, earlier=earlier, worse_by_labels=stored.worse_by_labels)
    late = late_rows(rows[reference.schema.timestamp], stored.first_id, stored.period)
    found = {
        "rows": len(rows),
        "late": late,
        "findings": judgement.findings,
        "estimate": judgement.estimate,
    } | {name: getattr(judgement.verdict, name) for name in _OF_THE_VERDICT}
    differences = [
        f"{name}: stored {getattr(stored, name)!r}, recomputed {found[name]!r}"
        for name in COMPARED
        if name in stored.model_fields_set and getattr(stored, name) != found[name]
    ]
    if differences and stored.rules < RULES:
        differences.append(OTHER_RULES)
    return Recomputation(stored, differences)
