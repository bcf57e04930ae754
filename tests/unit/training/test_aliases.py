"""Which version an alias goes back to."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from training.registered.aliases import MOST, moved, read_versions, rolled_back, written

VERSIONS = range(1, 8)


@given(st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=12))
def test_as_many_rollbacks_take_back_as_many_moves(wanted: Sequence[int]) -> None:
    """In their order, whatever versions the alias has had, and however often."""
    path = [each for each, last in zip(wanted, [0, *wanted], strict=False) if each != last]
    remembered: Sequence[int] = []
    for old, new in zip([None, *path], path, strict=False):
        remembered = read_versions(written(moved(remembered, old, new)))

    for expected, current in zip(reversed(path[:-1]), reversed(path), strict=False):
        left = rolled_back(remembered, current, VERSIONS)
        assert left is not None
        assert left[-1] == expected
        remembered = left


def test_a_version_that_others_gave_the_alias_is_left_for_the_one_before_it() -> None:
    """MLflow's own client keeps no tag: what is remembered last had the alias before."""
    assert rolled_back([1, 4], 5, [1, 2, 3, 4, 5]) == [1, 4]
    assert moved([1, 4], 5, 6) == [1, 4, 5, 6]


def test_an_alias_that_others_took_back_does_not_go_forward() -> None:
    """From 4 back to 1 in MLflow's page, and then a rollback: 4 is not the one before 1."""
    assert rolled_back([1, 4], 1, [1, 4]) is None
    assert rolled_back([2, 4], 2, [1, 2, 3, 4]) == [1]


def test_without_a_tag_it_is_the_next_lower_version() -> None:
    """Versions that were deleted are none."""
    assert rolled_back([], 5, [1, 3, 5, 6]) == [3]
    assert rolled_back([2, 3], 3, [1, 3]) == [1]
    assert rolled_back([], 1, [1, 2]) is None


def test_what_somebody_has_written_into_the_tag_does_no_harm() -> None:
    """It is read as far as it holds numbers, and it doesn't grow without end."""
    assert read_versions("1, two,, 3 , ²") == [1, 3]
    assert read_versions(written(range(1, 200))) == [*range(200 - MOST, 200)]
