"""The entity keys of a table, by which tables are joined."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dataset.errors import DataError
from dataset.table.column import Column


def read_keys(column: Column, *, repeated: bool = False) -> "pd.Index[Any]":
    """Return the column as keys.

    Raises DataError at the first key that is missing, or repeated unless keys may be.
    """
    texts = column.texts()
    missing = pc.or_kleene(pc.is_null(texts), pc.equal(texts, ""))
    column.refuse_missing(missing.to_numpy(zero_copy_only=False), "every row needs its entity key")
    if not repeated:
        refuse_repeated(column, texts)
    return pd.Index(texts.to_numpy(zero_copy_only=False), dtype=object)


def refuse_repeated(column: Column, texts: Any) -> None:
    """Raise DataError at the first key that was in a row before."""
    different = pc.count_distinct(texts).as_py()
    if different == len(texts):
        return
    codes = pd.Series(texts.dictionary_encode().indices.to_numpy())
    row = int(codes.duplicated().argmax())
    before = int((codes == codes[row]).argmax())
    raise DataError(
        f"{column.where}, {column.place(row)}: {texts[row].as_py()!r} is in {column.place(before)} already; "
        f"{len(texts) - different:,} of {len(texts):,} rows repeat an id; every entity has one row, unless "
        "schema.yaml says `ids: repeat` (training schema --rows-repeat)"
    )


def numbered(rows: int) -> "pd.Index[Any]":
    """Return keys for rows that have none: their numbers from 1 on, as text."""
    return pd.Index(pa.array(np.arange(1, rows + 1)).cast(pa.string()).to_pandas(), dtype=object)


def places_of(
    own: "pd.Index[Any]", wanted: "pd.Index[Any]", names: tuple[str, str], entity: str
) -> NDArray[np.intp]:
    """Return the place of each wanted key among a table's own.

    `names` are the files of the own keys and of the wanted ones. Raises DataError at the first key that only
    one of them has.
    """
    if own.equals(wanted):
        return np.arange(len(own))
    for ours, theirs, (our_name, their_name) in ((own, wanted, names), (wanted, own, names[::-1])):
        alone = ~ours.isin(theirs)
        if alone.any():
            row = int(alone.argmax())
            raise DataError(
                f"{our_name}: column {entity!r}, row {row + 1}: {ours[row]!r} is not in {their_name}; "
                "the tables of a data set have the same entity keys"
            )
    return own.get_indexer(wanted)
