"""What follows from a horizon that has passed: an entity without a label is negative."""

import logging
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.compute as pc
from redis import Redis

from contract.keys import Partition
from contract.labels.keys import LabelKeys
from contract.labels.label import WaitingLabel
from contract.task import class_text
from drift_worker.errors import UnknownBundleError, UnreadableFileError
from drift_worker.labels.file import LabelFile, LabelRow
from drift_worker.labels.predictions import Predictions, read_predictions
from drift_worker.labels.versions.counted import Counted
from drift_worker.labels.windows import WindowSpan
from drift_worker.record.bundles import BundleCache
from drift_worker.record.files import WindowFiles

AT_ONCE: Final = 100
"""Windows whose horizon has passed that share one reading of the labels of later windows."""

EntityTimes = Mapping[str, Sequence[int]]
"""When labels of an entity became true, in ascending order."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Horizon:
    """What a model version's schema says of labels."""

    horizon_ms: int | None
    negative: str | None
    """The class that a prediction without a label has when the horizon has passed; None where it has none."""

    @property
    def implies_after_ms(self) -> int:
        """How long after a prediction something follows from its having no label; 0 where nothing does."""
        return 0 if self.negative is None else self.horizon_ms or 0


class Horizons:
    """Reads each version's schema once; a version whose bundle is missing has no horizon."""

    def __init__(self, bundles: BundleCache) -> None:
        self._bundles = bundles
        self._known: dict[Partition, Horizon] = {}

    def of(self, partition: Partition) -> Horizon:
        """The horizon of a model version."""
        if partition not in self._known:
            try:
                self._known[partition] = self._read(partition)
            except UnknownBundleError:
                return Horizon(None, None)
        return self._known[partition]

    def _read(self, partition: Partition) -> Horizon:
        bundle = self._bundles.bundle(partition)
        label = bundle.schema.label
        if label is None:
            return Horizon(None, None)
        implies = label.negative_at_horizon and bundle.metadata.task == "binary"
        return Horizon(label.horizon_ms, class_text(bundle.metadata.classes[0]) if implies else None)


@dataclass(frozen=True, slots=True)
class _Labelled:
    """What the labels of several windows say."""

    times: EntityTimes
    counted: Counted
    damaged: list[WindowSpan]
    """The windows whose labels can't be read."""


@dataclass(frozen=True, slots=True)
class Implied:
    """Finds the predictions that are negative since their entity has no label within the horizon."""

    redis: Redis
    files: WindowFiles
    horizons: Horizons

    def due(self, model: str, windows: Sequence[WindowSpan]) -> list[tuple[int, WindowSpan]]:
        """When the horizon of each window passes, soonest first, of those that are to be looked at."""
        known = cast("set[bytes]", self.redis.smembers(LabelKeys(model).implied))
        return sorted(
            (
                (window.last_ms + self.horizons.of(window.partition).implies_after_ms, window)
                for window in windows
                if window.status == "evaluated"
                and self.horizons.of(window.partition).negative is not None
                and window.id.encode() not in known
            ),
            key=lambda each: (each[0], each[1].id),
        )

    def rows(
        self, passed: Sequence[WindowSpan], windows: Sequence[WindowSpan], waiting: EntityTimes
    ) -> Iterator[tuple[str, list[LabelRow]]]:
        """The implied labels of windows whose horizon has passed; `waiting` labels are yet to be joined.

        Windows are left out whose predictions may have labels in a damaged file.
        """
        for first in range(0, len(passed), AT_ONCE):
            part = passed[first : first + AT_ONCE]
            predictions = {each.id: read_predictions(self.files.folder(each.id)) for each in part}
            until = max(each.last_ms + self.horizons.of(each.partition).implies_after_ms for each in part)
            since = min(each.first_ms for each in part)
            later = [each for each in windows if since <= each.last_ms and each.first_ms <= until]
            entities = _entities(each for each in predictions.values() if each is not None)
            labelled = self._labelled(later, entities, waiting)
            for window in part:
                of_window = predictions[window.id]
                if not any(self._may_label(each, window) for each in labelled.damaged):
                    yield window.id, [] if of_window is None else self._rows(window, of_window, labelled)

    def _may_label(self, other: WindowSpan, window: WindowSpan) -> bool:
        """Whether the labels of one window may be about entities of another, within the horizon."""
        until = window.last_ms + self.horizons.of(window.partition).implies_after_ms
        return window.first_ms <= other.last_ms and other.first_ms <= until

    def _rows(self, window: WindowSpan, predictions: Predictions, labelled: _Labelled) -> list[LabelRow]:
        horizon = self.horizons.of(window.partition)
        length, negative = horizon.implies_after_ms, horizon.negative or ""
        columns = (column.to_pylist() for column in predictions)
        return [
            LabelRow(
                prediction_id,
                entity,
                negative,
                made + length,
                "",
                "implied",
                copy=labelled.counted.is_copy(prediction_id, window.id),
            )
            for prediction_id, made, entity in zip(*columns, strict=True)
            if entity is None or not _has_between(labelled.times.get(entity, ()), made, made + length)
        ]

    def _labelled(self, windows: Sequence[WindowSpan], entities: Any, waiting: EntityTimes) -> _Labelled:
        found = defaultdict[str, list[int]](list)
        counted, damaged = Counted({each.partition for each in windows}), []
        for window in windows:
            try:
                table = LabelFile(self.files.folder(window.id)).table()
            except UnreadableFileError as error:
                log.error("%s", error)  # noqa: TRY400 - the message says all that is known
                damaged.append(window)
                continue
            if table is None:
                continue
            counted.add(table, window.id)
            sent = pc.and_(pc.is_in(table["entity"], value_set=entities), pc.not_equal(table["label_id"], ""))
            table = table.filter(sent)
            times = pc.cast(table["time"], pa.int64()).to_pylist()
            for entity, time_ms in zip(table["entity"].to_pylist(), times, strict=True):
                found[entity].append(time_ms)
        for entity, moments in waiting.items():
            found[entity].extend(moments)
        times = {entity: sorted(moments) for entity, moments in found.items()}
        return _Labelled(times, counted, damaged)


def _entities(predictions: Iterator[Predictions]) -> Any:
    chunks = [each.entities for each in predictions]
    return pc.unique(pa.chunked_array(chunks, pa.string())) if chunks else pa.array([], pa.string())


def _has_between(moments: Sequence[int], after: int, until: int) -> bool:
    place = bisect_right(moments, after - 1)
    return place < len(moments) and moments[place] <= until


def waiting_times(labels: Sequence[WaitingLabel]) -> EntityTimes:
    """When labels that wait became true, by entity."""
    found = defaultdict[str, list[int]](list)
    for _, label in labels:
        if label.entity is not None:
            found[label.entity].append(label.time_ms)
    return found
