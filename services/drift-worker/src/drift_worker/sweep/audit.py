"""The audit: the ledger against the stream itself, and Redis against the reports on disk."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Final, cast

from opentelemetry.metrics import CallbackOptions, Observation
from redis import Redis

from contract.keys import Partition
from contract.labels.keys import LabelKeys
from contract.labels.ledger import label_ledger
from contract.partition import ledger, open_window, partitions, pending_window, pending_windows
from contract.versions.use import read_use
from drift_worker.record.files import LABELS, published
from drift_worker.record.store import EvaluationStore

CHUNK: Final = 1_000
"""Entries that Redis counts at a time; it serves nobody else meanwhile."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Audit:
    """What does not add up in one partition; and what is worth knowing, though it adds up."""

    partition: Partition
    missing: int = 0
    """Records that a window was closed with, or holds, and the stream lacks."""

    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    retired: bool = False
    """Whether the version is retired, so that nothing of it is published."""


class Auditor:
    """Compares what is counted with what is there, also while records come in and windows are evaluated."""

    def __init__(self, redis: Redis, reports_dir: Path) -> None:
        self._redis = redis
        self._reports_dir = reports_dir
        self._count = redis.register_script(
            resources.files("drift_worker.sweep").joinpath("count.lua").read_text()
        )

    def audit_all(self) -> list[Audit]:
        """The audit of every partition, and of each model's labels with one; raises RedisError."""
        audits = [self.audit(partition) for partition in partitions(self._redis)]
        for newest in {each.partition.model: each for each in audits}.values():
            self._audit_labels(newest)
        return audits

    def audit(self, partition: Partition) -> Audit:
        """The audit of one partition; raises redis.exceptions.RedisError where Redis can't be used."""
        found = Audit(partition, retired=read_use(self._redis, partition).is_retired)
        account = ledger(self._redis, partition)
        found.differences += account.differences
        for what, missing in self._missing(partition):
            found.missing += missing
            found.differences.append(f"{what} lacks {missing} of its records in the stream")
        if account.lost:
            found.notes.append(
                f"{account.lost} records that had been confirmed, or spooled, are lost: "
                "Redis was put back to an older state, or a spool file was damaged"
            )
        if unknown := self._unknown(partition):
            found.notes.append(
                f"{len(unknown)} evaluations of REPORTS_DIR are not in Redis, the newest is {unknown[-1]}: "
                "Redis was put back to an older state, or replaced"
            )
        return found

    def _audit_labels(self, found: Audit) -> None:
        """Labels belong to a model: what is wrong with them is said of one of its versions."""
        model = found.partition.model
        found.differences += label_ledger(self._redis, model).differences
        counted = cast("list[bytes]", self._redis.hkeys(LabelKeys(model).windows))
        gone = [each.decode() for each in counted if not self._has_labels(each.decode())]
        if gone:
            found.notes.append(
                f"the labels of {len(gone)} windows are counted, but their {LABELS} is gone, "
                f"such as that of {gone[0]}"
            )

    def _has_labels(self, window_id: str) -> bool:
        return (self._reports_dir / window_id / LABELS).is_file()

    def _missing(self, partition: Partition) -> Iterator[tuple[str, int]]:
        for window in pending_windows(self._redis, partition):
            missing = window.rows - self._entries(partition, window.start, window.last)
            if missing > 0 and pending_window(self._redis, partition, window.id) is not None:
                yield f"window {window.id}", missing
        filling = open_window(self._redis, partition)
        missing = filling.rows - self._entries(partition, filling.start, filling.last)
        if missing > 0 and open_window(self._redis, partition).number == filling.number:
            yield "the open window", missing

    def _entries(self, partition: Partition, after: str, last: str) -> int:
        total = 0
        answer: tuple[int, bytes]
        while True:
            answer = self._count(keys=[partition.stream], args=[after, last, CHUNK])
            total += answer[0]
            if answer[0] < CHUNK:
                return total
            after = answer[1].decode()

    def _unknown(self, partition: Partition) -> list[str]:
        store = EvaluationStore(self._redis)
        return [
            window_id for window_id in published(self._reports_dir, partition) if not store.has(window_id)
        ]


class PeriodicAudit:
    """Audits every `interval` seconds, says what is new, and tells the metrics what was found last."""

    def __init__(
        self, auditor: Auditor, interval: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._auditor = auditor
        self._interval = interval
        self._clock = clock
        self._due = clock()
        self._said: set[str] = set()
        self._missing: dict[Partition, int] = {}

    def run_if_due(self) -> None:
        """Audit if it is time to; raises redis.exceptions.RedisError."""
        if self._clock() < self._due:
            return
        audits = self._auditor.audit_all()
        self._due = self._clock() + self._interval
        self._missing = {each.partition: each.missing for each in audits if not each.retired}
        found = {f"{each.partition}: {text}" for each in audits for text in [*each.differences, *each.notes]}
        for text in sorted(found - self._said):
            log.error("audit: %s", text)
        self._said = found

    def observe(self, _: CallbackOptions) -> list[Observation]:
        """How many records the stream of each version in use lacks, as of the last audit."""
        return [Observation(missing, partition.labels) for partition, missing in self._missing.items()]
