"""Predictions in a stream or a failed window, which may be evaluated yet: labels of them have to wait."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc
from redis import Redis

from contract.keys import Partition
from contract.labels.label import Label, WaitingLabel
from contract.partition import ledger, open_window, pending_windows
from contract.stream.read import READ_BATCH
from contract.windows import stream_order, successor
from drift_worker.errors import UnknownWindowError, UnreadableFileError
from drift_worker.labels.horizon import Horizons
from drift_worker.labels.windows import EvaluatedWindows, WindowSpan, versions
from drift_worker.record.files import WindowFiles

Fields = dict[bytes, bytes]

NEVER: Final = -1
"""A time before every prediction."""


class _Span(NamedTuple):
    """When a prediction was made, and the last time of a label that is about it, in milliseconds."""

    made_ms: int
    until_ms: float
    """Infinite without a horizon."""


@dataclass(slots=True)
class Unevaluated:
    """The predictions that wait for their evaluation, as far as labels are about them."""

    ids: set[str] = field(default_factory=set)
    of_entities: dict[str, dict[str, _Span]] = field(default_factory=dict)
    """When each of them was made, and until when labels are about it, by its id, by entity."""

    spooled: int = 0
    """Records that are in no stream yet."""

    dropped: int = 0
    """Records that never will be in a stream, since they were dropped or lost."""

    unsampled: int = 0
    """Records that were left out of the log by LOG_SAMPLE_RATE."""

    def not_logged(self, label: Label) -> bool:
        """Whether a label's prediction may have been left out of the log; of an id its service said so."""
        return self.dropped > 0 or (label.prediction_id is None and self.unsampled > 0)

    def add(
        self,
        entries: Iterator[Fields],
        ids: Collection[str | None],
        of: Collection[str | None],
        horizon_ms: int | None,
    ) -> None:
        """Take the predictions that have one of the ids, or are of one of the entities."""
        for fields in entries:
            prediction_id = fields.get(b"prediction_id", b"").decode(errors="replace")
            entity = fields.get(b"entity", b"").decode(errors="replace")
            if prediction_id in ids:
                self.ids.add(prediction_id)
            if entity in of and (made := fields.get(b"timestamp", b"")).isdigit():
                span = _Span(int(made), math.inf if horizon_ms is None else int(made) + horizon_ms)
                known = self.of_entities.setdefault(entity, {})
                known[prediction_id] = max(span, known.get(prediction_id, span))  # of the longest horizon

    def may_hold(self, label: Label, evaluated_ms: int = NEVER) -> bool:
        """Whether the prediction of a label is among them.

        Of an entity it is one from before the label, within the horizon, and not from before the last one
        that is evaluated, which was made at `evaluated_ms`.
        """
        if label.prediction_id is not None:
            return label.prediction_id in self.ids
        return any(
            evaluated_ms <= each.made_ms <= label.time_ms <= each.until_ms for each in self._of_entity(label)
        )

    def is_too_late(self, label: Label) -> bool:
        """Whether the label's entity has predictions among them, and its horizon is over for all of them."""
        before = label.prediction_id is None and any(
            each.made_ms <= label.time_ms for each in self._of_entity(label)
        )
        return before and not self.may_hold(label)

    def _of_entity(self, label: Label) -> Collection[_Span]:
        return self.of_entities.get(label.entity or "", {}).values()

    def leave_out(self, evaluated: Any) -> None:
        """Leave predictions of entities out that are in an evaluated window: another version made them too.

        `evaluated` are the ids of those, as an Arrow array.
        """
        ids = pa.array((id_ for each in self.of_entities.values() for id_ in each), pa.string())
        known = set(ids.filter(pc.is_in(ids, value_set=evaluated)).to_pylist())
        self.of_entities = {
            entity: {id_: span for id_, span in each.items() if id_ not in known}
            for entity, each in self.of_entities.items()
        }


def read_unevaluated(
    redis: Redis,
    model: str,
    windows: EvaluatedWindows,
    files: WindowFiles,
    labels: Sequence[WaitingLabel],
    *,
    horizons: Horizons,
) -> Unevaluated:
    """Look for the predictions that labels are about; raises redis.exceptions.RedisError.

    The streams first: a window that fails meanwhile is read in one place or in both.
    """
    prediction_ids = {each.label.prediction_id for each in labels}
    entities = {each.label.entity for each in labels}
    found = Unevaluated()
    for partition in versions(redis, model):
        account = ledger(redis, partition)
        found.spooled += account.spooled
        found.unsampled += account.unsampled
        found.dropped += account.dropped + account.lost
        horizon_ms = horizons.of(partition).horizon_ms
        found.add(_entries(redis, partition), prediction_ids, entities, horizon_ms)
    for window in windows.of(model):
        if window.status == "failed":
            horizon_ms = horizons.of(window.partition).horizon_ms
            found.add(_saved_entries(window, files), prediction_ids, entities, horizon_ms)
    return found


def _entries(redis: Redis, partition: Partition) -> Iterator[Fields]:
    """What follows the last evaluated window; evaluated ones behind a pending one are read as well."""
    starts = [open_window(redis, partition).start]
    starts += [window.start for window in pending_windows(redis, partition)]
    after = min(starts, key=stream_order)
    while batch := redis.xrange(partition.stream, min=successor(after), count=READ_BATCH):
        entries = cast("list[tuple[bytes, Fields]]", batch)
        yield from (fields for _, fields in entries)
        after = entries[-1][0].decode()


def _saved_entries(window: WindowSpan, files: WindowFiles) -> Iterator[Fields]:
    """The entries of a window that failed, which `drift-worker retry` may evaluate yet."""
    try:
        _, entries = files.entries(window.id)
    except (UnknownWindowError, UnreadableFileError):
        return  # it can't be evaluated any more
    yield from (dict(zip(fields[::2], fields[1::2], strict=True)) for _, fields in entries)
