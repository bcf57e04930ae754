"""Providers are what the settings say, and leave nothing global behind."""

import json
import os
import re
import socket

import pytest
from opentelemetry import metrics, trace
from opentelemetry.metrics import Observation
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from telemetry.providers import Telemetry, build_telemetry
from telemetry.settings import TelemetrySettings

PAGE = TelemetrySettings(otel_metrics_exporter="prometheus", otel_traces_exporter="none")
NOTHING = TelemetrySettings(otel_sdk_disabled="true")
TRACES = TelemetrySettings(otel_metrics_exporter="none")


def share_sampled(telemetry: Telemetry, parent: SpanContext | None = None) -> float:
    """The share of a thousand spans that are recorded."""
    context = set_span_in_context(NonRecordingSpan(parent)) if parent else None
    spans = [telemetry.tracer.start_span("x", context=context) for _ in range(1000)]
    return sum(span.is_recording() for span in spans) / 1000


def test_the_page_shows_what_was_recorded() -> None:
    """Embedded mode: Prometheus text, without a collector, without scope labels."""
    telemetry = build_telemetry(PAGE, "predict", "1.2.3")
    telemetry.meter.create_counter("apples", "{apple}", "apples eaten").add(2, {"kind": "red"})
    page = telemetry.page().decode()
    assert 'apples_total{kind="red"} 2.0' in page
    assert 'service_name="predict"' in page
    telemetry.shutdown()


def test_what_is_told_no_more_leaves_room_for_what_is_new() -> None:
    """A process that runs for months tells of many versions, a few at a time."""
    telemetry = build_telemetry(PAGE, "predict", "1")
    told = range(0)
    telemetry.meter.create_observable_counter(
        "apples", [lambda _: [Observation(number, {"number": number}) for number in told]]
    )
    for first in range(0, 3000, 500):
        told = range(first, first + 500)
        page = telemetry.page().decode()
        assert [f'apples_total{{number="{number}"}} {number}.0' in page for number in told] == [True] * 500
        assert "overflow" not in page
    telemetry.shutdown()


def test_two_processes_worth_of_telemetry_share_nothing() -> None:
    """No registry, provider or instrument is global."""
    first, second = (build_telemetry(PAGE, name, "1") for name in ("a", "b"))
    first.meter.create_counter("apples").add(1)
    assert b"apples" not in second.page()
    assert type(metrics.get_meter_provider()).__name__ == "_ProxyMeterProvider"
    assert type(trace.get_tracer_provider()).__name__ == "ProxyTracerProvider"
    first.shutdown()
    second.shutdown()


def test_disabled_telemetry_takes_everything_and_keeps_nothing() -> None:
    """OTEL_SDK_DISABLED: the same calls, no effect."""
    telemetry = build_telemetry(NOTHING, "predict", "1")
    telemetry.meter.create_counter("apples").add(1)
    with telemetry.tracer.start_as_current_span("x") as span:
        assert not span.is_recording()
    assert telemetry.page() == b""
    assert not telemetry.records
    telemetry.shutdown()


def test_the_user_names_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what the program says."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "mine")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=blue,deployment.environment=test")
    telemetry = build_telemetry(PAGE, "predict", "1", instance_id="red")
    telemetry.meter.create_counter("apples").add(1)
    page = telemetry.page().decode()
    for label in ('service_name="mine"', 'service_instance_id="blue-red"', 'deployment_environment="test"'):
        assert label in page
    telemetry.shutdown()


def test_processes_of_one_given_id_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """By host and number; a host that the id names already is not named twice."""
    number = str(os.getpid())
    for given in ("pod-1", f"pod-{socket.gethostname()}"):
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", f"service.instance.id={given}")
        telemetry = build_telemetry(PAGE, "predict", "1")
        telemetry.meter.create_counter("apples").add(1)
        named = re.findall(r'service_instance_id="(.*?)"', telemetry.page().decode())[0]
        assert named.startswith(f"{given}-")
        assert named.endswith(f"-{number}")
        assert named.count(socket.gethostname()) == 1
        telemetry.shutdown()


