"""From which level on something holds."""

from hypothesis import given
from hypothesis import strategies as st

from drift_worker.trial.search import first_level

LEVELS = st.lists(st.integers(), unique=True, max_size=12).map(sorted)


@given(levels=LEVELS, data=st.data())
def test_the_first_level_is_found_wherever_the_search_starts(levels: list[int], data: st.DataObject) -> None:
    """As a look at each level would find it, none is asked twice, and few are asked."""
    first = data.draw(st.sampled_from([*levels, None]))
    start = data.draw(st.integers(0, max(len(levels) - 1, 0)))
    asked: list[int] = []

    def holds(level: int) -> bool:
        asked.append(level)
        return first is not None and level >= first

    assert first_level(levels, holds, start) == first
    assert len(asked) == len(set(asked)) <= 2 + len(levels).bit_length()


@given(levels=LEVELS.filter(len), data=st.data())
def test_the_level_at_the_start_is_asked_first(levels: list[int], data: st.DataObject) -> None:
    """So WINDOW_ROWS is always tried."""
    start = data.draw(st.integers(0, len(levels) - 1))
    asked: list[int] = []

    def holds(level: int) -> bool:
        asked.append(level)
        return False

    assert first_level(levels, holds, start) is None
    assert asked[0] == levels[start]
