"""Every instrument of predict but for the feature log's own, as docs/telemetry.md declares them."""

import re
from collections.abc import Iterable, Sequence
from time import time
from typing import Final, Literal

from opentelemetry.metrics import Histogram, Meter

from contract.keys import Partition
from contract.schema import Feature, Features, Schema
from contract.stream.looked_up import LookedUp
from contract.task import Score
from predict.errors import Reason, RefusedError
from predict.outcomes import Outcomes
from predict.tally import Labels, Tally

LATENCY_BUCKETS: Final = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0]
"""Seconds; 0.25 is the latency objective's limit."""

RUN_BUCKETS: Final = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]
"""Seconds."""

PROBABILITY_BUCKETS: Final = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]

NO_FIELD: Final = ""
"""The field of a refusal that is about none; Prometheus takes an empty label for none."""

OTHER_FIELD: Final = "other"
"""The field of a refusal that is about the entity, or about a name that the schema does not have."""

_ROW: Final = re.compile(r"^rows\[\d+\](\.|$)")
"""What the name of a field of one row among many begins with."""

_STARTING: Final = {
    "/predict": ("200", "422", "500", "503"),
    "/predict/batch": ("200", "422", "500", "503"),
    "/labels": ("202", "422", "500", "503"),
}
"""Statuses that are counted from 0 on, by route; each model has these routes, the first one twice."""

ShadowOutcome = Literal["scored", "shed", "refused", "failed"]
"""What became of a row that a shadow was to score."""

SHADOW_OUTCOMES: Final[tuple[ShadowOutcome, ...]] = ("scored", "shed", "refused", "failed")

ShadowEnd = Literal["crashed", "hung"]
"""How a shadow's process has ended that nobody told to end."""

SHADOW_ENDS: Final[tuple[ShadowEnd, ...]] = ("crashed", "hung")

LookupOutcome = Literal["found", "stale", "missing", "unknown", "refused", "away", "wrong"]
"""What became of a row whose features were to be looked up; FEATURES_STALE says what becomes of `stale`."""

LOOKUP_OUTCOMES: Final[tuple[LookupOutcome, ...]] = (
    "found",
    "stale",
    "missing",
    "unknown",
    "refused",
    "away",
    "wrong",
)

LookupState = Literal["stale", "missing"]
"""What a value was that was used all the same; a null that the feature server has is not missing."""

LOOKUP_STATES: Final[tuple[LookupState, ...]] = ("stale", "missing")

LOOKUP_BUCKETS: Final = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0]
"""Seconds; 0.2 is FEATURES_TIMEOUT's default."""

_DAY: Final = 86_400.0
AGE_BUCKETS: Final = [
    60.0,
    600.0,
    3_600.0,
    _DAY / 4,
    *(days * _DAY for days in (1, 2, 7, 14, 35, 70, 140, 365)),
]
"""Seconds, from a minute to a year."""

_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)


