"""From an instrument through the collector and Prometheus to a panel, with the real programs."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import pytest

from telemetry.providers import Telemetry, build_telemetry
from telemetry.settings import TelemetrySettings
from tests.support.observability.dashboards import (
    NEEDS_FIGURES,
    OF_THE_MOMENT,
    annotation_queries,
    panel_queries,
    variable_queries,
)
from tests.support.observability.feed import Feed
from tests.support.observability.metric_table import declared
from tests.support.observability.prometheus_api import Prometheus, Sample, series_of
from tests.support.processes.collector import Collector, StartCollector
from tests.support.waiting import wait_for

TICKS = 20
"""Events of each kind between two questions: objectives are told of from 100 requests on."""

OURS = [metric for metric in declared().values() if metric.instrument]


@contextmanager
def reporting_to(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, name: str, instance: str
) -> Iterator[Telemetry]:
    """A service's own telemetry, sent by OTLP to that collector."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
    settings = TelemetrySettings(otel_exporter_otlp_protocol="grpc", otel_metric_export_interval=500)
    telemetry = build_telemetry(settings, name, "0.1.0", instance_id=instance, always_sample=True)
    try:
        yield telemetry
    finally:
        telemetry.shutdown()


def test_the_collector_gives_the_declared_names_and_labels(
    start_collector: StartCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every declared instrument leaves the collector under its declared name, labels, job and instance."""
    with start_collector() as collector:
        with reporting_to(collector, monkeypatch, "predict", "process-1") as telemetry:
            Feed(telemetry.meter, OURS).tick()
        page = wait_for("the metrics", lambda: collector.page(collector.metrics))
    expected = {name: set(labels) for metric in OURS for name, labels in metric.series.items()}
    given = series_of(page)
    del given["target_info"]
    assert given == expected
    assert 'api_requests_total{instance="process-1",job="predict"' in page


def test_every_query_of_the_dashboards_returns_data(
    start_collector: StartCollector,
    start_prometheus: Callable[[dict[str, int]], AbstractContextManager[Prometheus]],
    empty_page: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With telemetry of every declared kind, each panel and variable has something to show.

    But for what happens at moments; of annotations it is enough that Prometheus takes them.
    """
    left_out = {*OF_THE_MOMENT, NEEDS_FIGURES}  # the feed has one figure, which decides
    asked = [each for each in panel_queries() if each.title not in left_out and "5.." not in each.expr]
    queries = [*asked, *variable_queries()]
    with start_collector() as collector:
        ports = {
            "services": collector.metrics,
            "otel-collector": collector.own_metrics,
            "predict": empty_page,
        }
        with (
            start_prometheus(ports) as prometheus,
            reporting_to(collector, monkeypatch, "predict", "process-1") as telemetry,
        ):
            feed = Feed(telemetry.meter, OURS)

            def answer(expr: str) -> list[Sample]:
                for _ in range(TICKS):
                    feed.tick()
                telemetry.tracer.start_span("request").end()
                return prometheus.query(expr)

            for query in queries:
                wait_for(f"data of {query}: {query.expr}", partial(answer, query.expr), interval=0.5)
            for query in (*annotation_queries(), *panel_queries()):
                prometheus.query(query.expr)
            assert prometheus.value('up{job="predict"}') == 1
            assert prometheus.value('scrape_samples_scraped{job="predict"}') == 0


def test_the_collector_tells_of_itself_as_declared(
    start_collector: StartCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names that rules and dashboards use of the collector's own metrics are those of this collector."""
    with start_collector(TRACES_EXPORTER="otlp_grpc", TRACES_ENDPOINT="127.0.0.1:1") as collector:
        with reporting_to(collector, monkeypatch, "predict", "process-1") as telemetry:
            Feed(telemetry.meter, OURS).tick()
            telemetry.tracer.start_span("request").end()
        given = series_of(collector.page(collector.own_metrics))
    expected = {
        metric.name: set(metric.labels)
        for metric in declared().values()
        if metric.name.startswith("otelcol_receiver")
    }
    assert expected
    assert {name: given.get(name) for name in expected} == expected


def test_traces_go_to_a_backend_where_one_is_set(
    start_collector: StartCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With TRACES_EXPORTER and TRACES_ENDPOINT a span reaches the backend; here, another collector."""
    with start_collector("backend") as backend:
        endpoint = f"127.0.0.1:{backend.otlp}"
        with start_collector("front", TRACES_EXPORTER="otlp_grpc", TRACES_ENDPOINT=endpoint) as front:
            with reporting_to(front, monkeypatch, "predict", "process-1") as telemetry:
                telemetry.tracer.start_span("request").end()
            arrived = r"^otelcol_receiver_accepted_spans_total\{.*\} 1$"
            wait_for(
                "the span to arrive",
                lambda: re.search(arrived, backend.page(backend.own_metrics), flags=re.MULTILINE),
            )


def test_without_a_backend_traces_are_dropped_quietly(
    start_collector: StartCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a backend the collector takes spans, keeps none, and has nothing to complain about."""
    with start_collector() as collector:
        with reporting_to(collector, monkeypatch, "predict", "process-1") as telemetry:
            telemetry.tracer.start_span("request").end()
        page = collector.page(collector.own_metrics)
        assert re.search(r"^otelcol_receiver_accepted_spans_total\{.*\} 1$", page, flags=re.MULTILINE)
        assert "otelcol_exporter_send_failed_spans" not in page
        levels = set(re.findall(r'"level":"(\w+)"', collector.log.read_text()))
        assert levels == {"info"}
