"""What our own pages have in common: their head, their style, and the top that says what was decided."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from drift_worker.findings import Decision, Severity

STYLE: Final = """
.driftline { font: 15px/1.5 system-ui, sans-serif; color: #202830; background: #fff; margin: 0 auto;
  max-width: 70rem; padding: 1rem; overflow-wrap: anywhere; box-sizing: border-box; text-align: left;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.driftline * { box-sizing: border-box; }
.driftline a { color: #0b4f8a; }
.driftline nav { margin-bottom: .75rem; }
.driftline nav a { margin-right: 1.25rem; }
.driftline h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; font-weight: 600; }
.driftline h2 { font-size: 1.2rem; margin: 1.5rem 0 .5rem; font-weight: 600; }
.driftline h3 { font-size: 1rem; margin: 0 0 .25rem; font-weight: 600; }
.driftline .verdict { border-left: .4rem solid; padding: .1rem 0 .1rem .9rem; margin: 0 0 1rem; }
.driftline .decision { font-size: 1.25rem; font-weight: 700; }
.driftline .verdict ol { color: #202830; margin: .25rem 0 0; padding-left: 1.3rem; }
.driftline .verdict details { color: #202830; }
.driftline dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr));
  gap: .4rem 1.5rem; margin: 0; }
.driftline dt { color: #5a6570; font-size: .85rem; }
.driftline dd { margin: 0; }
@media (max-width: 40rem) { .driftline dl { gap: .1rem; } .driftline dl div { display: flex; }
  .driftline dt { flex: 0 0 6.5rem; line-height: 1.76; } }
.NO_ACTION { color: #1a6b34; }
.RETRAINING_TRIGGERED { color: #b00020; }
.INVESTIGATE { color: #a15c00; }
.INSUFFICIENT_DATA, .gone { color: #666; }
"""

FIRST_REASONS: Final = 5
"""So many reasons are seen at once; a click shows the others."""

_UNFIT: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What a page can't hold: control characters and halves of characters."""


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
        """The top as an element; it needs STYLE, and nothing else."""
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


def head(title: str, style: str = "") -> str:
    """The title and the style of a page, for its head."""
    return f"<title>{text(title)}</title><style>{STYLE}{style}</style>"


def page(title: str, body: str, style: str = "") -> str:
    """A page of our own; the body is HTML."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head(title, style)}</head>"
        f'<body style="margin:0"><main class="driftline">{body}</main></body></html>'
    )


def text(content: str) -> str:
    """Any text as HTML, in an element or in an attribute: it comes from strangers."""
    return html.escape(_UNFIT.sub("\ufffd", content))


def name_of(content: str) -> str:
    """A stranger's text beside other text, whose direction it can't turn."""
    return f"<bdi>{text(content)}</bdi>"


def _reasons(reasons: Sequence[str]) -> str:
    first, others = reasons[:FIRST_REASONS], reasons[FIRST_REASONS:]
    more = (
        f"<details><summary>{len(others)} more reasons</summary>{_list(others)}</details>" if others else ""
    )
    return _list(first) + more


def _list(reasons: Sequence[str]) -> str:
    return f"<ol>{''.join(f'<li>{name_of(each)}</li>' for each in reasons)}</ol>"
