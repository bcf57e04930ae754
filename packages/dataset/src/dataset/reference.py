"""The reader of a bundle's reference."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

import pandas as pd
from contract.schema import Schema

from dataset.errors import DataError
from dataset.reader import read_dataset
from dataset.tables import find_tables

SCORE: Final = "score"
"""The column of the model's scores: the probability of the positive class."""


def read_reference(path: Path, schema: Schema, partial: Collection[str] = ()) -> pd.DataFrame:
    """Return the frame of a bundle's reference.parquet, as read_dataset does, with `score` as float64.

    The label is included if it was known. Columns that are `partial` hold no value where a row is no longer
    part of their reference. Raises DataError where a column is missing or has the wrong type, or where a
    score is not a probability.
    """
    frame = read_dataset(path, schema, nulls="allowed", label="optional", repeated=True).frame
    table = find_tables(path)[0]
    if SCORE not in table.columns:
        raise DataError(f"{path}: column {SCORE!r} is missing; a reference has the model's score of each row")
    column = table.column(table.read([SCORE]), SCORE)
    scores = column.numbers()
    wrong = ~scores.between(0.0, 1.0) & (scores.notna() | (SCORE not in partial))
    column.refuse(wrong.to_numpy(), "is no probability between 0 and 1")
    return frame.assign(**{SCORE: scores.to_numpy()})
