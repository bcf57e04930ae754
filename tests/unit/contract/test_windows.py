"""Window ids and stream ids."""

import pytest
from contract.errors import BadWindowIdError
from contract.keys import Partition
from contract.windows import partition_of, stream_order, successor
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("model", ["churn", "churn-eu", "a_b-1"])
def test_a_window_id_leads_to_its_partition(model: str) -> None:
    """Model names may hold hyphens."""
    assert partition_of(f"{model}-0123456789ab-1700000000000-12") == Partition(model, "0123456789ab")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "churn",
        "churn-0123456789ab-17",
        "../x-0123456789ab-1-1",
        "Churn-0123456789ab-1-1",
        "a:b-0123456789ab-1-1",
    ],
)
def test_anything_else_is_no_window_id(text: str) -> None:
    """What is not a window id is refused with the form that was expected."""
    with pytest.raises(BadWindowIdError, match="expected MODEL-VERSION-TIME-SEQUENCE"):
        partition_of(text)


@given(st.tuples(st.integers(0, 2**48), st.integers(0, 2**40)))
def test_a_successor_comes_next(pair: tuple[int, int]) -> None:
    """Nothing is between a stream id and its successor."""
    time, sequence = pair
    assert stream_order(successor(f"{time}-{sequence}")) == (time, sequence + 1)
