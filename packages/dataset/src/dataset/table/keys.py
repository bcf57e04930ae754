"""The entity keys of a table, by which tables are joined."""

from typing import Any

import numpy as np
import pandas as pd

from dataset.errors import DataError
from dataset.table.column import Column


def read_keys(column: Column, *, repeated: bool = False) -> "pd.Index[Any]":
    """Return the column as keys.

    Raises DataError at the first key that is missing, or repeated unless keys may be.
    """
    keys = pd.Index(column.texts().to_pandas(), dtype=object)
    column.refuse_missing(np.asarray(keys.isna() | (keys == "")), "every row needs its entity key")
    twice = keys.duplicated()
    if twice.any() and not repeated:
        row = int(twice.argmax())
        before = int(np.argmax(keys == keys[row]))
        raise DataError(
            f"{column.where}, row {row + 1}: {keys[row]!r} is in row {before + 1} already; "
            "every entity has one row"
        )
    return keys


def aligned(part: pd.DataFrame, frame: pd.DataFrame, names: tuple[str, str], entity: str) -> pd.DataFrame:
    """Return the rows of `part` in the order of `frame`; both are indexed by entity key.

    `names` are the files of `part` and of `frame`. Raises DataError at the first key that only one of them
    has.
    """
    if part.index.equals(frame.index):
        return part
    for ours, theirs, (our_name, their_name) in (
        (part.index, frame.index, names),
        (frame.index, part.index, names[::-1]),
    ):
        alone = ~ours.isin(theirs)
        if alone.any():
            row = int(alone.argmax())
            raise DataError(
                f"{our_name}: column {entity!r}, row {row + 1}: {ours[row]!r} is not in {their_name}; "
                "the tables of a data set have the same entity keys"
            )
    return part.reindex(frame.index)
