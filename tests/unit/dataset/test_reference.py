"""Reading the reference of a bundle."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dataset import DataError, read_reference, read_schema_yaml
from tests.support.data.tables import ROWS, SCHEMA, write_parquet

SCORES: dict[str, Any] = {**ROWS, "score": [0.0, 0.25, 1.0]}


def test_the_reference_has_its_scores(tmp_path: Path) -> None:
    """The frame is that of a data set, and the scores are float64."""
    frame = read_reference(write_parquet(tmp_path / "reference.parquet", SCORES), SCHEMA)

    assert list(frame.columns) == ["id", *SCHEMA.feature_names, "left", "score"]
    assert frame["score"].tolist() == [0.0, 0.25, 1.0]
    assert frame["score"].dtype == np.float64


def test_the_label_may_be_unknown(tmp_path: Path) -> None:
    """A bundle of an existing model may come without labels."""
    rows = {name: values for name, values in SCORES.items() if name != "left"}

    assert "left" not in read_reference(write_parquet(tmp_path / "reference.parquet", rows), SCHEMA)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"score": None}, "column 'score' is missing; a reference has the model's score of each row"),
        ({"age": None}, "column 'age' is missing; reference.parquet has id, fee"),
        ({"score": [0.1, 1.5, 0.2]}, "column 'score', row 2: '1.5' is no probability between 0 and 1"),
        ({"score": [0.1, None, 0.2]}, "column 'score', row 2: 'None' is no probability between 0 and 1"),
        ({"score": ["a", "b", "c"]}, "column 'score', row 1: 'a' is not a number"),
    ],
)
def test_a_reference_that_is_none_is_refused(
    tmp_path: Path, changed: dict[str, list[Any] | None], expected: str
) -> None:
    """The worker cannot compare with a reference that lacks columns or scores."""
    rows = {name: values for name, values in {**SCORES, **changed}.items() if values is not None}

    with pytest.raises(DataError) as caught:
        read_reference(write_parquet(tmp_path / "reference.parquet", rows), SCHEMA)

    assert expected in str(caught.value)


def test_the_example_reference_is_read(bundle_path: Path, months_path: Path) -> None:
    """The committed bundle's reference has a row per subscriber."""
    schema = read_schema_yaml(months_path / "schema.yaml")

    frame = read_reference(bundle_path / "reference.parquet", schema)

    assert len(frame) == 7043
    assert frame["plan_stream_tv"].isna().sum() == 1526
