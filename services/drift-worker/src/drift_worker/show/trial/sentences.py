"""What a trial says in sentences, on a terminal and on its page."""

from collections.abc import Sequence

from drift_worker.detect.levels import WINDOWS_PER_BUDGET
from drift_worker.record.trial import LEAST_SEEN, BreakTried, Trial

NAMED = 3
"""Columns that are named where they could be counted."""

MEANING = (
    f"A break is seen from as many rows on as call somebody in {LEAST_SEEN:.0%} of the windows. Its rows are "
    "those of the reference: whether each hour and weekday of live traffic looks alike, no trial can say."
)


def subject(trial: Trial) -> str:
    """What was tried."""
    return (
        f"{trial.model} {trial.version}: {trial.features} features. References and windows are drawn afresh "
        f"from the {trial.reference_rows:,} rows of its reference, and judged as the worker judges them: "
        f"DRIFT_SHARE_THRESHOLD {trial.drift_share_threshold:g}, ALERT_BUDGET {trial.alert_budget:g}."
    )


def about_no_drift(trial: Trial) -> str:
    """What windows without drift say, and what so few can't say."""
    windows = sum(each.windows for each in trial.no_drift)
    actions = sum(each.false_actions for each in trial.no_drift)
    most = trial.false_action_bound * WINDOWS_PER_BUDGET
    at_most = f"{most:.1f}" if most < 10 else f"{most:,.0f}"  # noqa: PLR2004 - one digit says enough
    counted = f"{actions} false action{'' if actions == 1 else 's'} in {windows:,} windows without drift."
    budget = f"Budgeted are at most {trial.alert_budget:g} in {WINDOWS_PER_BUDGET:,}"
    if most <= trial.alert_budget:
        return f"{counted} {budget}; with a confidence of 95 % this is kept."
    return f"{counted} {budget}; so few windows can only show, with a confidence of 95 %, at most {at_most}."


def seen_from(trial: Trial, rows: int | None) -> str:
    """The rows from which on something is seen."""
    return f"never, up to {max(trial.sizes):,} rows" if rows is None else f"{rows:,} rows"


def shift_from(trial: Trial, shift: float | None) -> str:
    """The shift from which on something happens."""
    return f"more than {max(trial.shifts_tried):g} SD" if shift is None else f"{shift:g} SD"


def columns_of(group: Sequence[BreakTried], trial: Trial) -> str:
    """The columns of breaks of one kind; where they are most of all, their number is enough."""
    alike = [each for each in trial.breaks if each.what == group[0].what and not each.refused]
    if len(group) > NAMED and 2 * len(group) > len(alike):
        return f"{'all' if len(group) == len(alike) else 'the other'} {len(group)}"
    return ", ".join(each.name for each in group)


def notes(trial: Trial) -> list[str]:
    """What was not tried, and why."""
    found = []
    if trial.dispersion is not None:
        found.append(
            "The reference has times, but a trial draws rows of all hours. The worker's chance is wider, by "
            f"how much stretches of the reference vary: in windows of {trial.rows:,} rows up to "
            f"{trial.dispersion:.1f} times for a column, so that it sees shifts that are so much larger."
        )
    if trial.refused:
        found.append(
            f"Missing values in {_listed(trial.refused)}: predict refuses such requests with 422, so no "
            "window has any; an alert watches what is refused."
        )
    if trial.ignored:
        found.append(f"Not watched, so that nothing is ever seen (drift.ignore): {_listed(trial.ignored)}.")
    if trial.pairs_left_out:
        found.append(
            f"{trial.pairs_left_out:,} pairs of columns were not swapped: others are more alike than these."
        )
    if trial.population_rows < trial.reference_rows:
        found.append(f"Rows were drawn from {trial.population_rows:,} of the reference, its newest.")
    if trial.drawn_reference_rows < trial.reference_rows:
        found.append(f"Each reference that was drawn has {trial.drawn_reference_rows:,} rows.")
    return found


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:NAMED])} and {more} more columns"