def test_several_exporters_each_get_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`prometheus,console`: the page, and lines of JSON on the standard output, of metrics and spans."""
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "prometheus, Console")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    telemetry = build_telemetry(TelemetrySettings(), "predict", "1", always_sample=True)
    telemetry.meter.create_counter("apples").add(2)
    telemetry.tracer.start_span("picking").end()
    assert "apples_total 2.0" in telemetry.page().decode()
    telemetry.shutdown()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    exports = [line for line in lines if "resource_metrics" in line]
    told = exports[-1]["resource_metrics"][0]["scope_metrics"][0]["metrics"]
    assert ("apples", 2) in {(each["name"], each["data"]["data_points"][0]["value"]) for each in told}
    assert [line["name"] for line in lines if "resource_metrics" not in line] == ["picking"]


def test_an_instance_may_have_a_fixed_id_and_no_namespace_is_made_up() -> None:
    """The collector makes `job` of namespace and name: users know it as plain `predict`."""
    telemetry = build_telemetry(PAGE, "drift-worker", "1", instance_id="sweep")
    telemetry.meter.create_counter("apples").add(1)
    page = telemetry.page().decode()
    assert 'service_instance_id="sweep"' in page
    assert "service_namespace" not in page
    telemetry.shutdown()


def test_people_know_a_process_by_its_id_and_host() -> None:
    """Its service.instance.id may be random; these two stand beside it in target_info."""
    telemetry = build_telemetry(PAGE, "predict", "1")
    telemetry.meter.create_counter("apples").add(1)
    page = telemetry.page().decode()
    assert f'process_pid="{os.getpid()}"' in page
    assert f'host_name="{socket.gethostname()}"' in page
    telemetry.shutdown()


def test_a_tenth_of_the_requests_is_traced() -> None:
    """The default ratio, for requests without a parent."""
    telemetry = build_telemetry(TRACES, "predict", "1")
    assert 0.05 < share_sampled(telemetry) < 0.16
    telemetry.shutdown(timeout=0.1)


def test_a_sampled_parent_is_followed() -> None:
    """A client that traces its request gets the whole trace."""
    telemetry = build_telemetry(TRACES, "predict", "1")
    for flags, share in ((TraceFlags.SAMPLED, 1.0), (TraceFlags.DEFAULT, 0.0)):
        parent = SpanContext(1, 1, is_remote=True, trace_flags=TraceFlags(flags))
        assert share_sampled(telemetry, parent) == share
    telemetry.shutdown(timeout=0.1)


def test_the_ratio_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a sampler named, or with the ratio alone."""
    for variables in (
        {"otel_traces_sampler_arg": 1.0},
        {"otel_traces_sampler": "always_on"},
        {"otel_traces_sampler": "traceidratio", "otel_traces_sampler_arg": 1.0},
    ):
        for name, value in variables.items():
            monkeypatch.setenv(name.upper(), str(value))
        telemetry = build_telemetry(TelemetrySettings(), "predict", "1")
        assert share_sampled(telemetry) == 1.0
        telemetry.shutdown(timeout=0.1)
        for name in variables:
            monkeypatch.delenv(name.upper())


def test_evaluations_are_always_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's spans are few, whatever is said about requests."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    telemetry = build_telemetry(TelemetrySettings(), "drift-worker", "1", always_sample=True)
    assert isinstance(telemetry.tracer_provider, TracerProvider)
    assert share_sampled(telemetry) == 1.0
    telemetry.shutdown(timeout=0.1)


def test_a_small_queue_has_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is never larger than the queue, whichever of the two is set."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "32")
    build_telemetry(TelemetrySettings(), "predict", "0.1.0").shutdown(timeout=0.1)
