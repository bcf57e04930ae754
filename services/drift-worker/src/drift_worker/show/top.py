"""The top of each report, which says what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from drift_worker.findings import Decision, Severity
from pages import name_of, text

FIRST_REASONS: Final = 5
"""So many reasons are seen at once; a click shows the others."""


@dataclass(frozen=True, slots=True)
class Top:
    """What stands above everything else: what was looked at, what was decided, and the way back."""

    name: str
    decision: Decision
    severity: Severity | None
    reasons: Sequence[str]
    facts: Sequence[tuple[str, str]]
    """Label and text."""
    links: Sequence[tuple[str, str]]
    """Text and address, relative to the page's."""

    @property
    def title(self) -> str:
        """The page's title: what was looked at, and what was decided."""
        return f"{self.name}: {self.decision}"

    def html(self) -> str:
        """The top as an element; it needs the style of `pages`, and nothing else."""
        links = "".join(f'<a href="{text(address)}">{text(name)}</a>' for name, address in self.links)
        facts = "".join(
            f"<div><dt>{text(name)}</dt><dd>{name_of(fact)}</dd></div>" for name, fact in self.facts
        )
        return (
            f"<header>{f'<nav>{links}</nav>' if links else ''}<h1>{name_of(self.name)}</h1>"
            f'<div class="verdict {self.decision}"><div><span class="decision">{self.decision}</span>'
            f"{f', severity {self.severity}' if self.severity else ''}</div>{_reasons(self.reasons)}</div>"
            f"<dl>{facts}</dl></header>"
        )


def _reasons(reasons: Sequence[str]) -> str:
    first, others = reasons[:FIRST_REASONS], reasons[FIRST_REASONS:]
    more = (
        f"<details><summary>{len(others)} more reasons</summary>{_list(others)}</details>" if others else ""
    )
    return _list(first) + more


def _list(reasons: Sequence[str]) -> str:
    return f"<ol>{''.join(f'<li>{name_of(each)}</li>' for each in reasons)}</ol>"
