"""Telemetry of every declared kind, made from the table of metrics alone."""

import itertools
import time
from collections.abc import Iterable, Mapping

from opentelemetry.metrics import Histogram, Meter, Observation

from tests.support.observability.metric_table import Metric, bucket_boundaries, label_values

Labels = dict[str, str]

TYPICAL: Mapping[str, str] = {
    "route": "/predict",
    "method": "POST",
    "status": "200",
    "model": "churn",
    "model_version": "3f2a9c1b7d20",
    "feature": "monthly_fee",
    "drift_method": "wasserstein",
    "metric": "auc",
    "stretch": "short",
}
"""Values of labels whose set is not fixed."""

GAUGES: Mapping[str, float] = {"model_version_retired": 0.0}
"""Values of gauges that are one thing or another; what is retired is on no panel."""


class Feed:
    """Gives every metric a value for each of its labels' values; `tick` moves counters and histograms."""

    def __init__(self, meter: Meter, metrics: Iterable[Metric]) -> None:
        self._counters = []
        self._histograms: list[tuple[Histogram, list[Labels]]] = []
        for metric in metrics:
            labels = label_sets(metric)
            if metric.kind == "counter":
                self._counters.append((meter.create_counter(metric.instrument, metric.unit), labels))
            elif metric.kind == "histogram":
                bounds = bucket_boundaries()[metric.name]
                histogram = meter.create_histogram(
                    metric.instrument, metric.unit, explicit_bucket_boundaries_advisory=bounds
                )
                self._histograms.append((histogram, labels))
            else:
                _gauge(meter, metric, labels)

    def tick(self) -> None:
        """One more event of each kind."""
        for counter, label_list in self._counters:
            for labels in label_list:
                counter.add(1, labels)
        for histogram, label_list in self._histograms:
            for labels in label_list:
                histogram.record(0.2, labels)


def label_sets(metric: Metric) -> list[Labels]:
    """Every combination of the values that the metric's labels may have."""
    series = next(iter(metric.series))
    names = sorted(metric.labels)
    values = [sorted(label_values().get((series, name), {TYPICAL.get(name, "x")})) for name in names]
    return [dict(zip(names, combination, strict=True)) for combination in itertools.product(*values)]


def _gauge(meter: Meter, metric: Metric, labels: list[Labels]) -> None:
    def observe(_: object) -> list[Observation]:
        value = time.time() if metric.name.endswith("_timestamp_seconds") else GAUGES.get(metric.name, 0.5)
        return [Observation(value, each) for each in labels]

    meter.create_observable_gauge(metric.instrument, [observe], metric.unit)
