"""What to do about the model's quality by its labels: a pure function of the stretches."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from drift_worker.stretch import Length, QualityFigure, QualityVerdict, Stretch, Unseen

FINDING: Final = 2.33
"""From so many standard errors on the model is worse beyond chance: 1 of 100 looks says so without cause."""

FINDING_BESIDE: Final = 2.58
"""The same in the long stretch: two stretches together would find too much at 2.33."""

_LIMITS: Final[Mapping[Length, float]] = MappingProxyType({"short": FINDING, "long": FINDING_BESIDE})

ACTION: Final = 3.29
"""From so many on it is to be retrained: 1 of 2,000 looks at a stretch says so without cause."""

LOOKS: Final = 900
"""Looks of which one may act without cause."""

LEAST_OF_A_CLASS: Final = 10
"""Labels of the rarer class of two below which nothing is decided."""

MOST_UNSEEN: Final = 0.03
"""The share that may be in cells without a label: of predictions, or of those of a kind by their scores."""

_NAMED: Final = 3
"""Cells without a label that a sentence names."""

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"auc": "AUC", "accuracy": "accuracy", "mae": "mean absolute error"}
)
"""What people call the figures that decide."""


def decide_quality(stretches: Sequence[Stretch], min_labels: int) -> QualityVerdict:
    """Decide from the short stretch and, if there is one, the long one.

    The decision is RETRAINING_TRIGGERED, NO_ACTION or INSUFFICIENT_DATA. Fewer labels than `min_labels` are
    insufficient.
    """
    lacking = {each.length: reason for each in stretches if (reason := _lacking(each, min_labels))}
    known = [each for each in stretches if each.length not in lacking]
    if not known:
        return QualityVerdict(decision="INSUFFICIENT_DATA", reasons=[*lacking.values()] or ["no label"])
    shown = max(known, key=lambda each: (_z(each) >= ACTION, _z(each) / _LIMITS[each.length]))
    finding, acts = _z(shown) >= _LIMITS[shown.length], _z(shown) >= ACTION
    if not finding:
        shown = known[0]
    notes = [*dict.fromkeys(_unseen(each) for each in known if each.unseen_cells), *lacking.values()]
    return QualityVerdict(
        decision="RETRAINING_TRIGGERED" if acts else "NO_ACTION",
        reasons=[f"{_sentence(shown)}{', not enough to act' if finding and not acts else ''}", *notes],
        length=shown.length,
        finding=finding,
        severity="high" if acts else None,
    )


def quality_line(verdict: QualityVerdict, figure: QualityFigure | None, report_html: str | None) -> str:
    """The one line by which users know a decision; figures have two digits, an absent figure is n/a."""
    metric = figure.metric if figure else "quality"
    value, reference = (figure.value, figure.reference) if figure else (None, None)
    return (
        f"[Quality] report_html={report_html or 'n/a'} {metric}={short(value)} "
        f"reference={short(reference)} -> {verdict.decision} {verdict.reasons[0]}"
    )


def _lacking(stretch: Stretch, min_labels: int) -> str | None:
    """Why nothing can be decided from a stretch; None where something can."""
    figure = stretch.deciding
    if stretch.labels < min_labels:
        return f"labels={stretch.labels} < {min_labels}"
    if stretch.unseen_share > MOST_UNSEEN:
        return _unseen(stretch)
    if stretch.rarest is not None and stretch.rarest < LEAST_OF_A_CLASS:
        return f"{stretch.rarest} labels of the rarer class < {LEAST_OF_A_CLASS}"
    if figure is None or figure.value is None:
        return f"no {figure.metric if figure else 'figure'} can be measured (labels={stretch.labels})"
    if figure.reference is None or figure.z is None:
        lacks = "has no out-of-fold {}" if figure.reference is None else "does not say the error of its {}"
        return f"no reference: the bundle {lacks.format(NAMES[figure.metric])} to compare with"
    return None


def _unseen(stretch: Stretch) -> str:
    """The cells without a label, the largest first, and how much is in them."""
    largest = sorted(stretch.unseen_cells, key=lambda each: -each.rows)
    names = ", ".join(_cell(each) for each in largest[:_NAMED])
    more = f" and {len(largest) - _NAMED} more" if len(largest) > _NAMED else ""
    rows = sum(each.rows for each in largest)
    return (
        f"no label of {rows} of {stretch.rows} predictions ({names}{more}), "
        f"{stretch.unseen_share:.1%} of all or of one outcome: not estimable"
    )


def _cell(unseen: Unseen) -> str:
    predicted = "" if unseen.predicted is None else f"{unseen.predicted!r} with "
    return f"{predicted}output {unseen.low:.4g} to {unseen.high:.4g}"


def _z(stretch: Stretch) -> float:
    figure = stretch.deciding
    return figure.z if figure is not None and figure.z is not None else 0.0


def _sentence(stretch: Stretch) -> str:
    """The figure beside its reference, with as many digits as show the difference."""
    figure = stretch.deciding
    if figure is None or figure.value is None or figure.reference is None:
        return f"labels={stretch.labels}"
    value, reference = figure.value, figure.reference
    digits = next((each for each in range(2, 6) if short(value, each) != short(reference, each)), 6)
    sign = "<" if value < reference else ">" if value > reference else "="
    return (
        f"{figure.metric} {short(value, digits)} {sign} {short(reference, digits)} "
        f"(z={figure.z:.1f}, labels={stretch.labels})"
    )


def short(value: float | None, digits: int = 2) -> str:
    """A figure for a line: so many decimals, of a figure near 0 so many digits; n/a where there is none."""
    if value is None:
        return "n/a"
    return f"{value:.{digits}f}" if value == 0 or abs(value) >= 10.0**-digits else f"{value:.{digits}g}"
