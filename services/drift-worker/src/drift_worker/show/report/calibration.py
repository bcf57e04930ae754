"""Expected against observed shares by decile, as SVG."""

from collections.abc import Iterator, Sequence
from typing import Final

from drift_worker.stretch import DecileOfScore

SIZE: Final = 300
_LEFT: Final = 34
_BOTTOM: Final = 30
_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)

STYLE: Final = """
.driftline svg.calibration { max-width: 22rem; width: 100%; height: auto; font: 11px system-ui, sans-serif;
  fill: #202830; }
.driftline svg.calibration .axis { fill: none; stroke: #9aa4ae;
  stroke-width: .7; }
.driftline svg.calibration .interval { stroke: #0b4f8a; stroke-width: 2; }
.driftline svg.calibration .observed { fill: #0b4f8a; }
"""


def calibration_plot(deciles: Sequence[DecileOfScore]) -> str:
    """A point with its interval for each decile; on the diagonal, as many became true as was expected.

    Nothing where no decile has both.
    """
    points = "".join(_points(deciles))
    if not points:
        return ""
    width, height = _LEFT + SIZE + 20, SIZE + _BOTTOM + 8
    return (
        f'<svg class="calibration" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="Observed against expected share of positive labels, by decile of the score">'
        f"{''.join(_axes())}{points}</svg>"
    )


def _axes() -> Iterator[str]:
    yield f'<path class="axis" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}"/>'
    for tick in _TICKS:
        yield f'<text x="{_x(tick)}" y="{_y(0) + 14}" text-anchor="middle">{tick:.0%}</text>'
        yield f'<text x="{_LEFT - 4}" y="{_y(tick) + 4}" text-anchor="end">{tick:.0%}</text>'
    yield f'<text x="{_x(0.5)}" y="{_y(0) + 28}" text-anchor="middle">expected</text>'
    yield f'<text x="{_x(0) + 6}" y="{_y(1) + 10}">observed</text>'


def _points(deciles: Sequence[DecileOfScore]) -> Iterator[str]:
    for each in deciles:
        if each.expected is None or each.observed is None or each.low is None or each.high is None:
            continue
        x = _x(each.expected)
        said = f"decile {each.decile}: expected {each.expected:.1%}, observed {each.observed:.1%}"
        yield (
            f"<g><title>{said} of {each.labels} labels</title>"
            f'<path class="interval" d="M{x} {_y(each.low)}V{_y(each.high)}"/>'
            f'<circle class="observed" cx="{x}" cy="{_y(each.observed)}" r="4"/></g>'
        )


def _x(share: float) -> float:
    return round(_LEFT + share * SIZE, 1)


def _y(share: float) -> float:
    return round(4 + (1 - share) * SIZE, 1)
