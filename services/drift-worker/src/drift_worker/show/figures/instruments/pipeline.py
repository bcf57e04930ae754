"""The way of records: the log, windows that wait, queue and workers."""

from typing import Final

from opentelemetry.metrics import Observation

from drift_worker.show.figures.instruments.instrument import Instrument
from drift_worker.show.figures.observations import (
    jobs_by_state,
    memory_limit,
    per_version,
    records_by_state,
)

GAUGES: Final[tuple[Instrument, ...]] = (
    (
        "feature.log.stream.records",
        "{record}",
        "Records in the model version's stream",
        per_version(lambda version: version.stream_records),
    ),
    (
        "feature.log.ledger.records",
        "{record}",
        "The ledger: records by the state they are accounted for in",
        records_by_state,
    ),
    (
        "feature.log.ledger.imbalance.records",
        "{record}",
        "Records that the ledger's sums differ by; 0 is balanced",
        per_version(lambda version: version.ledger.imbalance),
    ),
    (
        "drift.window.open.rows",
        "{record}",
        "Records in the window that is being filled",
        per_version(lambda version: version.ledger.open),
    ),
    (
        "drift.window.open.end.timestamp",
        "s",
        "When the period of the open window ends; of a window without a period there is none",
        per_version(lambda version: version.open_until),
    ),
    (
        "drift.windows.pending",
        "{window}",
        "Closed windows without an evaluation",
        per_version(lambda version: version.pending),
    ),
    (
        "drift.window.pending.age",
        "s",
        "How long the oldest pending window has been closed",
        per_version(lambda version: version.oldest_pending_seconds),
    ),
    ("drift.queue.jobs", "{job}", "Jobs in the RQ queue of windows", jobs_by_state),
    (
        "drift.workers",
        "{worker}",
        "Workers whose heartbeat is fresh",
        lambda status: [Observation(status.workers)],
    ),
    (
        "redis.memory.used",
        "By",
        "What Redis holds in memory",
        lambda status: [Observation(status.memory.used)],
    ),
    ("redis.memory.max", "By", "What Redis may hold; without a limit there is none", memory_limit),
)
