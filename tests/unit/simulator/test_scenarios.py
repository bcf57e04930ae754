"""The scenarios: what they change, what they leave, and what they refuse."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.schema import Feature, Schema
from simulator.errors import ScenarioError
from simulator.scenario.rows import Row
from simulator.scenario.scenarios import Mode, Scenario, ScenarioName, apply, ramp

SCHEMA = Schema(
    entity="user_id",
    features=[
        Feature(name="fee", kind="numerical"),
        Feature(name="hours", kind="numerical", nullable=True),
        Feature(name="constant", kind="numerical"),
        Feature(name="senior", kind="boolean"),
        Feature(name="tv", kind="boolean", nullable=True),
        Feature(name="net", kind="categorical", categories=["DSL", "Fiber", "new-category-1"]),
    ],
)
NUMBERS = st.floats(min_value=-1e6, max_value=1e6)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "fee": NUMBERS,
            "hours": st.none() | NUMBERS,
            "constant": st.just(4.0),
            "senior": st.booleans(),
            "tv": st.none() | st.booleans(),
            "net": st.sampled_from(["DSL", "Fiber", "new-category-2"]),
        }
    ),
    min_size=2,
    max_size=40,
    unique_by=lambda features: features["fee"],
).map(lambda found: [Row(str(number), features) for number, features in enumerate(found)])
NAMES: st.SearchStrategy[ScenarioName] = st.sampled_from(["shift", "missing", "new-category"])
MODES: st.SearchStrategy[Mode] = st.sampled_from(["sudden", "gradual"])
SEEDS = st.integers(0, 2**32)
PROBABILITIES = st.floats(min_value=0.01, max_value=1)


def rows_of(count: int) -> list[Row]:
    """Rows whose fee is their index."""
    values = {"hours": None, "constant": 4.0, "senior": False, "tv": None, "net": "DSL"}
    return [Row(str(index), {"fee": float(index), **values}) for index in range(count)]


@given(rows=ROWS, name=NAMES, mode=MODES, strength=PROBABILITIES, seed=SEEDS)
def test_a_seed_gives_the_same_rows_again(
    rows: list[Row], name: ScenarioName, mode: Mode, strength: float, seed: int
) -> None:
    """Whatever the scenario, applying it twice gives equal rows and leaves its input as it was."""
    before = [dict(row.features) for row in rows]
    scenario = Scenario(name, strength, mode, seed=seed)
    assert apply(scenario, SCHEMA, rows) == apply(scenario, SCHEMA, rows)
    assert [row.features for row in rows] == before


@given(rows=ROWS, name=NAMES, mode=MODES, strength=PROBABILITIES, data=st.data())
def test_only_values_from_the_first_row_on_change(
    rows: list[Row], name: ScenarioName, mode: Mode, strength: float, data: st.DataObject
) -> None:
    """Rows keep order, entity and names; those before the start are untouched, and so are other features."""
    first = data.draw(st.integers(1, len(rows)))
    changed = apply(Scenario(name, strength, mode, first_row=first), SCHEMA, rows)
    suited = {"shift": {"fee", "hours"}, "missing": {"hours", "tv"}, "new-category": {"net"}}[name]
    assert changed[: first - 1] == rows[: first - 1]
    for row, original in zip(changed, rows, strict=True):
        assert row.entity == original.entity
        assert list(row.features) == list(original.features)
        assert {key for key in row.features if row.features[key] != original.features[key]} <= suited


@given(rows=ROWS, strength=st.floats(-3, 3).filter(lambda value: abs(value) > 0.01))
def test_a_sudden_shift_moves_numbers_by_standard_deviations(rows: list[Row], strength: float) -> None:
    """From its first row on every number is `strength` standard deviations further, and nulls stay null."""
    changed = apply(Scenario("shift", strength, first_row=1, features=("fee", "hours")), SCHEMA, rows)
    for name in ("fee", "hours"):
        numbers = [value for row in rows if isinstance(value := row.features[name], float)]
        deviation = statistics.pstdev(numbers) if numbers else 0.0
        for row, original in zip(changed, rows, strict=True):
            value = original.features[name]
            moved = None if value is None else float(value) + strength * deviation
            assert row.features[name] == (None if moved is None else pytest.approx(moved))


@given(rows=ROWS, seed=SEEDS, weak=PROBABILITIES, strong=PROBABILITIES)
def test_a_stronger_scenario_changes_all_that_a_weaker_one_does(
    rows: list[Row], seed: int, weak: float, strong: float
) -> None:
    """With one seed the values set to null by a weak `missing` are null in a strong one too."""
    weak, strong = sorted((weak, strong))
    weakly = apply(Scenario("missing", weak, first_row=1, seed=seed), SCHEMA, rows)
    strongly = apply(Scenario("missing", strong, first_row=1, seed=seed), SCHEMA, rows)
    for row, stronger in zip(weakly, strongly, strict=True):
        nulls = {name for name, value in row.features.items() if value is None}
        assert nulls <= {name for name, value in stronger.features.items() if value is None}


@given(rows=ROWS, seed=SEEDS, strength=PROBABILITIES)
def test_a_new_category_is_one_that_was_never_seen(rows: list[Row], seed: int, strength: float) -> None:
    """Replaced categories are neither in the reference's list nor among the rows."""
    changed = apply(Scenario("new-category", strength, first_row=1, seed=seed), SCHEMA, rows)
    categories = {row.features["net"] for row in changed}
    assert categories <= {row.features["net"] for row in rows} | {"new-category-3", "new-category-2"}
    assert not categories & {"new-category-1"}