class Metrics:
    """Makes the instruments of one service, once, and records what is about no single model."""

    def __init__(
        self, meter: Meter, service_version: str, value_bounds: Iterable[Sequence[float]] = ()
    ) -> None:
        """`value_bounds` are the upper bounds of each regression: one histogram has those of all."""
        self._service_version = service_version
        self._requests, self._predictions = Tally(), Tally()
        self._rejections, self._label_rejections = Tally(), Tally()
        self._build, self._served = Tally(), Tally()
        self._since, self._refused = Tally(), Tally()
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
        meter.create_observable_counter(
            "predict.rejections",
            [self._rejections.observe],
            "{request}",
            "requests to predict that were refused, by reason and field",
        )
        meter.create_observable_counter(
            "label.rejections",
            [self._label_rejections.observe],
            "{request}",
            "requests with labels that were refused, by reason",
        )
        meter.create_observable_counter(
            "predictions",
            [self._predictions.observe],
            "{prediction}",
            "predictions by what was predicted",
        )
        self._probabilities = meter.create_histogram(
            "prediction.probability.ratio",
            "1",
            "probabilities of the positive class, or of the predicted one of several, as answered",
            explicit_bucket_boundaries_advisory=PROBABILITY_BUCKETS,
        )
        bounds = sorted({bound for each in value_bounds for bound in each})
        self._values = meter.create_histogram(
            "prediction.value",
            "",
            "predicted values, as answered",
            explicit_bucket_boundaries_advisory=bounds,
        )
        meter.create_observable_gauge(
            "predict.build.info", [self._build.observe], description="1; what this process runs"
        )
        meter.create_observable_gauge(
            "predict.model.served",
            [self._served.observe],
            description="1 for each model that is served, 0 for each that can't be",
        )
        meter.create_observable_gauge(
            "predict.model.served.since.timestamp",
            [self._since.observe],
            "s",
            "when this process began to serve a model version, in seconds since the epoch",
        )
        meter.create_observable_gauge(
            "predict.model.refused",
            [self._refused.observe],
            description="1 while a model's source holds a bundle that is refused, and another one serves on",
        )
        self._shadows = ShadowInstruments(meter)
        self._lookups = LookupInstruments(meter)
        self._routes_start_at_zero("")

    def of(self, partition: Partition, schema: Schema, outcomes: Outcomes) -> "ModelMetrics":
        """What one model records, from zero on; it counts as served when `serves` says so."""
        numbers = self._probabilities if outcomes.values is None else self._values
        return ModelMetrics(
            partition,
            schema,
            outcomes,
            predictions=self._predictions,
            numbers=numbers,
            rejections=self._rejections,
            label_rejections=self._label_rejections,
        )

    def serves(self, partition: Partition) -> None:
        """Tell that this process serves the model version from now on."""
        self._build.set(self._built(partition), 1)
        self._since.set(tuple(partition.labels.items()), int(time()))
        self._model_is_there(partition.model, served=True)
        self.refused(partition.model, is_refused=False)

    def not_served(self, model: str) -> None:
        """Tell of a model that it can't be served."""
        self._model_is_there(model, served=False)

    def replaced(self, partition: Partition) -> None:
        """Tell no more of a model version that this process doesn't serve any more, but for what it counted.

        A version begins with about a hundred series at 0, which would be told for each that was ever served.
        """
        labels = tuple(partition.labels.items())
        self._build.drop(self._built(partition))
        self._since.drop(labels)
        lookups = (self._lookups.rows, self._lookups.values)
        for tally in (self._predictions, self._rejections, self._label_rejections, *lookups):
            tally.drop_zeros(labels)

    def refused(self, model: str, *, is_refused: bool) -> None:
        """Tell whether the source of a model that is served holds a bundle that is refused."""
        self._refused.set((("model", model),), int(is_refused))

    def of_shadow(self, partition: Partition) -> "ShadowMetrics":
        """What one shadow records, from zero on."""
        return ShadowMetrics(partition, self._shadows)

    def of_lookups(self, partition: Partition, schema: Schema) -> "LookupMetrics":
        """What one model version's look-ups record, from zero on."""
        return LookupMetrics(partition, schema, self._lookups)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one HTTP request; `route` is a template, and a method that HTTP doesn't know is `other`."""
        known = method if method in _METHODS else "other"
        labels = (("route", route), ("method", known), ("status", str(status)))
        self._requests.add(labels)
        self._latency.record(seconds, dict(labels))

    def _built(self, partition: Partition) -> Labels:
        return (("version", self._service_version), *partition.labels.items())

    def _model_is_there(self, model: str, *, served: bool) -> None:
        self._served.set((("model", model),), int(served))
        self._routes_start_at_zero(f"/models/{model}")

    def _routes_start_at_zero(self, prefix: str) -> None:
        for route, statuses in _STARTING.items():
            for status in statuses:
                self._requests.begin((("route", prefix + route), ("method", "POST"), ("status", status)))


