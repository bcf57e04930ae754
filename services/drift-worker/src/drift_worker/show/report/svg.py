"""A picture as SVG, which is sharp on paper and needs no script."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from drift_worker.show.report.bins import number
from drift_worker.show.report.shares import Bar, Picture
from pages import text

WIDTH: Final = 360
"""Units of the drawing, which are about the points of a phone's screen; wider screens enlarge it."""

_BARS_WIDTH: Final = WIDTH - 50
_BAR: Final = 11
_ROW: Final = 45
_TOP: Final = 16
_HEIGHT: Final = 120
_AXIS: Final = 22
_TICK_CHARACTERS: Final = 6
"""Numbers of at most so many characters have five places along the axis, longer ones three."""

_LONGEST: Final = 52
"""Characters of a label, of which one that is twice as wide counts as two."""

STYLE: Final = """
.driftline svg { display: block; width: 100%; height: auto; font: 11px system-ui, sans-serif; fill: #202830; }
.driftline .before { fill: #c9d1da; stroke: #77828e; stroke-width: .7; }
.driftline .now { fill: #0b4f8a; stroke: #0b4f8a; stroke-width: .7; }
.driftline svg .remark { font-style: italic; fill: #5a6570; }
.driftline svg .share { font-size: 9.5px; fill: #444e58; }
.driftline svg .axis { stroke: #9aa4ae; stroke-width: .7; }
"""


def drawn(picture: Picture, label: str, *, whole: bool = False) -> str:
    """The picture as an SVG element of a few kilobytes; the label tells what it shows to who can't see it.

    A single bar's full width is the largest of all, or 1 where they are `whole` or stand below a histogram.
    """
    histogram = [*_histogram(picture)] if picture.bins else []
    top = _TOP + _HEIGHT + _AXIS if picture.bins else 0
    bars = [*_bars(picture.bars, top, whole=whole or bool(picture.bins))]
    height = top + _ROW * len(picture.bars)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{text(label)}">'
        f"{''.join(histogram)}{''.join(bars)}</svg>"
    )


def swatch(side: str) -> str:
    """A small example of a side's bars: `before` or `now`."""
    return (
        '<svg viewBox="0 0 24 12" style="display:inline-block;width:24px;height:12px" aria-hidden="true">'
        f'<rect class="{side}" x="1" y="1" width="22" height="10"/></svg>'
    )


def percent(share: float) -> str:
    """A share for people: with one digit, and never 0 where there is something."""
    if share in (0, 1):
        return f"{share * 100:.0f} %"
    return "&lt;0.1 %" if share < 0.001 else f"{share * 100:.1f} %"  # noqa: PLR2004 - what one digit can show


def _histogram(picture: Picture) -> Iterator[str]:
    """Two bars a bin side by side, the largest share as a line above, and some of the edges below."""
    largest = max(max(each.before, each.now) for each in picture.bins) or 1.0
    width = WIDTH / len(picture.bins)
    base = _TOP + _HEIGHT
    yield f'<text class="share" x="0" y="{_TOP - 4}">{percent(largest)} of the rows</text>'
    yield f'<path class="axis" d="M0 {_TOP}H{WIDTH}M0 {base}H{WIDTH}"/>'
    for place, each in enumerate(picture.bins):
        yield f"<g>{_said(each)}"
        for side, share, shift in (("before", each.before, 0.08), ("now", each.now, 0.52)):
            height = share / largest * _HEIGHT
            yield _rectangle(side, (place + shift) * width, base - height, width * 0.4, height)
        yield "</g>"
    yield from _ticks(picture.edges, base)


def _ticks(edges: Sequence[float], base: int) -> Iterator[str]:
    """Numbers along the axis, where it begins, where it ends, and between."""
    last = len(edges) - 1
    steps = 4 if all(len(number(edge)) <= _TICK_CHARACTERS for edge in edges) else 2
    for place in sorted({round(last * step / steps) for step in range(steps + 1)}):
        anchor = {0: "start", last: "end"}.get(place, "middle")
        x = WIDTH * place / last
        yield f'<path class="axis" d="M{x:.1f} {base}v4"/>'
        yield f'<text x="{x:.1f}" y="{base + 15}" text-anchor="{anchor}">{number(edges[place])}</text>'


def _bars(bars: Sequence[Bar], top: int, *, whole: bool) -> Iterator[str]:
    """A row for each bar: its label, and below it the two sides."""
    largest = 1.0 if whole else max((max(each.before, each.now) for each in bars), default=0.0) or 1.0
    for place, each in enumerate(bars):
        y = top + place * _ROW
        yield f'<g>{_said(each)}<text{_class(each)} x="0" y="{y + 13}">{text(_short(each.label))}</text>'
        for side, share, below in (("before", each.before, 17), ("now", each.now, 17 + _BAR)):
            width = share / largest * _BARS_WIDTH
            yield _rectangle(side, 0, y + below, width, _BAR)
            yield f'<text class="share" x="{width + 4:.1f}" y="{y + below + 9}">{percent(share)}</text>'
        yield "</g>"


def _rectangle(side: str, x: float, y: float, width: float, height: float) -> str:
    """A bar; nothing where it has no length."""
    if not (width and height):
        return ""
    return f'<rect class="{side}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _said(bar: Bar) -> str:
    """What a pointer sees, and a reader that reads aloud."""
    return f"<title>{text(bar.label)}: reference {percent(bar.before)}, current {percent(bar.now)}</title>"


def _class(bar: Bar) -> str:
    return ' class="remark"' if bar.remark else ""


def _short(label: str) -> str:
    """A label that fits into one line; of an empty one it is said that it is."""
    shown, room = "", _LONGEST
    for character in " ".join(label.split()) or "(empty text)":
        room -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if room < 0:
            return f"{shown}…"
        shown += character
    return shown
