"""The trial of a bundle: everything that its pieces found, as it is kept."""

from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from typing import Final

from scipy.stats import beta

from bundle import Bundle, open_bundle
from drift_worker.errors import TrialError
from drift_worker.record.bundles import reference_of
from drift_worker.record.trial import NoDriftTried, Trial
from drift_worker.trial.changes.breaks import SWAPPED
from drift_worker.trial.changes.pairs import pairs_of
from drift_worker.trial.no_drift import NoDrift
from drift_worker.trial.plan import MOST_PAIRS, Found, Piece, Plan, Work, pieces, run_piece, work_of
from drift_worker.trial.processes import run_pieces
from drift_worker.trial.search import SHIFTS

CONFIDENCE: Final = 0.95


def run_trial(plan: Plan, processes: int, progress: Callable[[int, int], None]) -> Trial:
    """Try a bundle's monitoring; `progress` is told how much of the effort is done, and how much there is.

    The same plan finds the same, whatever the number of processes. Raises BundleError and TrialError.
    """
    work = work_of(plan)
    todo = pieces(work)
    total, done = sum(piece.effort for piece in todo), 0
    found: dict[Piece, Found] = {}
    progress(done, total)
    try:
        for piece, result in run_pieces(run_piece, todo, processes):
            found[piece] = result
            done += piece.effort
            progress(done, total)
    except BrokenProcessPool as error:
        raise TrialError("a process of the trial was killed, perhaps since the memory was full") from error
    return _trial(work, [found[piece] for piece in todo])


def false_action_bound(actions: int, windows: int) -> float:
    """The share of windows that act, at most, with a confidence of 95 %; Clopper and Pearson's bound."""
    return float(beta.ppf(CONFIDENCE, actions + 1, windows - actions)) if actions < windows else 1.0


def _trial(work: Work, found: Sequence[Found]) -> Trial:
    plan, population = work.plan, work.population
    bundle = open_bundle(plan.bundle)
    policy = plan.policy.for_schema(bundle.schema)
    no_drift = _merged(found)
    watched = [each.name for each in bundle.schema.watched]
    return Trial(
        model=bundle.name,
        version=bundle.version,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=plan.seed,
        features=len(watched),
        ignored=tuple(name for name in bundle.schema.feature_names if name not in watched),
        reference_rows=bundle.metadata.reference.rows or len(population.rows),
        population_rows=len(population.rows),
        drawn_reference_rows=population.reference_rows,
        rows=plan.rows,
        min_rows=policy.min_rows,
        drift_share_threshold=policy.drift_share_threshold,
        alert_budget=policy.alert_budget,
        sizes=tuple(plan.broken_sizes),
        shifts_tried=SHIFTS,
        false_action_bound=false_action_bound(
            sum(each.actions for each in no_drift), sum(each.windows for each in no_drift)
        ),
        no_drift=tuple(map(_tried, no_drift)),
        breaks=tuple(each for one in found for each in one.breaks),
        shifts=tuple(one.shift for one in found if one.shift is not None),
        pairs_left_out=_pairs_left_out(work),
        dispersion=_dispersion(bundle, plan.rows),
    )


def _dispersion(bundle: Bundle, rows: int) -> float | None:
    """How much live windows vary, in the column in which it is most; None where no times are known."""
    reference = reference_of(bundle)
    if reference.season is None:
        return None
    dispersion = reference.season.dispersion(rows)
    return max(dispersion.of_shift(name) for name in reference.season.columns)


def _merged(found: Sequence[Found]) -> list[NoDrift]:
    merged: dict[int, NoDrift] = {}
    for result in (each for one in found for each in one.no_drift):
        merged.setdefault(result.rows, NoDrift(result.rows)).merge(result)
    return list(merged.values())


def _tried(result: NoDrift) -> NoDriftTried:
    return NoDriftTried(
        rows=result.rows,
        windows=result.windows,
        false_actions=result.actions,
        flagged=result.flagged,
        flagged_columns=dict(result.columns),
        reasons=result.reasons,
    )


def _pairs_left_out(work: Work) -> int:
    kinds = [each.kind for each in work.population.schema.watched]
    return sum(max(pairs_of(kinds.count(kind)) - MOST_PAIRS, 0) for kind in SWAPPED)
