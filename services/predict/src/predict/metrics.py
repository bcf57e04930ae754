"""Every instrument of predict but for the feature log's own, as docs/telemetry.md declares them."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from contract.keys import Partition
from contract.schema import Feature, Schema
from contract.task import Score
from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation

from predict.errors import Reason, RefusedError
from predict.outcomes import Outcomes

Callback = Callable[[CallbackOptions], Iterable[Observation]]
Labels = tuple[tuple[str, str], ...]

LATENCY_BUCKETS: Final = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0]
"""Seconds; 0.25 is the latency objective's limit."""

PROBABILITY_BUCKETS: Final = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]

NO_FIELD: Final = ""
"""The field of a refusal that is about none; Prometheus takes an empty label for none."""

OTHER_FIELD: Final = "other"
"""The field of a refusal that is about the entity, or about a name that the schema does not have."""

_ROW: Final = re.compile(r"^rows\[\d+\](\.|$)")
"""What the name of a field of one row among many begins with."""

_STARTING: Final = {
    "/predict": ("200", "422", "500"),
    "/predict/batch": ("200", "422", "500", "503"),
    "/labels": ("202", "422", "500", "503"),
}
"""Statuses that are counted from 0 on, by route."""

_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)


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

    def __init__(
        self, meter: Meter, service_version: str, partition: Partition, schema: Schema, outcomes: Outcomes
    ) -> None:
        self._model = partition.labels
        self._features = {feature.name: feature for feature in schema.features}
        self._outcomes = [(*self._model.items(), ("outcome", name)) for name in outcomes.names]
        self._told = outcomes.of
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
            "predict.rejections", "{request}", "requests to predict that were refused, by reason and field"
        )
        self._label_rejections = meter.create_counter(
            "label.rejections", "{request}", "requests with labels that were refused, by reason"
        )
        self._predictions = Tally()
        meter.create_observable_counter(
            "predictions",
            [self._predictions.observe],
            "{prediction}",
            "predictions by what was predicted",
        )
        self._answers = _histogram(meter, outcomes)
        build = {"version": service_version, **self._model}
        meter.create_observable_gauge(
            "predict.build.info", [_always(1, build)], description="1; what this process runs"
        )
        self._start_at_zero()

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one HTTP request; `route` is a template, and a method that HTTP doesn't know is `other`."""
        known = method if method in _METHODS else "other"
        labels = (("route", route), ("method", known), ("status", str(status)))
        self._requests.add(labels)
        self._latency.record(seconds, dict(labels))

    def refused(self, refusal: RefusedError) -> None:
        """Count one request to predict that got no prediction, under the field that was refused first."""
        self._reject(1, refusal.reason, self._field_of(refusal))

    def labels_refused(self, refusal: RefusedError) -> None:
        """Count one request whose labels were not taken."""
        self._reject_labels(refusal.reason, 1)

    def answered(self, score: Score) -> None:
        """Count one prediction that was answered."""
        outcome, number = self._told(score)
        self._predictions.add(self._outcomes[outcome])
        self._answers.record(number, self._model)

    def _start_at_zero(self) -> None:
        """Prometheus sees no increase from nothing, so each series begins before its first event."""
        for outcome in self._outcomes:
            self._predictions.add(outcome, 0)
        for reason in Reason:
            self._reject(0, reason, NO_FIELD)
            self._reject_labels(reason, 0)
        for feature in self._features.values():
            for reason in _usual_reasons(feature):
                self._reject(0, reason, feature.name)
        for route, statuses in _STARTING.items():
            for status in statuses:
                self._requests.add((("route", route), ("method", "POST"), ("status", status)), 0)

    def _reject(self, count: int, reason: Reason, field: str) -> None:
        self._rejections.add(count, {**self._model, "reason": reason.value, "field": field})

    def _reject_labels(self, reason: Reason, count: int) -> None:
        self._label_rejections.add(count, {**self._model, "reason": reason.value})

    def _field_of(self, refusal: RefusedError) -> str:
        if not refusal.errors:
            return NO_FIELD
        name = _ROW.sub("", refusal.errors[0].field).removeprefix("features.")
        if not name:
            return NO_FIELD
        return name if name in self._features else OTHER_FIELD


def _histogram(meter: Meter, outcomes: Outcomes) -> Histogram:
    if outcomes.values is not None:
        return meter.create_histogram(
            "prediction.value",
            "",
            "predicted values, as answered",
            explicit_bucket_boundaries_advisory=list(outcomes.values),
        )
    return meter.create_histogram(
        "prediction.probability.ratio",
        "1",
        "probabilities of the positive class, or of the predicted one of several, as answered",
        explicit_bucket_boundaries_advisory=PROBABILITY_BUCKETS,
    )


def _usual_reasons(feature: Feature) -> tuple[Reason, ...]:
    """Why a feature is usually refused; other reasons are rare, and a series each would be too many."""
    missing = () if feature.nullable else (Reason.NULL_VALUE,)
    return (Reason.MISSING_FIELD, Reason.WRONG_TYPE, *missing)


def _always(value: int, labels: Mapping[str, str]) -> Callback:
    """A callback of an observable gauge whose value never changes."""

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, labels)]

    return observe
