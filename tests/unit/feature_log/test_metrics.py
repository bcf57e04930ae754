"""The figures of several logs of one process: each under its own model version."""

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from contract.keys import Partition
from feature_log.metrics import LogInstruments
from tests.support.records import PARTITION

OTHER = Partition("shop", "ba9876543210")


def counts(reader: InMemoryMetricReader, name: str, **labels: str) -> dict[str, Any]:
    """The values of an instrument by model."""
    data = reader.get_metrics_data()
    assert data is not None
    (metric,) = [
        metric
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == name
    ]
    points: list[Any] = list(metric.data.data_points)
    return {
        point.attributes["model"]: point.value
        for point in points
        if labels.items() <= point.attributes.items()
    }


def test_logs_share_their_instruments_and_no_series() -> None:
    """What one counts is nobody else's, and each begins at zero."""
    reader = InMemoryMetricReader()
    instruments = LogInstruments(MeterProvider([reader], shutdown_on_exit=False).get_meter("test"))
    first, second = instruments.of(PARTITION), instruments.of(OTHER)
    first.count("spooled", 3)
    second.watch_spool(lambda: 5)
    assert instruments.of(PARTITION) is first
    assert counts(reader, "feature.log.records", outcome="spooled") == {PARTITION.model: 3, "shop": 0}
    assert counts(reader, "feature.log.spool.records") == {PARTITION.model: 0, "shop": 5}


def test_what_a_log_drains_for_another_is_the_others() -> None:
    """Where no log of this process is the other's, it is its own: a new series would show no increase."""
    instruments = LogInstruments(MeterProvider().get_meter("test"))
    first, second = instruments.of(PARTITION), instruments.of(OTHER)
    assert first.about(OTHER) is second
    assert first.about(PARTITION) is first
    assert first.about(Partition("gone", "0123456789ab")) is first
