"""Relations between columns: what changes them, and what does not."""

import numpy as np
import pandas as pd
import pytest

from baseline.counts import Counts, count_column
from baseline.document import Baseline, build_baseline
from baseline.relations import relation_baseline
from contract.task import Kind
from drift_worker.detect.levels import Levels
from drift_worker.detect.relation import RelationChange, changed_relations, joint_p_value

KINDS: dict[str, Kind] = {
    "tenure": "numerical",
    "paid": "numerical",
    "fee": "numerical",
    "premium": "boolean",
}
LEVELS = Levels(5)


def table(rows: int, seed: int) -> pd.DataFrame:
    """Customers: what they paid depends on tenure and fee, and premium ones have the larger fees."""
    rng = np.random.default_rng(seed)
    tenure, fee = rng.exponential(20, rows), rng.normal(50, 10, rows)
    premium = pd.Series(fee + rng.normal(0, 8, rows) > 52, dtype=object)
    return pd.DataFrame({"tenure": tenure, "paid": tenure * fee, "fee": fee, "premium": premium})


REFERENCE: Baseline = build_baseline(table(4_000, 1), KINDS)


def counts_of(frame: pd.DataFrame) -> dict[str, Counts]:
    """The counts of a table's columns."""
    return {name: count_column(frame[name], kind) for name, kind in KINDS.items()}


def changed(window: pd.DataFrame) -> list[RelationChange]:
    """The relations that changed in a window."""
    return changed_relations(REFERENCE.relations, window, KINDS, counts_of(window), LEVELS)


@pytest.mark.parametrize("rows", [50, 200, 1_000])
def test_relations_stay_as_they_are_without_drift(rows: int) -> None:
    """Windows of any size have the reference's relations."""
    assert [changed(table(rows, seed)) for seed in range(2, 52)] == [[]] * 50


def test_a_negated_flag_is_found_with_what_it_belongs_to() -> None:
    """A flag that says the opposite changes its relation to the fee; both columns are named."""
    window = table(300, 60)
    (change,) = changed(window.assign(premium=~window["premium"].astype(bool)))
    assert change.columns == ("fee", "premium")
    assert change.before > 0.4
    assert change.now < -0.4


def test_a_shuffled_column_is_found() -> None:
    """Values joined to the wrong rows have lost their relations, although nothing drifted."""
    window = table(300, 61)
    shuffled = window.assign(paid=window["paid"].sample(frac=1, random_state=1).to_numpy())
    assert ("tenure", "paid") in [change.columns for change in changed(shuffled)]


def test_correlations_are_those_of_pandas() -> None:
    """Where no value is missing, correlations are Spearman's."""
    frame = table(500, 62)
    ours = relation_baseline(frame, KINDS, counts_of(frame))
    theirs = frame.astype(float).corr(method="spearman")
    assert ours.correlations == pytest.approx([theirs.loc[pair] for pair in ours.pairs])


def test_the_spread_is_what_samples_show() -> None:
    """Correlations of many samples differ from each other by about the baseline's standard error."""
    place = REFERENCE.relations.pairs.index(("fee", "premium"))
    spread = REFERENCE.relations.spreads[place]
    frames = (table(400, seed) for seed in range(300))
    samples = [relation_baseline(frame, KINDS, counts_of(frame)).correlations[place] for frame in frames]
    assert spread is not None
    assert spread / np.sqrt(400) == pytest.approx(float(np.std([each or 0.0 for each in samples])), rel=0.3)


def test_two_rare_flags_in_one_row_are_chance() -> None:
    """Flags of 6 % that have their only rows of a small window in common are no relation."""
    rng = np.random.default_rng(9)
    kinds: dict[str, Kind] = {"a": "boolean", "b": "boolean"}
    frame = pd.DataFrame({name: rng.random(5_000) < 0.06 for name in kinds})
    window = pd.DataFrame({name: np.arange(50) < 1 for name in kinds})
    counts = {name: count_column(window[name], kind) for name, kind in kinds.items()}
    assert changed_relations(build_baseline(frame, kinds).relations, window, kinds, counts, Levels(2)) == []


def test_missing_and_constant_columns_have_no_relation() -> None:
    """A window without values, with one value or with one row says nothing about relations."""
    window = table(100, 63)
    assert changed(window.assign(paid=np.nan, fee=1.0, premium=None)) == []
    assert changed(window[:1]) == []
    assert changed(window[:0]) == []


def test_two_p_values_together_are_rare_as_often_as_they_say() -> None:
    """As many of many pairs of uniform p-values are below a level as the level says; 0 stays 0."""
    pairs = np.random.default_rng(63).random((20_000, 2))
    found = np.array([joint_p_value(one, other) for one, other in pairs])
    assert [float((found <= level).mean()) for level in (0.5, 0.1, 0.01)] == pytest.approx(
        [0.5, 0.1, 0.01], abs=0.01
    )
    assert joint_p_value(0.0, 0.5) == 0.0
