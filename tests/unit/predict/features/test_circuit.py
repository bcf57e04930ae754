"""The circuit opens after three calls in a row without an answer, and closes with any."""

from hypothesis import given
from hypothesis import strategies as st

from predict.features.circuit import FAILURES, Circuit


@given(st.lists(st.booleans()))
def test_it_is_open_while_the_last_calls_were_not_answered(answered: list[bool]) -> None:
    """And it says once that it has opened."""
    circuit, opened = Circuit(), 0
    for each in answered:
        if each:
            circuit.answered()
        else:
            opened += circuit.failed()
    assert circuit.is_open == (answered[-FAILURES:] == [False] * FAILURES)
    runs = "".join("a" if each else "f" for each in answered).split("a")
    assert opened == sum(len(run) >= FAILURES for run in runs)
