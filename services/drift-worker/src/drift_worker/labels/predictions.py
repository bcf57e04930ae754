"""The predictions of a window as labels need them: which, when, and of whom."""

from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drift_worker.record.files import ROWS


class Predictions(NamedTuple):
    """Three columns of a window.parquet, as Arrow arrays."""

    ids: Any
    times_ms: Any
    entities: Any

    def where(self, mask: Any) -> "Predictions":
        """Those rows alone."""
        return Predictions(*(column.filter(mask) for column in self))


def read_predictions(folder: Path) -> Predictions | None:
    """The predictions of a window; None where its rows are gone. Raises OSError, or ValueError if damaged.

    The first three columns are the same in every window, whatever its model version calls them.
    """
    try:
        with pq.ParquetFile(folder / ROWS) as file:
            names = file.schema_arrow.names[:3]
            table = file.read(columns=names).combine_chunks()
    except FileNotFoundError:
        return None
    ids, times, entities = (table[name].combine_chunks() for name in names)
    return Predictions(ids, pc.cast(pc.cast(times, pa.timestamp("ms", "UTC")), pa.int64()), entities)
