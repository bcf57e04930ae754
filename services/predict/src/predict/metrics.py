"""Every instrument of predict, as docs/telemetry.md declares them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from contract.stream.append import AppendReply, Batch
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from predict.errors import Reason

Callback = Callable[[CallbackOptions], Iterable[Observation]]
Labels = tuple[tuple[str, str], ...]

LATENCY_BUCKETS: Final = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0]
"""Seconds; 0.25 is the latency objective's limit."""

COMMIT_BUCKETS: Final = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0]
"""Seconds."""

PROBABILITY_BUCKETS: Final = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]

_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
_LOG_OUTCOMES: Final = ("appended", "spooled", "drained", "dropped", "unsampled", "repeated", "lost")


class Tally:
    """Counts by labels, told when asked: a counter of the SDK's costs each request fifty times as much."""

    def __init__(self) -> None:
        self._counts: dict[Labels, int] = {}

    def add(self, labels: Labels, count: int = 1) -> None:
        """Count something with these labels."""
        self._counts[labels] = self._counts.get(labels, 0) + count

    def observe(self, _: CallbackOptions) -> Iterable[Observation]:
        """Every count so far; called by whoever exports, in a thread of its own."""
        return [Observation(count, dict(labels)) for labels, count in list(self._counts.items())]


class Metrics:
    """Records what the service does; no label holds an id or anything that a client chose."""

    def __init__(self, meter: Meter, service_version: str, model: str, model_version: str) -> None:
        self._model = {"model": model, "model_version": model_version}
        self._outcomes = [(*self._model.items(), ("outcome", name)) for name in ("negative", "positive")]
        self._logged = {name: (("model", model), ("outcome", name)) for name in _LOG_OUTCOMES}
        self._spool_records: Callable[[], int] = lambda: 0
        self._requests = Tally()
        meter.create_observable_counter(
            "api.requests",
            [self._requests.observe],
            "{request}",
            "HTTP requests answered, refused and failed ones too",
        )
        self._latency = meter.create_histogram(
            "api.request.latency",
            "s",
            "time from receiving a request to its answer",
            explicit_bucket_boundaries_advisory=LATENCY_BUCKETS,
        )
        self._rejections = meter.create_counter(
            "predict.rejections", "{request}", "requests to predict that were refused, by reason"
        )
        self._predictions = Tally()
        meter.create_observable_counter(
            "predictions",
            [self._predictions.observe],
            "{prediction}",
            "predictions by what was predicted",
        )
        self._probability = meter.create_histogram(
            "prediction.probability.ratio",
            "1",
            "probabilities of the positive class, as answered",
            explicit_bucket_boundaries_advisory=PROBABILITY_BUCKETS,
        )
        self._records = Tally()
        meter.create_observable_counter(
            "feature.log.records",
            [self._records.observe],
            "{record}",
            "records of the feature log by what became of them",
        )
        self._commit = meter.create_histogram(
            "feature.log.commit",
            "s",
            "time of one group commit to Redis",
            explicit_bucket_boundaries_advisory=COMMIT_BUCKETS,
        )
        build = {"version": service_version, **self._model}
        meter.create_observable_gauge(
            "predict.build.info", [_always(1, build)], description="1; what this process runs"
        )
        meter.create_observable_gauge(
            "feature.log.spool.records",
            [self._observe_spool],
            "{record}",
            "records on this process's disk, waiting for Redis",
        )
        self._start_at_zero()

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one HTTP request; `route` is a template, and a method that HTTP doesn't know is `other`."""
        known = method if method in _METHODS else "other"
        labels = (("route", route), ("method", known), ("status", str(status)))
        self._requests.add(labels)
        self._latency.record(seconds, dict(labels))

    def refused(self, reason: Reason) -> None:
        """Count one request to predict that got no prediction."""
        self._rejections.add(1, {"reason": reason.value})

    def answered(self, positive: bool, probability: float) -> None:
        """Count one prediction that was answered."""
        self._predictions.add(self._outcomes[positive])
        self._probability.record(probability, self._model)

    def appended(self, batch: Batch, reply: AppendReply) -> None:
        """Count a batch's records that are known to be in the stream, and those that are not to be there."""
        self._settled("appended", batch, reply, len(batch.records))

    def drained(self, batch: Batch, reply: AppendReply) -> None:
        """Count records that came from the spool to the stream."""
        self._settled("drained", batch, reply, len(batch.records) - reply.skipped)

    def spooled(self, records: int) -> None:
        """Count records that went to the spool."""
        self._records.add(self._logged["spooled"], records)

    def kept_out(self, why: str, records: int) -> None:
        """Count records that are `dropped`, `unsampled` or `lost`."""
        self._records.add(self._logged[why], records)

    def watch_spool(self, records: Callable[[], int]) -> None:
        """Tell at each export how many records wait in the spool."""
        self._spool_records = records

    def committed(self, seconds: float) -> None:
        """Record the time of one round trip that committed records."""
        self._commit.record(seconds)

    def _settled(self, outcome: str, batch: Batch, reply: AppendReply, records: int) -> None:
        repeated = len(reply.repeats)
        unsampled = sum(not once.logged for place, once in batch.once.items() if place not in reply.repeats)
        self._records.add(self._logged[outcome], max(records - repeated - unsampled, 0))
        self._records.add(self._logged["repeated"], repeated)
        self._records.add(self._logged["unsampled"], unsampled)

    def _observe_spool(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self._spool_records())]

    def _start_at_zero(self) -> None:
        """Prometheus sees no increase from nothing, so each series begins before its first event."""
        for outcome in self._outcomes:
            self._predictions.add(outcome, 0)
        for labels in self._logged.values():
            self._records.add(labels, 0)
        for reason in Reason:
            self._rejections.add(0, {"reason": reason.value})
        for status in ("200", "422", "500"):
            self._requests.add((("route", "/predict"), ("method", "POST"), ("status", status)), 0)


def _always(value: int, labels: Mapping[str, str]) -> Callback:
    """A callback of an observable gauge whose value never changes."""

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, labels)]

    return observe
