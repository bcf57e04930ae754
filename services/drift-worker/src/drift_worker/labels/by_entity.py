"""Labels of entities: each finds the entity's last prediction before the label's time, within the horizon."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from contract.labels.label import WaitingLabel
from numpy.typing import NDArray

from drift_worker.labels.file import LabelRow, label_cell
from drift_worker.labels.horizon import Horizons
from drift_worker.labels.predictions import Predictions, joined_predictions, read_predictions
from drift_worker.labels.windows import WindowSpan
from drift_worker.record.files import WindowFiles

AT_ONCE: Final = 100
"""Windows whose entities are looked up together."""

_TIME_BITS: Final = 43
"""Bits of a time in milliseconds; above them a key holds the number of the entity."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The predictions of all entities that labels are about, ordered by entity and time."""

    keys: NDArray[np.int64]
    ids: Any
    windows: NDArray[np.int64]

    def last_before(self, entity: int, time_ms: int) -> tuple[str, int, int] | None:
        """Id, window and time of an entity's last prediction up to that time; None where there is none."""
        place = int(np.searchsorted(self.keys, (entity << _TIME_BITS) + time_ms, side="right")) - 1
        if place < 0 or int(self.keys[place]) >> _TIME_BITS != entity:
            return None
        made = int(self.keys[place]) & ((1 << _TIME_BITS) - 1)
        return self.ids[place].as_py(), int(self.windows[place]), made


class ByEntity:
    """Looks for the predictions of entities, in all windows that begin before the last label's time."""

    def __init__(self, labels: Sequence[WaitingLabel], horizons: Horizons) -> None:
        self._labels = labels
        self._horizons = horizons
        entities = pa.array((each.label.entity for each in labels), pa.string()).dictionary_encode()
        self._entities, self._numbers = entities.dictionary, entities.indices.to_numpy()
        self.too_late: list[WaitingLabel] = []
        """The labels whose entity's last prediction is older than the horizon."""

        self.missing: list[WaitingLabel] = []
        """The labels whose entity has no prediction before them."""

    def search(self, windows: Sequence[WindowSpan], files: WindowFiles) -> dict[str, list[LabelRow]]:
        """Look into the windows; give the labels that found their prediction, by the window's id."""
        found = defaultdict[str, list[LabelRow]](list)
        if not self._labels:
            return found
        known = self._known(windows, files)
        for (label_id, label), entity in zip(self._labels, self._numbers, strict=True):
            last = known.last_before(int(entity), label.time_ms)
            if last is None:
                self.missing.append(WaitingLabel(label_id, label))
                continue
            prediction_id, place, made = last
            horizon = self._horizons.of(windows[place].partition).horizon_ms
            if horizon is not None and label.time_ms - made > horizon:
                self.too_late.append(WaitingLabel(label_id, label))
                continue
            value = label_cell(label.value)
            row = LabelRow(prediction_id, label.entity, value, label.time_ms, label_id)
            found[windows[place].id].append(row)
        return found

    def _known(self, windows: Sequence[WindowSpan], files: WindowFiles) -> _Known:
        newest = max(each.label.time_ms for each in self._labels)
        sought = [place for place, window in enumerate(windows) if window.first_ms <= newest]
        keys, ids, places = [np.empty(0, np.int64)], [pa.array([], pa.string())], [np.empty(0, np.int64)]
        for first in range(0, len(sought), AT_ONCE):
            predictions, of_window = _read(windows, sought[first : first + AT_ONCE], files)
            number = pc.index_in(predictions.entities, value_set=self._entities)
            of_labels = pc.is_valid(number)
            hits = predictions.where(of_labels)
            keys.append(
                (number.filter(of_labels).to_numpy().astype(np.int64) << _TIME_BITS)
                + hits.times_ms.to_numpy()
            )
            ids.append(hits.ids)
            places.append(of_window[of_labels.to_numpy(zero_copy_only=False)])
        key, of_windows = np.concatenate(keys), np.concatenate(places)
        order = np.argsort(key, kind="stable")
        return _Known(key[order], pa.concat_arrays(ids).take(pa.array(order)), of_windows[order])


def _read(
    windows: Sequence[WindowSpan], sought: Sequence[int], files: WindowFiles
) -> tuple[Predictions, NDArray[np.int64]]:
    """The predictions of several windows, and the place of each one's window."""
    found = {
        place: predictions
        for place in sought
        if windows[place].status == "evaluated"
        and (predictions := read_predictions(files.folder(windows[place].id))) is not None
    }
    rows = [len(each.ids) for each in found.values()]
    return joined_predictions([*found.values()]), np.repeat(np.array([*found], np.int64), rows)
