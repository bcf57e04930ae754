"""Labels of predictions: each finds exactly the prediction of its id, in each version that made it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from contract.keys import Partition
from contract.labels.label import WaitingLabel, prediction_ms
from drift_worker.labels.file import LabelRow, label_cell
from drift_worker.labels.predictions import Predictions, read_predictions
from drift_worker.labels.windows import WindowSpan
from drift_worker.record.files import WindowFiles


class ById:
    """Looks for predictions by their ids, in the windows that the ids' times lie in."""

    def __init__(self, labels: Sequence[WaitingLabel]) -> None:
        self._labels = defaultdict[str, list[WaitingLabel]](list)
        for each in labels:
            self._labels[each.label.prediction_id or ""].append(each)
        self._ids = sorted(self._labels, key=prediction_ms)
        self._times = [prediction_ms(each) for each in self._ids]
        self.found = set[str]()
        """The ids of predictions that were found."""

        self._seen = defaultdict[Partition, set[str]](set)

        self.gone = set[str]()
        """The ids of predictions that may have been in a window whose rows are gone."""

    @property
    def missing(self) -> list[WaitingLabel]:
        """The labels whose prediction was not found."""
        return [each for id_ in self._ids if id_ not in self.found for each in self._labels[id_]]

    def search(
        self, windows: Sequence[WindowSpan], files: WindowFiles
    ) -> Iterator[tuple[str, list[LabelRow]]]:
        """Look into the windows one by one; give the id of each that has some, with these.

        Where several versions made a prediction, its labels in the window that comes first are no copies.
        """
        for window in windows:
            seen = self._seen[window.partition]
            sought = self._sought(window, seen)
            if not sought:
                continue
            predictions = read_predictions(files.folder(window.id)) if window.status == "evaluated" else None
            if predictions is None:
                self.gone.update(sought if window.status != "failed" else ())
            elif rows := self._rows(sought, predictions):
                ids = {row.prediction_id for row in rows}
                seen |= ids
                self.found |= ids
                yield window.id, rows

    def _sought(self, window: WindowSpan, seen: Collection[str]) -> list[str]:
        within = slice(bisect_left(self._times, window.first_ms), bisect_right(self._times, window.last_ms))
        return [each for each in self._ids[within] if each not in seen]

    def _rows(self, sought: Sequence[str], predictions: Predictions) -> list[LabelRow]:
        hits = predictions.where(pc.is_in(predictions.ids, value_set=pa.array(sought, pa.string())))
        return [
            LabelRow(
                prediction_id,
                entity,
                label_cell(label.value),
                label.time_ms,
                label_id,
                copy=prediction_id in self.found,
            )
            for prediction_id, entity in zip(hits.ids.to_pylist(), hits.entities.to_pylist(), strict=True)
            for label_id, label in self._labels[prediction_id]
        ]
