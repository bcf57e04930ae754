"""What can be broken in a window."""

import numpy as np
import pandas as pd

from contract.schema import Feature, Schema
from drift_worker.trial.changes.breaks import Case, cases

ROWS = 400
RNG = np.random.default_rng(4)
FRAME = pd.DataFrame(
    {
        "age": RNG.integers(18, 80, ROWS).astype(float),
        "fee": RNG.normal(50, 9, ROWS),
        "zeros": np.zeros(ROWS),
        "member": pd.array(RNG.random(ROWS) < 0.5, dtype="boolean"),
        "twin": pd.array(np.ones(ROWS, dtype=bool), dtype="boolean"),
        "colour": pd.Categorical(RNG.choice(["red", "blue"], ROWS)),
        "empty": pd.Categorical([None] * ROWS),
    }
)
SCHEMA = Schema(
    entity="id",
    features=[
        Feature(name="age", kind="numerical", nullable=True),
        Feature(name="fee", kind="numerical"),
        Feature(name="zeros", kind="numerical"),
        Feature(name="member", kind="boolean"),
        Feature(name="twin", kind="boolean"),
        Feature(name="colour", kind="categorical"),
        Feature(name="empty", kind="categorical", nullable=True),
    ],
)


def by_name(most_pairs: int | None = None) -> dict[tuple[str, ...], Case]:
    """Every break by its kind and its columns."""
    return {(case.kind, *case.columns): case for case in cases(FRAME, SCHEMA, most_pairs)}


def test_every_kind_of_break_is_tried_on_every_column_that_can_have_it() -> None:
    """Numbers are scaled, flags negated, categories get new values; each is emptied, constant, swapped."""
    found = by_name()
    assert {("x 1000", "fee"), ("negated", "age"), ("negated", "member"), ("10 % never seen", "colour")} <= {
        *found
    }
    assert {("constant", "age"), ("all missing", "twin"), ("swapped numbers", "age", "fee")} <= {*found}
    assert {("swapped booleans", "member", "twin"), ("swapped categories", "colour", "empty")} <= {*found}


def test_what_would_change_nothing_is_no_break() -> None:
    """Zeros times anything, a constant made constant, an empty column emptied."""
    found = by_name()
    assert not {("x 1000", "zeros"), ("constant", "zeros"), ("constant", "twin"), ("constant", "empty")} & {
        *found
    }
    assert not {("all missing", "empty"), ("10 % never seen", "member")} & {*found}


def test_a_break_changes_its_own_columns_only() -> None:
    """And needs no others; the rows that it is given stay as they are."""
    before = FRAME.copy()
    for case in by_name().values():
        alone = case.apply(FRAME[[*case.columns]], np.random.default_rng(1))
        assert list(alone.columns) == list(case.columns)
        assert len(alone) == ROWS
    pd.testing.assert_frame_equal(FRAME, before)


def test_missing_values_are_refused_where_the_schema_allows_none() -> None:
    """Predict answers such a request with 422, so no window has one."""
    refused = {case.columns[0] for case in by_name().values() if case.refused}
    assert refused == {"fee", "zeros", "member", "twin", "colour"}
    assert {case.kind for case in by_name().values() if case.refused} == {
        "30 % missing",
        "90 % missing",
        "all missing",
    }


def test_of_many_pairs_those_are_swapped_that_are_most_alike() -> None:
    """The hardest to see: numbers by their quantiles, flags by their share, categories by their shares."""
    numbers = pd.DataFrame(
        {name: RNG.normal(mean, 1, ROWS) for name, mean in zip("abcd", (0, 9, 0.1, 30), strict=True)}
    )
    flags = pd.DataFrame(
        {name: RNG.random(ROWS) < share for name, share in zip("efg", (0.1, 0.9, 0.85), strict=True)}
    )
    colours = pd.DataFrame({"h": ["x"] * ROWS, "i": ["y"] * ROWS, "j": ["x", "y", "y", "y"] * (ROWS // 4)})
    frame = pd.concat([numbers, flags.astype("boolean"), colours], axis=1)
    schema = Schema(
        entity="id",
        features=[
            *(Feature(name=name, kind="numerical") for name in numbers),
            *(Feature(name=name, kind="boolean") for name in flags),
            *(Feature(name=name, kind="categorical") for name in colours),
        ],
    )
    swapped = {case.columns for case in cases(frame, schema, most_pairs=1) if "swapped" in case.kind}
    assert swapped == {("a", "c"), ("f", "g"), ("i", "j")}