def test_certain_scenarios_change_every_value() -> None:
    """With probability 1 every nullable value is null, every category new, every named boolean flipped."""
    rows = rows_of(50)
    missing = apply(Scenario("missing", 1, first_row=1), SCHEMA, rows)
    assert all(row.features["hours"] is None and row.features["tv"] is None for row in missing)
    new = apply(Scenario("new-category", 1, first_row=1), SCHEMA, rows)
    assert {row.features["net"] for row in new} == {"new-category-2"}
    flipped = apply(Scenario("shift", 1, first_row=1, features=("senior",)), SCHEMA, rows)
    assert all(row.features["senior"] is True for row in flipped)


def test_the_strength_is_the_share_that_changes() -> None:
    """Half of the values change at strength 0.5, give or take what chance does to 4,000 draws."""
    rows = apply(Scenario("new-category", 0.5, first_row=1), SCHEMA, rows_of(4000))
    share = sum(row.features["net"] != "DSL" for row in rows) / 4000
    assert share == pytest.approx(0.5, abs=0.04)


def test_a_sudden_scenario_starts_in_the_middle() -> None:
    """Without a first row, the second half is changed in full."""
    assert ramp(Scenario("missing"), 5) == [0, 0, 1, 1, 1]
    assert ramp(Scenario("missing"), 4) == [0, 0, 1, 1]
    assert ramp(Scenario("missing"), 1) == [1]


def test_a_gradual_scenario_rises_to_the_last_row() -> None:
    """The ramp is linear from the first row on and ends at the full strength."""
    assert ramp(Scenario("shift", mode="gradual"), 4) == [0.25, 0.5, 0.75, 1]
    assert ramp(Scenario("shift", mode="gradual", first_row=3), 4) == [0, 0, 0.5, 1]


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        (Scenario("missing", features=("fee",)), "'fee' is not; this model has hours, tv"),
        (Scenario("shift", features=("net",)), "'net' is not; this model has fee, hours, constant"),
        (Scenario("new-category", features=("fee",)), "'fee' is not; this model has net"),
        (Scenario("shift", features=("Fee",)), "no feature 'Fee'; it has fee, hours"),
        (Scenario("shift", features=("constant",)), "each feature to move is constant"),
        (Scenario("shift", first_row=4), "start at row 4, but rows 1 to 3 are sent"),
        (Scenario("shift", first_row=0), "start at row 0"),
    ],
)
def test_what_the_model_or_the_rows_do_not_allow_is_said(scenario: Scenario, message: str) -> None:
    """A feature of the wrong kind, an unknown or constant one, or a start beyond the rows is an error."""
    with pytest.raises(ScenarioError, match=message):
        apply(scenario, SCHEMA, rows_of(3))


def test_a_model_without_suited_features_is_refused() -> None:
    """A scenario for features that a model does not have says so."""
    schema = Schema(entity="id", features=[Feature(name="senior", kind="boolean")])
    rows = [Row("1", {"senior": True})]
    with pytest.raises(ScenarioError, match="missing changes nullable features; this model has none"):
        apply(Scenario("missing"), schema, rows)
    with pytest.raises(ScenarioError, match="boolean ones where they are named; this model has senior"):
        apply(Scenario("shift"), schema, rows)


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("shift", 0.0),
        ("shift", 1001.0),
        ("shift", float("nan")),
        ("missing", 0.0),
        ("missing", 1.1),
        ("missing", -1.0),
    ],
)
def test_a_strength_that_means_nothing_is_refused(name: ScenarioName, strength: float) -> None:
    """A shift is a finite number of deviations, the others a probability above 0."""
    with pytest.raises(ScenarioError, match=f"strength of .*{name}"):
        Scenario(name, strength)


def test_a_shift_beyond_the_range_of_numbers_is_refused() -> None:
    """A number that a shift would make infinite is an error, as JSON has no infinity."""
    rows = [Row(str(fee), {"fee": fee}) for fee in (1.7e308, -1.7e308)]
    schema = Schema(entity="id", features=[Feature(name="fee", kind="numerical")])
    with pytest.raises(ScenarioError, match="moves fee beyond the range of numbers"):
        apply(Scenario("shift", 5, first_row=1), schema, rows)
