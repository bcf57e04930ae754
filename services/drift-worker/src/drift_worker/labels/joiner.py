"""The job that joins a model's labels: find → write labels.parquet → commit, window by window."""

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from contract.labels.keys import LabelKeys
from contract.labels.label import WaitingLabel
from contract.labels.settle import commit_joined, waiting_labels
from redis import Redis

from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.labels.by_id import ById
from drift_worker.labels.file import LabelFile, LabelRow
from drift_worker.labels.windows import EvaluatedWindows, WindowSpan, evaluated_count
from drift_worker.record.files import WindowFiles

AT_ONCE: Final = 100_000
"""Labels that are looked at together; each window is then read once for all of them."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class LabelJoiner:
    """Joins the labels that wait, as far as the windows of their predictions are evaluated."""

    redis: Redis
    files: WindowFiles
    keeper: LeaseKeeper
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

    def _join(self, model: str) -> None:
        evaluated = evaluated_count(self.redis, model)
        windows, last = self._windows.of(model), "0-0"
        for labels in waiting_labels(self.redis, model, AT_ONCE):
            last = labels[-1].id
            self._settle(model, windows, labels)
        self._note(model, last, evaluated)

    def _note(self, model: str, last: str, evaluated: int) -> None:
        """Note how far this job got, for the sweep."""
        items: list[str | int] = ["last", last, "evaluated", evaluated, "at", round(self.clock())]
        self.redis.hset(LabelKeys(model).examined, items=items)

    def _settle(self, model: str, windows: Sequence[WindowSpan], labels: Sequence[WaitingLabel]) -> None:
        by_id = ById([each for each in labels if each.label.prediction_id])
        for window_id, rows in by_id.search(windows, self.files):
            self._write(model, window_id, rows)

    def _write(self, model: str, window_id: str, rows: Sequence[LabelRow]) -> None:
        """Write the window's labels, and only then take them out of the waiting ones."""
        counts = LabelFile(self.files.folder(window_id)).add(rows)
        commit_joined(self.redis, model, window_id, counts, [row.label_id for row in rows if row.label_id])


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
