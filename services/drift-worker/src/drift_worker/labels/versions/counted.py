"""Which window counts the implied label of a prediction that several versions made."""

from collections.abc import Collection
from typing import Any

import pyarrow.compute as pc

from contract.keys import Partition


class Counted:
    """The implied labels that the ledger counts, each in one window; of one version, in its own."""

    def __init__(self, versions: Collection[Partition]) -> None:
        """`versions` are those whose windows are looked at."""
        self._several = len(versions) > 1
        self._windows: dict[str, str] = {}
        """The ids of windows, by those of predictions."""

    def add(self, table: Any, window_id: str) -> None:
        """Take what a window's labels.parquet counts already."""
        if not self._several or "copy" not in table.column_names:  # files of before have none
            return
        counts = pc.and_(pc.equal(table["state"], "implied"), pc.invert(table["copy"]))
        for prediction_id in table["prediction_id"].filter(counts).to_pylist():
            self._windows.setdefault(prediction_id, window_id)

    def is_copy(self, prediction_id: str, window_id: str) -> bool:
        """Whether another window counts the label; if none does, this one is to from now on."""
        return self._several and self._windows.setdefault(prediction_id, window_id) != window_id
