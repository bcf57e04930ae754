"""The table of metrics in docs/telemetry.md is one that machines can hold everyone to."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry

from tests.support.observability.metric_table import (
    Metric,
    bucket_boundaries,
    declared,
    declared_series,
    label_values,
)

OURS = [metric for metric in declared().values() if metric.instrument]


@contextmanager
def meter_into(registry: CollectorRegistry) -> Iterator[Meter]:
    """A meter whose instruments appear in the registry as on a service's own page."""
    provider = MeterProvider([PrometheusMetricReader(scope_info_enabled=False, registry=registry)])
    try:
        yield provider.get_meter("driftline")
    finally:
        provider.shutdown()


def record_once(meter: Meter, metric: Metric) -> None:
    """Make the declared instrument and give it one value with every declared label."""
    labels = dict.fromkeys(metric.labels, "x")
    if metric.kind == "counter":
        meter.create_counter(metric.instrument, metric.unit).add(1, labels)
    elif metric.kind == "histogram":
        bounds = bucket_boundaries()[metric.name]
        histogram = meter.create_histogram(
            metric.instrument, metric.unit, explicit_bucket_boundaries_advisory=bounds
        )
        histogram.record(0.1, labels)
    else:
        meter.create_observable_gauge(metric.instrument, [lambda _: [Observation(1, labels)]], metric.unit)


@pytest.mark.parametrize("metric", OURS, ids=lambda metric: metric.name)
def test_instrument_gives_declared_name(metric: Metric) -> None:
    """OpenTelemetry's naming makes the declared Prometheus series of the declared instrument."""
    registry = CollectorRegistry()
    with meter_into(registry) as meter:
        record_once(meter, metric)
        samples = [sample for family in registry.collect() for sample in family.samples]
    given = {sample.name: set(sample.labels) for sample in samples if sample.name != "target_info"}
    assert given == {name: labels - {"job", "instance"} for name, labels in metric.series.items()}


@pytest.mark.parametrize("metric", OURS, ids=lambda metric: metric.name)
def test_declaration_is_complete(metric: Metric) -> None:
    """Each of the project's metrics says who publishes it and what it says, in a name of the usual form."""
    assert metric.by <= {"predict", "worker", "sweep"}
    assert metric.by
    assert metric.says
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert metric.kind in {"counter", "gauge", "histogram"}


def test_histograms_have_buckets() -> None:
    """Every histogram's boundaries are declared, ascend, and are only declared for histograms."""
    assert set(bucket_boundaries()) == {metric.name for metric in OURS if metric.kind == "histogram"}
    for bounds in bucket_boundaries().values():
        assert list(bounds) == sorted(set(bounds))


def test_values_belong_to_declared_labels() -> None:
    """A fixed set of values is given for labels that the metric has."""
    for series, label in label_values():
        assert label in declared_series()[series]


def test_no_label_could_hold_a_clients_input() -> None:
    """No label is named for an id, a path, an address or a person."""
    labels = {label for metric in OURS for label in metric.labels}
    assert not labels & {"prediction_id", "user_id", "path", "url", "client", "error", "message", "value"}
