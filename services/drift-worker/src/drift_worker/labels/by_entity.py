"""Labels of entities: each finds the entity's last prediction before the label's time, within the horizon."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contract.labels.label import WaitingLabel
from drift_worker.labels.file import LabelRow, label_cell
from drift_worker.labels.horizon import Horizons
from drift_worker.labels.predictions import Predictions, joined_predictions, read_predictions
from drift_worker.labels.unevaluated import NEVER
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

    def last_before(self, entity: int, time_ms: int) -> list[tuple[str, int, int]]:
        """Id, window and time of an entity's last prediction up to then, in each version that made it."""
        place = int(np.searchsorted(self.keys, (entity << _TIME_BITS) + time_ms, side="right")) - 1
        if place < 0 or int(self.keys[place]) >> _TIME_BITS != entity:
            return []
        key, id_ = self.keys[place], self.ids[place].as_py()
        made = int(key) & ((1 << _TIME_BITS) - 1)
        first = int(np.searchsorted(self.keys, key, side="left"))
        places = [each for each in range(first, place + 1) if self.ids[each].as_py() == id_]
        return [(id_, int(self.windows[each]), made) for each in places]


_NONE: Final = _Known(np.empty(0, np.int64), pa.array([], pa.string()), np.empty(0, np.int64))


class ByEntity:
    """Looks for the predictions of entities, in all windows that begin before the last label's time."""

    def __init__(self, labels: Sequence[WaitingLabel], horizons: Horizons) -> None:
        self._labels = labels
        self._horizons = horizons
        self._predictions = _NONE
        entities = pa.array((each.label.entity for each in labels), pa.string()).dictionary_encode()
        self._entities, self._numbers = entities.dictionary, entities.indices.to_numpy()
        self.too_late: list[WaitingLabel] = []
        """The labels whose entity's last prediction is older than the horizon."""

        self.missing: list[WaitingLabel] = []
        """The labels whose entity has no prediction before them."""

    def read(self, windows: Sequence[WindowSpan], files: WindowFiles) -> Any:
        """Read the predictions of the entities; gives their ids, as an Arrow array."""
        self._predictions = self._known(windows, files)
        return self._predictions.ids

    def last_made(self) -> Iterator[tuple[WaitingLabel, int]]:
        """When the last prediction of each label's entity was made, up to the label's time; NEVER of none."""
        times = np.array([each.label.time_ms for each in self._labels], np.int64)
        sought = (self._numbers.astype(np.int64) << _TIME_BITS) + times
        places = np.searchsorted(self._predictions.keys, sought, side="right") - 1
        keys = np.append(self._predictions.keys, -1)[places]
        of_entity = keys >> _TIME_BITS == self._numbers
        return zip(
            self._labels, np.where(of_entity, keys & ((1 << _TIME_BITS) - 1), NEVER).tolist(), strict=True
        )

    def search(
        self, windows: Sequence[WindowSpan], early: Collection[WaitingLabel]
    ) -> dict[str, list[LabelRow]]:
        """Look into what was read of these windows; give labels that found a prediction, by the window's id.

        Those that are `early` go on waiting. Where several versions made the prediction, the label in the
        window that comes first is no copy.
        """
        found = defaultdict[str, list[LabelRow]](list)
        for (label_id, label), entity in zip(self._labels, self._numbers, strict=True):
            waiting = WaitingLabel(label_id, label)
            if waiting in early:
                continue
            last = self._predictions.last_before(int(entity), label.time_ms)
            if not last:
                self.missing.append(waiting)
                continue
            within = [each for each in last if self._is_within(windows[each[1]], label.time_ms - each[2])]
            if not within:
                self.too_late.append(waiting)
            value = label_cell(label.value)
            for number, (prediction_id, place, _) in enumerate(within):
                row = LabelRow(prediction_id, label.entity, value, label.time_ms, label_id, copy=number > 0)
                found[windows[place].id].append(row)
        return found

    def _is_within(self, window: WindowSpan, age_ms: int) -> bool:
        horizon = self._horizons.of(window.partition).horizon_ms
        return horizon is None or age_ms <= horizon

    def _known(self, windows: Sequence[WindowSpan], files: WindowFiles) -> _Known:
        newest = max((each.label.time_ms for each in self._labels), default=-1)
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
