"""Processes that are given the same service.instance.id stay series of their own."""

import re
from functools import partial
from pathlib import Path

from redis import Redis

from bundle import open_bundle
from predict.request.openapi import request_example
from tests.support.http.load import send
from tests.support.processes.collector import Collector, StartCollector
from tests.support.processes.predict import is_ready, serving
from tests.support.processes.worker import starting
from tests.support.waiting import wait_for

SENT = 90


def outgoing(collector: Collector) -> dict[str, str]:
    """The variables of processes that all send to that collector, under one id."""
    return {
        "OTEL_RESOURCE_ATTRIBUTES": "service.instance.id=pod-1",
        "OTEL_TRACES_EXPORTER": "none",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
    }


def instances(collector: Collector, name: str) -> dict[str, float]:
    """The sum of a metric's series of each instance."""
    found: dict[str, float] = {}
    for labels, value in re.findall(rf"^{name}{{(.*?)}} (\S+)", collector.page(collector.metrics), re.M):
        instance = re.findall(r'instance="([^"]*)"', labels)[0]
        found[instance] = found.get(instance, 0) + float(value)
    return found


def test_the_workers_of_one_service_are_counted_all(
    redis_url: str, bundle_path: Path, tmp_path: Path, start_collector: StartCollector
) -> None:
    """PREDICT_WORKERS=3 with one id: the collector has three instances, and their sum is what was sent."""
    asked = request_example(open_bundle(bundle_path).schema)
    with (
        start_collector() as collector,
        serving(tmp_path, redis_url, PREDICT_WORKERS="3", **outgoing(collector)) as running,
    ):
        wait_for("predict to be ready", lambda: is_ready(running.url), timeout=120)
        wait_for("three instances", lambda: len(instances(collector, "predict_build_info")) == 3, timeout=120)
        assert send(running.url, asked, SENT, at_once=30).statuses == {200: SENT}
        wait_for("every prediction", lambda: sum(instances(collector, "predictions_total").values()) == SENT)
        names = instances(collector, "predict_build_info").keys()
        assert all(name.startswith("pod-1-") for name in names)


def test_sweep_and_worker_of_one_environment_do_not_collide(
    redis: Redis, redis_url: str, bundle_path: Path, tmp_path: Path, start_collector: StartCollector
) -> None:
    """The sweep's name stays the same after a restart; each worker has one of its own."""
    with start_collector() as collector, starting(redis_url, bundle_path, tmp_path) as start:
        for command in ("sweep", "run"):
            start(command, OTEL_SDK_DISABLED="false", **outgoing(collector))
        told = partial(instances, collector, "drift_worker_build_info")
        wait_for("two instances", lambda: len(told()) == 2, timeout=120)
        assert "pod-1-sweep" in told()
