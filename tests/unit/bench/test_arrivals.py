"""The schedule of a constant rate."""

from hypothesis import given
from hypothesis import strategies as st

from bench.serving.arrivals import Arrivals


def test_requests_are_due_at_even_distances_from_the_beginning() -> None:
    """Four in a second come every quarter of one."""
    arrivals = Arrivals(began=100.0, rate=4.0, count=4)
    assert arrivals.next == 100.0
    assert arrivals.take(100.3) == [100.0, 100.25]
    assert arrivals.next == 100.5
    assert arrivals.take(200.0) == [100.5, 100.75]


def test_after_the_last_request_none_is_due() -> None:
    """The schedule ends by itself."""
    arrivals = Arrivals(began=0.0, rate=10.0, count=1)
    assert arrivals.take(1.0) == [0.0]
    assert arrivals.take(2.0) == []
    assert arrivals.next is None


def test_a_late_generator_sends_what_it_missed_with_the_times_at_which_it_was_due() -> None:
    """A stall moves no request: the times that it covers are given out when it ends."""
    arrivals = Arrivals(began=0.0, rate=1000.0, count=3000)
    assert arrivals.take(0.0) == [0.0]
    missed = arrivals.take(1.0)
    assert len(missed) == 1000
    assert missed[0] == 0.001


@given(
    st.floats(0, 1e6),
    st.floats(0.1, 1e5),
    st.integers(0, 500),
    st.lists(st.floats(0, 100), max_size=50),
)
def test_each_request_is_due_once_in_order_and_never_early(
    began: float, rate: float, count: int, pauses: list[float]
) -> None:
    """Whenever one asks, every time that has come is given out, once."""
    arrivals = Arrivals(began, rate, count)
    now, taken = began, []
    for pause in pauses:
        now += pause
        due = arrivals.take(now)
        assert all(time <= now for time in due)
        assert arrivals.next is None or arrivals.next > now
        taken += due
    assert taken == [began + number / rate for number in range(len(taken))]
    assert len(taken + arrivals.take(float("inf"))) == count
