"""A trial as two tables, one without drift and one with, and a list of single cases."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table

from bench.trial.breaks import Broken
from bench.trial.cases import Answer
from bench.trial.no_drift import kept
from bench.trial.over_time.tally import Tally, promise_of
from bench.trial.power import LEAST_FOUND, LEAST_MEAN, Power
from bench.trial.quality.cases import promise_of as promise_of_looks
from bench.trial.tasks import Findings
from drift_worker.trial.no_drift import NoDrift


def print_trial(findings: Findings, answers: list[Answer], console: Console) -> bool:
    """Print what was found; returns whether every promise was kept."""
    tables = (
        _no_drift(findings.no_drift),
        _drift(findings),
        _over_time(findings.tallies.values()),
        _looks(findings.looks.values()),
    )
    for table in tables:
        if table.row_count:
            console.print(table)
    for answer in answers:
        console.print(f"{_word(answer.holds)}: {answer.sentence} ({answer.seen})", highlight=False)
    missed = [f"{each.kind}: {each.columns} at {each.rows}" for each in findings.breaks if not each.kept]
    reasons = [reason for each in findings.no_drift.values() for reason in each.reasons]
    for line in (*(f"not seen: {name}" for name in missed), *(f"false action: {each}" for each in reasons)):
        console.print(line, highlight=False, markup=False)
    return (
        all(map(kept, findings.no_drift.values()))
        and not missed
        and all(enough(list(group)) for _, group in _by_source(findings.powers))
        and all(promise_of(each.name).kept(each) for each in findings.tallies.values())
        and all(promise_of_looks(each.name).kept(each) for each in findings.looks.values())
        and all(answer.holds for answer in answers)
    )


def enough(powers: list[Power]) -> bool:
    """Whether shifts of one source were found as often as promised, but for the error of so few windows."""
    shares = [power.share for power in powers]
    least = min(
        LEAST_FOUND - 3 * (LEAST_FOUND * (1 - LEAST_FOUND) / power.windows) ** 0.5 for power in powers
    )
    return min(shares) >= min(LEAST_FOUND, least) and sum(shares) / len(shares) >= LEAST_MEAN


def _no_drift(results: Mapping[tuple[str, int], NoDrift]) -> Table:
    table = _table("Windows without drift", ("data", "rows", "windows", "actions", "any feature flagged", ""))
    for (source, rows), each in sorted(results.items()):
        table.add_row(
            source,
            f"{rows:,}",
            f"{each.windows:,}",
            str(each.actions),
            f"{each.flagged / each.windows:.2%}",
            _word(kept(each)),
        )
    return table


def _drift(findings: Findings) -> Table:
    table = _table("Windows with drift or a break", ("data", "what", "rows", "least seen", "mean", ""))
    for source, group in _by_source(findings.powers):
        powers = list(group)
        worst = min(powers, key=lambda power: power.share)
        mean = sum(power.share for power in powers) / len(powers)
        name = f"{worst.share:.1%} {worst.feature}, {worst.way}"
        table.add_row(source, "0.2 SD in one feature", "1,000", name, f"{mean:.1%}", _word(enough(powers)))
    breaks = sorted(findings.breaks, key=_group)
    for (source, kind, rows), each in groupby(breaks, key=_group):
        cases = list(each)
        worst_case = min(cases, key=lambda case: case.seen / case.windows)
        seen, windows = sum(case.seen for case in cases), sum(case.windows for case in cases)
        least = f"{worst_case.seen / worst_case.windows:.0%}"
        if worst_case.seen < worst_case.windows:
            least += f" {worst_case.columns}"
        table.add_row(
            source,
            kind,
            f"{rows:,}",
            least,
            f"{seen / windows:.1%}",
            _word(all(case.kept for case in cases)),
        )
    return table


def _over_time(tallies: Iterable[Tally]) -> Table:
    table = _table("Windows over time", ("what", "tried", "hits", ""))
    for each in sorted(tallies, key=lambda tally: tally.name):
        table.add_row(each.name, f"{each.tried:,}", f"{each.hits:,}", _word(promise_of(each.name).kept(each)))
    return table


def _looks(tallies: Iterable[Tally]) -> Table:
    table = _table("Looks at labels", ("what", "looks", "hits", "share", ""))
    for each in sorted(tallies, key=lambda tally: tally.name):
        kept = promise_of_looks(each.name).kept(each)
        table.add_row(
            each.name, f"{each.tried:,}", f"{each.hits:,}", f"{each.hits / each.tried:.2%}", _word(kept)
        )
    return table


def _group(broken: Broken) -> tuple[str, str, int]:
    return broken.source, broken.kind, broken.rows


def _by_source(powers: list[Power]) -> Iterable[tuple[str, Iterable[Power]]]:
    return groupby(sorted(powers, key=lambda power: power.source), key=lambda power: power.source)


def _table(title: str, headings: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if 0 < place < len(headings) - 1 else "left")
    return table


def _word(holds: bool) -> str:
    return "kept" if holds else "MISSED"
