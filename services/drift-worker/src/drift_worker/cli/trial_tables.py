"""A trial as tables for a terminal."""

from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from drift_worker.cli.tables import print_table
from drift_worker.record.trial import Trial
from drift_worker.show.trial import sentences

MOST_NOT_SEEN: Final = 40
"""Breaks that are listed one by one; the page has all."""


def print_trial(trial: Trial) -> None:
    """Print a trial: windows without drift, breaks that are not seen, those that are, shifts."""
    print(f"{sentences.subject(trial)}\n")
    print_table(_no_drift(trial))
    print(f"{sentences.about_no_drift(trial)}\n")
    if trial.not_seen:
        print_table(_not_seen(trial))
        if len(trial.not_seen) > MOST_NOT_SEEN:
            print(f"{len(trial.not_seen) - MOST_NOT_SEEN} more are on the page")
    else:
        print(f"{trial.rows:,} rows show every break that was tried.")
    print_table(_seen(trial))
    print(f"{sentences.MEANING}\n")
    print_table(_shifts(trial))
    for note in sentences.notes(trial):
        print(note)


def _no_drift(trial: Trial) -> Table:
    table = _table("Windows without drift")
    for heading in ("rows", "windows", "false actions", "any feature flagged"):
        table.add_column(heading, justify="right")
    for each in trial.no_drift:
        flagged = f"{each.flagged / each.windows:.2%}"
        table.add_row(f"{each.rows:,}", f"{each.windows:,}", str(each.false_actions), flagged)
    return table


def _not_seen(trial: Trial) -> Table:
    table = _table(f"Breaks that {trial.rows:,} rows don't show", "break", "columns", "seen in", "seen from")
    for each in trial.not_seen[:MOST_NOT_SEEN]:
        seen = f"{each.seen} of {each.windows} windows"
        table.add_row(
            each.what, Text(each.name, "bold red"), seen, sentences.seen_from(trial, each.seen_from)
        )
    return table


def _seen(trial: Trial) -> Table:
    table = _table(f"Breaks that {trial.rows:,} rows show", "break", "seen from", "columns")
    for what, rows, group in trial.seen:
        table.add_row(what, sentences.seen_from(trial, rows), sentences.columns_of(group, trial))
    return table


def _shifts(trial: Trial) -> Table:
    headings = "drifted from", "alone an action from", "columns"
    table = _table(f"Shifts of one column, at {trial.rows:,} rows", *headings)
    for drifted, action, columns in trial.shifted:
        table.add_row(
            sentences.shift_from(trial, drifted), sentences.shift_from(trial, action), ", ".join(columns)
        )
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(*headings, title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.pad_edge = False
    return table
