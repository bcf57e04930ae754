"""Evaluating a window again from its saved rows: what its decision rests on has to come out equal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contract.windows import partition_of

from drift_worker.decide.decision import decide
from drift_worker.detect.drift import detect
from drift_worker.detect.evidently.report import About
from drift_worker.errors import NotEvaluatedError, UnknownWindowError
from drift_worker.record.bundles import BundleShelf
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.reports import ReportStore
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings

_OF_THE_VERDICT: Final = ("decision", "reasons", "drift_share", "drift_share_threshold", "target_drift")
COMPARED: Final = ("rows", "findings", *_OF_THE_VERDICT)
"""What a decision is, and what it rests on."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored evaluation, and where the recomputed one differs from it."""

    evaluation: Evaluation
    differences: list[str]


def replay_window(
    store: EvaluationStore, reports: ReportStore, shelf: BundleShelf, settings: Settings, window_id: str
) -> Replay:
    """Recompute an evaluation from window.parquet and the bundle of its version, by its own thresholds.

    Raises BadWindowIdError, UnknownWindowError, NotEvaluatedError, UnknownBundleError.
    """
    stored = store.get(window_id)
    if stored is None:
        raise UnknownWindowError(f"window {window_id} has no evaluation; see `drift-worker evaluations`")
    if stored.drift_share_threshold is None:
        raise NotEvaluatedError(f"window {window_id} is {stored.status}: there is no decision to replay")
    bundle, reference = shelf.reference(partition_of(window_id))
    rows = reports.rows(window_id)
    detection = detect(
        reference,
        rows,
        bundle.schema,
        about=About(window_id, datetime.fromisoformat(stored.last_time), {}),
        drift_share_threshold=stored.drift_share_threshold,
    )
    verdict = decide(
        detection.findings,
        rows=len(rows),
        min_rows=settings.window_min_rows if stored.min_rows is None else stored.min_rows,
        drift_share_threshold=stored.drift_share_threshold,
    )
    found = {"rows": len(rows), "findings": detection.findings} | {
        name: getattr(verdict, name) for name in _OF_THE_VERDICT
    }
    return Replay(
        stored,
        [
            f"{name}: stored {getattr(stored, name)!r}, replayed {found[name]!r}"
            for name in COMPARED
            if getattr(stored, name) != found[name]
        ],
    )
