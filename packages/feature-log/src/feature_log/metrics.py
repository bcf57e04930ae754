"""Every instrument of the feature log, as docs/telemetry.md declares them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation

from contract.keys import Partition
from contract.stream.append import AppendReply, Batch

COMMIT_BUCKETS: Final = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0]
"""Seconds."""

Outcome = Literal["appended", "spooled", "drained", "dropped", "unsampled", "repeated", "lost"]
"""What became of a record."""

OUTCOMES: Final[tuple[Outcome, ...]] = (
    "appended",
    "spooled",
    "drained",
    "dropped",
    "unsampled",
    "repeated",
    "lost",
)


class LogInstruments:
    """The instruments of every feature log of a process, on a meter that the service gives: made once.

    A meter keeps the first instrument of a name only, so logs of several models share these.
    """

    def __init__(self, meter: Meter) -> None:
        self._logs: dict[Partition, LogMetrics] = {}
        meter.create_observable_counter(
            "feature.log.records",
            [self._observe_counts],
            "{record}",
            "records of the feature log by what became of them",
        )
        self._commit = meter.create_histogram(
            "feature.log.commit",
            "s",
            "time of one group commit to Redis",
            explicit_bucket_boundaries_advisory=COMMIT_BUCKETS,
        )
        meter.create_observable_gauge(
            "feature.log.spool.records",
            [self._observe_spool],
            "{record}",
            "records on this process's disk, waiting for Redis",
        )

    def of(self, partition: Partition) -> "LogMetrics":
        """What one log records, labelled with its model version; the same each time."""
        if partition not in self._logs:
            self._logs[partition] = LogMetrics(partition, self._commit, self._logs)
        return self._logs[partition]

    def _observe_counts(self, _: CallbackOptions) -> Iterable[Observation]:
        """Give every count so far; the exporter calls this in a thread of its own."""
        return [
            Observation(count, {**log.labels, "outcome": outcome})
            for log in list(self._logs.values())
            for outcome, count in list(log.counts.items())
        ]

    def _observe_spool(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(log.spool_records(), log.labels) for log in list(self._logs.values())]


class LogMetrics:
    """Counts what became of one log's records, and measures its commits."""

    def __init__(
        self, partition: Partition, commit: Histogram, logs: Mapping[Partition, "LogMetrics"]
    ) -> None:
        """`logs` are all of the process, this one among them."""
        self.labels: Final = partition.labels
        self._spool: Callable[[], int] = _none
        self._left: list[Callable[[], int]] = []
        # Prometheus sees no increase from nothing, so each series begins before its first event.
        self.counts: Final[dict[Outcome, int]] = dict.fromkeys(OUTCOMES, 0)
        self._commit = commit
        self._logs = logs

    def about(self, partition: Partition) -> "LogMetrics":
        """What counts the records of another partition, which this log has drained.

        Where no log of the process writes there, this one counts them: a series that begins with its first
        event shows no increase.
        """
        return self._logs.get(partition, self)

    def count(self, outcome: Outcome, records: int) -> None:
        """Count records with this outcome."""
        self.counts[outcome] += records

    def appended(self, batch: Batch, reply: AppendReply) -> None:
        """Count the records of a batch that came to the stream directly."""
        self._settled("appended", batch, reply, len(batch.records))

    def drained(self, batch: Batch, reply: AppendReply) -> None:
        """Count the records of a batch that came from the spool to the stream."""
        self._settled("drained", batch, reply, len(batch.records) - reply.already_taken)

    def committed(self, seconds: float) -> None:
        """Record the time of one round trip that committed records."""
        self._commit.record(seconds, self.labels)

    def watch_spool(self, records: Callable[[], int]) -> None:
        """Tell at each export how many records wait in the spool of the log that writes now."""
        self._spool = records

    def leave_spool(self, records: Callable[[], int], left: Callable[[], int]) -> None:
        """Tell how many are `left` in the spool of a log that has ended, until they are drained."""
        if self._spool is records:
            self._spool = _none
        self._left = [*(each for each in self._left if each()), left]

    def spool_records(self) -> int:
        """How many records wait on the disk; the exporter asks in a thread of its own."""
        return self._spool() + sum(each() for each in self._left)

    def _settled(self, outcome: Outcome, batch: Batch, reply: AppendReply, records: int) -> None:
        repeated = len(reply.repeats)
        unsampled = sum(not once.logged for place, once in batch.once.items() if place not in reply.repeats)
        self.counts[outcome] += max(records - repeated - unsampled, 0)
        self.counts["repeated"] += repeated
        self.counts["unsampled"] += unsampled


def _none() -> int:
    return 0
