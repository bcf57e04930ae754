"""How each scenario changes the values of one feature."""

import itertools
import math
import statistics
from collections.abc import Callable, Sequence

from contract.schema import Feature, FeatureValue
from simulator.errors import ScenarioError

Change = Callable[[FeatureValue, float, float], FeatureValue]
"""Takes a value, the strength at its row and a draw from [0, 1); returns the value to send."""


def shift(feature: Feature, values: Sequence[FeatureValue]) -> Change | None:
    """Move a number by `strength` standard deviations of `values`, flip a boolean with that probability.

    A null stays null. Returns None for a constant feature: it has no deviation to move by.
    """
    if feature.kind == "boolean":
        return _flip
    numbers = [float(value) for value in values if value is not None]
    deviation = statistics.pstdev(numbers) if numbers else 0.0

    def move(value: FeatureValue, strength: float, _draw: float) -> FeatureValue:
        if value is None:
            return None
        moved = float(value) + strength * deviation
        if not math.isfinite(moved):
            raise ScenarioError(f"a shift of {strength:g} moves {feature.name} beyond the range of numbers")
        return moved

    return move if deviation else None


def missing(_feature: Feature, _values: Sequence[FeatureValue]) -> Change:
    """Set a value to null with probability `strength`."""
    return lambda value, strength, draw: None if draw < strength else value


def new_category(feature: Feature, values: Sequence[FeatureValue]) -> Change:
    """Replace a value, with probability `strength`, by a category that reference and `values` lack."""
    known = {*(feature.categories or ()), *values}
    names = (f"new-category-{number}" for number in itertools.count(1))
    new = next(name for name in names if name not in known)
    return lambda value, strength, draw: new if draw < strength else value


def _flip(value: FeatureValue, strength: float, draw: float) -> FeatureValue:
    return value if value is None or draw >= abs(strength) else not value
