"""Rows that a model has seen are known by their content."""

import pandas as pd
import pytest

from contract.schema import Feature, Schema
from drift_worker.evaluate.in_sample.rows import in_sample, places_in

SCHEMA = Schema(
    entity="id",
    features=[
        Feature(name="fee", kind="numerical", nullable=True),
        Feature(name="kind", kind="categorical", categories=["a", "b"]),
    ],
)


def rows(*content: tuple[str, float | None, str]) -> pd.DataFrame:
    """Rows of these values, with only the categories that occur."""
    frame = pd.DataFrame(content, columns=["id", "fee", "kind"])
    return frame.astype({"fee": "float64", "kind": "category"})


KEPT = rows(("x", 0.0, "a"), ("y", None, "b"), ("x", 0.0, "a"), ("z", 3.0, "a"))


def test_rows_are_found_in_any_order() -> None:
    """Missing values are alike, and so are 0 and -0; what differs in one value is another row."""
    other = rows(("z", 3.0, "a"), ("y", None, "b"), ("z", 3.0, "b"), ("z", 3.5, "a"), ("x", -0.0, "a"))
    assert places_in(KEPT, other, SCHEMA).tolist() == [3, 1, -1, -1, 0]


def test_equal_rows_have_places_of_their_own() -> None:
    """As long as there are so many; more of them have the last one's."""
    same = rows(*[("x", 0.0, "a")] * 3)
    assert places_in(KEPT, same, SCHEMA).tolist() == [0, 2, 2]


def test_the_number_of_a_row_is_no_content_of_it() -> None:
    """Tables without an entity are read with rows numbered in their order."""
    numbered = SCHEMA.model_copy(update={"ids": "none"})
    same = KEPT.iloc[::-1].reset_index(drop=True).assign(id=["1", "2", "3", "4"])
    assert places_in(KEPT, same, numbered).tolist() == [3, 0, 1, 2]
    assert places_in(KEPT, same.iloc[:3], numbered).tolist() == [3, -1, 1]
    assert places_in(KEPT, same.iloc[1:], numbered).tolist() == [-1, -1, -1]


def test_of_no_row_there_is_no_place() -> None:
    """Nor a fault."""
    assert places_in(KEPT, KEPT.iloc[:0], SCHEMA).tolist() == []


@pytest.mark.parametrize(("seen", "told"), [(0, False), (1, False), (2, True), (100, True)])
def test_one_of_a_hundred_may_have_been_seen(seen: int, told: bool) -> None:
    """It moves no figure."""
    caveat = in_sample("reference", seen, 100)
    assert (caveat is not None) is told
    assert caveat is None or f"on {seen} of these 100 rows" in caveat
