"""The job that joins a model's labels: find → write labels.parquet → commit, window by window."""

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from redis import Redis

from contract.labels.keys import LabelKeys
from contract.labels.label import WaitingLabel
from contract.labels.progress import begin_progress, note_progress
from contract.labels.settle import Reason, commit_joined, commit_unmatched, waiting_labels
from contract.windows import milliseconds
from drift_worker.errors import UnreadableFileError
from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.labels.by_entity import ByEntity
from drift_worker.labels.by_id import ById
from drift_worker.labels.file import LabelFile, LabelRow
from drift_worker.labels.horizon import Horizons, Implied, waiting_times
from drift_worker.labels.reasons import SPOOL_PATIENCE, Reasons
from drift_worker.labels.unevaluated import Unevaluated, read_unevaluated
from drift_worker.labels.versions.copies import Copies
from drift_worker.labels.windows import EvaluatedWindows, WindowSpan, versions
from drift_worker.record.files import WindowFiles

AT_ONCE: Final = 100_000
"""Labels that are looked at together; each window is then read once for all of them."""

AGAIN: Final = 300
"""Seconds after which windows are looked at again whose labels.parquet was damaged."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class LabelJoiner:
    """Joins the labels that wait, as far as the windows of their predictions are evaluated."""

    redis: Redis
    files: WindowFiles
    horizons: Horizons
    keeper: LeaseKeeper
    patience: float
    """Seconds that a label waits for its prediction at least before it counts as unmatched."""

    after: Callable[[str], None] = lambda _: None
    """What follows a joining, with the model's name, while no other process joins its labels."""

    clock: Callable[[], float] = time.time
    _windows: EvaluatedWindows = field(init=False)

    def __post_init__(self) -> None:
        """Begin without knowing any window."""
        self._windows = EvaluatedWindows(self.redis)

    def join(self, model: str) -> None:
        """Join what can be joined, unless another worker is at it; raises RedisError and OSError."""
        with self.keeper.lease(LabelKeys(model).lease) as held:
            if held:
                with _alone(self.files.root, model) as alone:
                    if alone:
                        self._join(model)
                        self.after(model)

    def _join(self, model: str) -> None:
        progress = begin_progress(self.redis, model)
        waiting: list[WaitingLabel] = []
        for labels in waiting_labels(self.redis, model, AT_ONCE):
            progress.last = labels[-1].id
            waiting += [each for each in self._settle(model, labels) if each.label.entity]
        self._copy(model)
        progress.due = self._imply(model, waiting)
        note_progress(self.redis, model, progress)

    def _settle(self, model: str, labels: Sequence[WaitingLabel]) -> list[WaitingLabel]:
        """Join labels, or say why they belong to no prediction; gives those that have to wait."""
        by_id = ById([each for each in labels if each.label.prediction_id])
        of_entities = [each for each in labels if each.label.entity]
        self._write(model, by_id.search(self._windows.of(model), self.files))
        if not by_id.missing and not of_entities:
            return []
        # Before the windows: what leaves the streams meanwhile is in a window that is read after them.
        sought = [*by_id.missing, *of_entities]
        unevaluated = read_unevaluated(
            self.redis, model, self._windows, self.files, sought, horizons=self.horizons
        )
        windows = self._windows.of(model)
        self._write(model, by_id.search(windows, self.files))
        now_ms = self._now_ms()
        by_entity, early = self._find_early(of_entities, windows, unevaluated, now_ms)
        self._write(model, by_entity.search(windows, early).items())
        missing = [*by_id.missing, *by_entity.missing]
        reasons = Reasons(self.redis, model, unevaluated, by_id.gone, self.patience, now_ms)
        unmatched = {each.id: reason for each in missing if (reason := reasons.reason(each)) is not None}
        too_late: dict[str, Reason] = {each.id: "too_late" for each in by_entity.too_late}
        commit_unmatched(self.redis, model, unmatched | too_late)
        return [*early, *(each for each in missing if each.id not in unmatched)]

    def _find_early(
        self,
        labels: Sequence[WaitingLabel],
        windows: Sequence[WindowSpan],
        unevaluated: Unevaluated,
        now_ms: int,
    ) -> tuple[ByEntity, set[WaitingLabel]]:
        """Read what entities' labels may be about; gives those labels too that have to wait for more.

        None waits for a prediction that another version made too, and whose window there is evaluated.
        """
        by_entity = ByEntity(labels, self.horizons)
        if labels:
            unevaluated.leave_out(by_entity.read(windows, self.files))
        last = by_entity.last_made()
        return by_entity, {each for each, made_ms in last if _is_early(each, made_ms, unevaluated, now_ms)}

    def _copy(self, model: str) -> None:
        """Give windows that are new the labels which other versions' windows have of their predictions."""
        copies = Copies(self.redis, self.files)
        for window_id, rows in copies.rows(model, self._windows.of(model)):
            if self._write(model, [(window_id, rows)]):
                copies.looked_at(model, window_id)

    def _imply(self, model: str, waiting: Sequence[WaitingLabel]) -> int:
        """Write what follows from horizons that have passed; gives when to do so again, in seconds.

        Windows that a damaged file concerns stay due.
        """
        windows, now_ms = self._windows.of(model), round(self.clock() * 1000)
        implied = Implied(self.redis, self.files, self.horizons)
        due = implied.due(model, windows)
        passed = [window for due_ms, window in due if due_ms < now_ms]
        moments, left = waiting_times(waiting), len(passed)
        for window_id, rows in implied.rows(passed, windows, moments):
            if self._write(model, [(window_id, rows)]):
                self.redis.sadd(LabelKeys(model).implied, window_id)
                left -= 1
        again = [due_ms // 1000 + 1 for due_ms, _ in due[len(passed) :][:1]]
        again += [now_ms // 1000 + AGAIN] if left else []
        if again:
            return min(again)
        longest = max(
            (self.horizons.of(each).implies_after_ms for each in versions(self.redis, model)), default=0
        )
        return (now_ms + longest) // 1000 if longest else 0

    def _write(self, model: str, found: Iterable[tuple[str, Sequence[LabelRow]]]) -> bool:
        """Write the labels of each window, and only then take them out of the waiting ones.

        Copies go first: when a label waits no more, each version has it. Those of a window whose file is
        damaged go on waiting; then it gives False.
        """
        windows, all_were = [*found], True
        for copies in (True, False):
            for window_id, rows in windows:
                if some := [row for row in rows if row.copy == copies]:
                    all_were &= self._write_window(model, window_id, some)
        return all_were

    def _write_window(self, model: str, window_id: str, rows: Sequence[LabelRow]) -> bool:
        try:
            counts = LabelFile(self.files.folder(window_id)).add(rows)
        except UnreadableFileError as error:
            log.error("%s", error)  # noqa: TRY400 - the message says all that is known
            return False
        ids = [row.label_id for row in rows if row.label_id and not row.copy]
        commit_joined(self.redis, model, window_id, counts, ids)
        return True

    def _now_ms(self) -> int:
        """The time by the clock of Redis, by which labels came."""
        seconds, microseconds = self.redis.time()
        return seconds * 1000 + microseconds // 1000


def _is_early(waiting: WaitingLabel, evaluated_ms: int, unevaluated: Unevaluated, now_ms: int) -> bool:
    """Whether the entity may have a prediction that is not evaluated yet, before the label's time.

    One from before its last evaluated prediction, which was made at `evaluated_ms`, is none.
    """
    age = (now_ms - milliseconds(waiting.id)) / 1000
    may_be_spooled = unevaluated.spooled > 0 and age < SPOOL_PATIENCE
    return may_be_spooled or unevaluated.may_hold(waiting.label, evaluated_ms)


@contextmanager
def _alone(root: Path, model: str) -> Iterator[bool]:
    """Hold the model's lock on the disk; gives False where another process holds it.

    A lease runs out while a process is halted, and it would then overwrite what another one has written. The
    kernel keeps this lock for as long as its process lives.
    """
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / f".labels-{model}.lock", os.O_CREAT | os.O_RDWR, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
