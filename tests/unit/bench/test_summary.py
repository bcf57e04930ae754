"""How repeated measurements are summed up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.summary import Summary, percentile

VALUES = st.lists(st.floats(0, 1e6), min_size=1)
SHARES = st.floats(0, 1)


def test_a_summary_holds_median_range_and_every_value_in_its_order() -> None:
    """A run that was disturbed is seen in the range and leaves the median alone."""
    summary = Summary.of([1.1, 9.0, 1.0])
    assert summary == Summary(median=1.1, low=1.0, high=9.0, values=(1.1, 9.0, 1.0))


def test_no_measurement_has_no_summary() -> None:
    """Nothing is made up where nothing was measured."""
    with pytest.raises(ValueError, match="nothing was measured"):
        Summary.of([])
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_the_99th_of_1_to_100_is_99() -> None:
    """By nearest rank a percentile is a value that was measured, and no average of two."""
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1.0, 50.0, 99.0, 100.0]
    assert percentile([7.0], 0.99) == 7.0


@given(VALUES, SHARES)
def test_a_percentile_is_the_smallest_that_enough_values_do_not_exceed(
    values: list[float], share: float
) -> None:
    """At least the share is at or below it, and less than the share below the next smaller value."""
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered)
    smaller = [value for value in ordered if value < found]
    assert not smaller or len(smaller) < share * len(ordered)