class ModelMetrics:
    """Records what one model does; no label holds an id or anything that a client chose."""

    def __init__(
        self,
        partition: Partition,
        schema: Schema,
        outcomes: Outcomes,
        *,
        predictions: Tally,
        numbers: Histogram,
        rejections: Tally,
        label_rejections: Tally,
    ) -> None:
        """The instruments are the service's; `numbers` counts probabilities, or a regression's values."""
        self._model = partition.labels
        self._features = {feature.name: feature for feature in schema.features}
        self._outcomes = [(*self._model.items(), ("outcome", name)) for name in outcomes.names]
        self._told = outcomes.of
        self._predictions = predictions
        self._numbers = numbers
        self._rejections = rejections
        self._label_rejections = label_rejections
        self._start_at_zero()

    def refused(self, refusal: RefusedError) -> None:
        """Count one request to predict that got no prediction, under the field that was refused first."""
        self._rejections.add(self._rejected(refusal.reason, self._field_of(refusal)))

    def labels_refused(self, refusal: RefusedError) -> None:
        """Count one request whose labels were not taken."""
        self._label_rejections.add(self._labels_rejected(refusal.reason))

    def answered(self, score: Score) -> None:
        """Count one prediction that was answered."""
        outcome, number = self._told(score)
        self._predictions.add(self._outcomes[outcome])
        self._numbers.record(number, self._model)

    def _start_at_zero(self) -> None:
        """Prometheus sees no increase from nothing, so each series begins before its first event."""
        for outcome in self._outcomes:
            self._predictions.begin(outcome)
        for reason in Reason:
            self._rejections.begin(self._rejected(reason, NO_FIELD))
            self._label_rejections.begin(self._labels_rejected(reason))
        for feature in self._features.values():
            for reason in _usual_reasons(feature):
                self._rejections.begin(self._rejected(reason, feature.name))

    def _rejected(self, reason: Reason, field: str) -> Labels:
        return (*self._model.items(), ("reason", reason.value), ("field", field))

    def _labels_rejected(self, reason: Reason) -> Labels:
        return (*self._model.items(), ("reason", reason.value))

    def _field_of(self, refusal: RefusedError) -> str:
        if not refusal.errors:
            return NO_FIELD
        name = _ROW.sub("", refusal.errors[0].field).removeprefix("features.")
        if not name:
            return NO_FIELD
        return name if name in self._features else OTHER_FIELD


def _usual_reasons(feature: Feature) -> tuple[Reason, ...]:
    """Why a feature is usually refused; other reasons are rare, and a series each would be too many."""
    missing = () if feature.nullable else (Reason.NULL_VALUE,)
    return (Reason.MISSING_FIELD, Reason.WRONG_TYPE, *missing)


class ShadowInstruments:
    """The instruments of all shadows of one service."""

    def __init__(self, meter: Meter) -> None:
        self.rows, self.disagreements, self.difference = Tally(), Tally(), Tally()
        self.running, self.ends = Tally(), Tally()
        for name, tally, unit, about in (
            ("rows", self.rows, "{row}", "answered rows that shadows were to score, by what became of them"),
            ("disagreements", self.disagreements, "{row}", "scored rows with another class than the answer"),
            ("difference", self.difference, "{difference}", "absolute differences of the scores, added up"),
            ("ends", self.ends, "{end}", "processes of shadows that have ended, and not been told to"),
        ):
            meter.create_observable_counter(f"predict.shadow.{name}", [tally.observe], unit, about)
        meter.create_observable_gauge(
            "predict.shadow.running",
            [self.running.observe],
            description="1 for each shadow that scores rows, 0 for each that can't",
        )
        self.run = meter.create_histogram(
            "predict.shadow.run",
            "s",
            "time of one run of a shadow's model",
            explicit_bucket_boundaries_advisory=RUN_BUCKETS,
        )


