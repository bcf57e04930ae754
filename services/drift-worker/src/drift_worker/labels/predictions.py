"""The predictions of a window as labels need them: which, when, and of whom."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drift_worker.record.files import ROWS, is_damage


class Predictions(NamedTuple):
    """Three columns of a window.parquet, as Arrow arrays."""

    ids: Any
    times_ms: Any
    entities: Any

    def where(self, mask: Any) -> "Predictions":
        """Those rows alone."""
        return Predictions(*(column.filter(mask) for column in self))


log = logging.getLogger(__name__)

NONE: Final = Predictions(pa.array([], pa.string()), pa.array([], pa.int64()), pa.array([], pa.string()))


def joined_predictions(several: Sequence[Predictions]) -> Predictions:
    """The predictions of several windows, in their order."""
    return Predictions(*(pa.concat_arrays(columns) for columns in zip(NONE, *several, strict=True)))


def read_predictions(folder: Path) -> Predictions | None:
    """The predictions of a window; None where its rows are gone, or damaged. Raises OSError.

    The first three columns are the same in every window, whatever its model version calls them.
    """
    try:
        with pq.ParquetFile(folder / ROWS) as file:
            names = file.schema_arrow.names[:3]
            table = file.read(columns=names).combine_chunks()
    except FileNotFoundError:
        return None
    except (pa.ArrowInvalid, OSError) as error:
        if not is_damage(error):
            raise
        log.error("%s is damaged: its predictions can't be labelled", folder / ROWS)  # noqa: TRY400 - that is all
        return None
    # A column without any value has no type of its own.
    kinds = (pa.string(), pa.timestamp("ms", "UTC"), pa.string())
    ids, times, entities = (
        pc.cast(table[name].combine_chunks(), kind) for name, kind in zip(names, kinds, strict=True)
    )
    return Predictions(ids, pc.cast(times, pa.int64()), entities)
