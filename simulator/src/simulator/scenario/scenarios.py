"""The drift scenarios: they change rows, and the same seed gives the same rows."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from contract.schema import Feature, FeatureValue, Schema
from simulator.errors import ScenarioError
from simulator.scenario.changes import Change, missing, new_category, shift
from simulator.scenario.rows import Row

ScenarioName = Literal["shift", "missing", "new-category"]
Mode = Literal["sudden", "gradual"]

MAX_SHIFT = 1000.0
"""The strongest shift that is accepted, in standard deviations; it is far beyond any real drift."""


@dataclass(frozen=True)
class Scenario:
    """A change of the rows from `first_row` on; the first row of the data has the number 1.

    Without `first_row`, a sudden scenario starts in the middle and a gradual one at row 1. Without
    `features`, it changes every feature of a suitable kind; it shifts a boolean only if `features` names it.
    """

    name: ScenarioName
    strength: float = 0.5
    mode: Mode = "sudden"
    first_row: int | None = None
    features: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ScenarioError where the strength is out of range."""
        if self.name == "shift" and not 0 < abs(self.strength) <= MAX_SHIFT:
            raise ScenarioError(
                f"the strength of a shift is a number of standard deviations, not 0 and at most "
                f"{MAX_SHIFT:g} either way; got {self.strength:g}"
            )
        if self.name != "shift" and not 0 < self.strength <= 1:
            raise ScenarioError(
                f"the strength of {self.name} is a probability, above 0 and at most 1; got {self.strength:g}"
            )


@dataclass(frozen=True)
class _Kind:
    suits: Callable[[Feature], bool]
    by_default: Callable[[Feature], bool]
    takes: str
    change: Callable[[Feature, Sequence[FeatureValue]], Change | None]


_KINDS: dict[ScenarioName, _Kind] = {
    "shift": _Kind(
        suits=lambda feature: feature.kind != "categorical",
        by_default=lambda feature: feature.kind == "numerical",
        takes="numerical features, and boolean ones where they are named",
        change=shift,
    ),
    "missing": _Kind(
        suits=lambda feature: feature.nullable,
        by_default=lambda feature: feature.nullable,
        takes="nullable features",
        change=missing,
    ),
    "new-category": _Kind(
        suits=lambda feature: feature.kind == "categorical",
        by_default=lambda feature: feature.kind == "categorical",
        takes="categorical features",
        change=new_category,
    ),
}


def apply(scenario: Scenario, schema: Schema, rows: Sequence[Row]) -> list[Row]:
    """Return the changed rows; a shift is measured in standard deviations of `rows`.

    Every feature has a random generator of its own, which draws one number per row, so that neither the other
    features nor the mode influence the draws. Raises ScenarioError where the schema or the rows don't allow
    the scenario.
    """
    fractions = ramp(scenario, len(rows))
    changes = _changes(scenario, schema, rows)
    draws = {name: _generator(scenario, name) for name in changes}
    changed = []
    for row, fraction in zip(rows, fractions, strict=True):
        strength = scenario.strength * fraction
        features = {
            name: change(row.features[name], strength, draws[name].random())
            for name, change in changes.items()
        }
        changed.append(Row(row.entity, row.features | features) if fraction else row)
    return changed


def ramp(scenario: Scenario, rows: int) -> list[float]:
    """Return the fraction (0 to 1) of the scenario's strength that applies to each row."""
    sudden = scenario.mode == "sudden"
    first = scenario.first_row if scenario.first_row is not None else rows // 2 + 1 if sudden else 1
    if not 1 <= first <= rows:
        raise ScenarioError(f"the scenario is to start at row {first}, but rows 1 to {rows} are sent")
    changed = rows - first + 1
    return [0.0] * (first - 1) + [1.0 if sudden else i / changed for i in range(1, changed + 1)]


def _changes(scenario: Scenario, schema: Schema, rows: Sequence[Row]) -> dict[str, Change]:
    kind = _KINDS[scenario.name]
    changes = {}
    for feature in _targets(scenario, schema):
        change = kind.change(feature, [row.features[feature.name] for row in rows])
        if change:
            changes[feature.name] = change
    if not changes:
        raise ScenarioError("a shift moves by standard deviations, but each feature to move is constant here")
    return changes


def _targets(scenario: Scenario, schema: Schema) -> list[Feature]:
    kind = _KINDS[scenario.name]
    suited = {feature.name: feature for feature in schema.features if kind.suits(feature)}
    names = scenario.features or [name for name, feature in suited.items() if kind.by_default(feature)]
    for name in names:
        if name not in schema.feature_names:
            raise ScenarioError(
                f"the model has no feature {name!r}; it has {', '.join(schema.feature_names)}"
            )
        if name not in suited:
            raise ScenarioError(
                f"{scenario.name} changes {kind.takes}, which {name!r} is not; "
                f"this model has {', '.join(suited) or 'none'}"
            )
    if not names:
        raise ScenarioError(
            f"{scenario.name} changes {kind.takes}; this model has {', '.join(suited) or 'none'}"
        )
    return [suited[name] for name in names]


def _generator(scenario: Scenario, name: str) -> random.Random:
    return random.Random(f"{scenario.seed} {name}")  # noqa: S311 - a simulation that a seed repeats