class ShadowMetrics:
    """Records what one shadow does."""

    def __init__(self, partition: Partition, instruments: ShadowInstruments) -> None:
        self._of = instruments
        self._model = partition.labels
        self._labels = tuple(partition.labels.items())

    def running(self, *, now: bool) -> None:
        """Say whether it scores rows; from zero on, it counts what becomes of them."""
        self._of.running.set(self._labels, int(now))
        self._of.disagreements.begin(self._labels)
        self._of.difference.begin(self._labels)
        for outcome in SHADOW_OUTCOMES:
            self._of.rows.begin((*self._labels, ("outcome", outcome)))
        for how in SHADOW_ENDS:
            self._of.ends.begin((*self._labels, ("how", how)))

    def unusable(self) -> None:
        """Say that it can't score rows, and never will."""
        self._of.running.set(self._labels, 0)

    def gone(self) -> None:
        """Say no longer whether it scores rows: it is no shadow any more."""
        self._of.running.drop(self._labels)

    def count(self, outcome: ShadowOutcome, rows: int) -> None:
        """Count rows with this outcome."""
        self._of.rows.add((*self._labels, ("outcome", outcome)), rows)

    def ran(self, seconds: float) -> None:
        """Record the time of one run of the model."""
        self._of.run.record(seconds, self._model)

    def compared(self, disagreements: int, difference: float) -> None:
        """Count scored rows of another class than the answer, and by how much their scores differ."""
        self._of.disagreements.add(self._labels, disagreements)
        self._of.difference.add(self._labels, difference)

    def process_ended(self, how: ShadowEnd) -> None:
        """Count one process that was not told to end."""
        self._of.ends.add((*self._labels, ("how", how)))


class LookupInstruments:
    """The instruments of all look-ups of one service."""

    def __init__(self, meter: Meter) -> None:
        self.rows, self.values = Tally(), Tally()
        meter.create_observable_counter(
            "feature.lookups",
            [self.rows.observe],
            "{row}",
            "rows whose features were to be looked up, by what became of them",
        )
        meter.create_observable_counter(
            "feature.lookup.values",
            [self.values.observe],
            "{value}",
            "values that were used though they were stale, or taken for null since there were none",
        )
        self.call = meter.create_histogram(
            "feature.lookup.call",
            "s",
            "time of one call of the feature server, which has 1 to 32 entities",
            explicit_bucket_boundaries_advisory=LOOKUP_BUCKETS,
        )
        self.age = meter.create_histogram(
            "feature.lookup.age",
            "s",
            "age of the oldest value that was looked up for a row",
            explicit_bucket_boundaries_advisory=AGE_BUCKETS,
        )


class LookupMetrics:
    """Records the look-ups of one model version."""

    def __init__(self, partition: Partition, schema: Schema, instruments: LookupInstruments) -> None:
        self._of = instruments
        self._model = partition.labels
        self._labels = tuple(partition.labels.items())
        self._rows = {each: (*self._labels, ("outcome", each)) for each in LOOKUP_OUTCOMES}
        for labels in self._rows.values():
            instruments.rows.begin(labels)
        for name in schema.feature_names:
            for state in LOOKUP_STATES:
                instruments.values.begin(self._value(name, state))

    def called(self, seconds: float) -> None:
        """Record the time of one call of the feature server."""
        self._of.call.record(seconds, self._model)

    def looked_up(self, outcome: LookupOutcome) -> None:
        """Count one row."""
        self._of.rows.add(self._rows[outcome])

    def used(self, features: Features, looked_up: LookedUp) -> None:
        """Record how old what was looked up for a row is, and count the values that are stale or missing."""
        ages = [age for age in looked_up.ages.values() if age is not None]
        if ages:
            self._of.age.record(max(ages), self._model)
        for name in looked_up.stale:
            self._of.values.add(self._value(name, "stale"))
        for name, age in looked_up.ages.items():
            if age is None and features[name] is None:
                self._of.values.add(self._value(name, "missing"))

    def _value(self, feature: str, state: LookupState) -> Labels:
        return (*self._labels, ("feature", feature), ("state", state))
