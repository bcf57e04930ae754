"""A trial as a page of its own, readable on a phone."""

from collections.abc import Iterable, Sequence
from typing import Final

from drift_worker.record.trial import Trial
from drift_worker.show.shell import name_of, page, text
from drift_worker.show.trial import sentences

_STYLE: Final = """
.wide { overflow-x: auto; }
table { border-collapse: collapse; overflow-wrap: normal; }
td, th { padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd; }
.not-seen { color: #b00020; font-weight: 600; }
"""

Cells = Sequence[object]


def trial_page(trial: Trial) -> str:
    """Everything that a trial found, what is not seen first."""
    title = f"What the monitoring of {trial.model} can see"
    rows = f"{trial.rows:,} rows"
    body = [
        f"<h1>{text(title)}</h1>",
        _paragraph(sentences.subject(trial)),
        f"<h2>Windows without drift</h2>{_no_drift(trial)}{_paragraph(sentences.about_no_drift(trial))}",
        f"<h2>Breaks that {rows} don't show</h2>{_not_seen(trial)}",
        f"<h2>Breaks that {rows} show</h2>{_seen(trial)}{_paragraph(sentences.MEANING)}",
        f"<h2>Shifts of one column, at {rows}</h2>{_shifts(trial)}",
        *map(_paragraph, sentences.notes(trial)),
        _paragraph(f"Made {trial.made_at} with seed {trial.seed}."),
        f'<p><a href="{text(trial.name)}.json">The same as JSON</a>, <a href="../">reports</a></p>',
    ]
    return page(title, "".join(body), _STYLE) + "\n"


def _no_drift(trial: Trial) -> str:
    headings = "rows", "windows", "false actions", "any feature flagged"
    return _table(
        headings,
        (
            (f"{each.rows:,}", f"{each.windows:,}", each.false_actions, f"{each.flagged / each.windows:.2%}")
            for each in trial.no_drift
        ),
    )


def _not_seen(trial: Trial) -> str:
    if not trial.not_seen:
        return _paragraph("None: each break that was tried is seen.")
    return _table(
        ("break", "columns", "seen in", "seen from"),
        (
            (
                each.what,
                each.name,
                f"{each.seen} of {each.windows} windows",
                sentences.seen_from(trial, each.seen_from),
            )
            for each in trial.not_seen
        ),
        "not-seen",
    )


def _seen(trial: Trial) -> str:
    return _table(
        ("break", "columns", "seen from"),
        (
            (what, sentences.columns_of(group, trial), sentences.seen_from(trial, rows))
            for what, rows, group in trial.seen
        ),
    )


def _shifts(trial: Trial) -> str:
    return _table(
        ("columns", "drifted from", "alone an action from"),
        (
            (", ".join(columns), sentences.shift_from(trial, drifted), sentences.shift_from(trial, action))
            for drifted, action, columns in trial.shifted
        ),
    )


def _paragraph(sentence: str) -> str:
    return f"<p>{text(sentence)}</p>"


def _table(headings: Cells, rows: Iterable[Cells], marked: str = "") -> str:
    head = "".join(f"<th>{text(str(cell))}" for cell in headings)
    body = "".join(f"<tr>{''.join(f'<td>{name_of(str(cell))}' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table class="{marked}"><tr>{head}</tr>{body}</table></div>'
