"""The project's collector and Prometheus as native programs, on ports of their own."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from demo.machine.ports import HOST, free_port
from telemetry.providers import PAGE_TYPE
from tests.support.observability.prometheus_api import Prometheus
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.collector import Collector, StartCollector, on_path, reachable
from tests.support.waiting import wait_for

TRIES = 3


@pytest.fixture
def start_collector(tmp_path: Path) -> StartCollector:
    """Starts the project's collector; keyword arguments are its environment variables."""

    @contextmanager
    def start(name: str = "collector", **environment: str) -> Iterator[Collector]:
        for _ in range(TRIES):
            with _collector(tmp_path, name, environment) as collector:
                if collector is not None:
                    yield collector
                    return
        raise AssertionError(f"the collector ended {TRIES} times: {(tmp_path / f'{name}.log').read_text()}")

    return start


@contextmanager
def _collector(folder: Path, name: str, environment: dict[str, str]) -> Iterator[Collector | None]:
    """A collector; None where it ended at once, since a port was free when it was chosen and then no more."""
    otlp, http, metrics, own, health = (free_port() for _ in range(5))
    ports, log = folder / f"{name}.yaml", folder / f"{name}.log"
    ports.write_text(yaml.safe_dump(_on_ports(otlp, http, metrics, own, health)))
    configured = ROOT / "otel-collector"
    files = [configured / "config.yaml", configured / "config-extras.yaml", ports]
    command = [on_path("otelcol"), *(f"--config={file}" for file in files)]
    with log.open("w") as output:
        process = program.start(command, stderr=output, env={**os.environ, **environment})
    try:
        healthy = f"http://{HOST}:{health}"
        wait_for("the collector to be healthy", lambda: process.poll() is not None or reachable(healthy))
        yield None if process.poll() is not None else Collector(otlp, metrics, own, log)
    finally:
        process.terminate()
        process.wait(10)


def _on_ports(otlp: int, http: int, metrics: int, own: int, health: int) -> dict[str, object]:
    config = yaml.safe_load((ROOT / "otel-collector" / "config.yaml").read_text())
    reader = config["service"]["telemetry"]["metrics"]["readers"][0]
    reader["pull"]["exporter"]["prometheus"]["port"] = own
    return {
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": f"{HOST}:{otlp}"},
                    "http": {"endpoint": f"{HOST}:{http}"},
                }
            }
        },
        "exporters": {"prometheus": {"endpoint": f"{HOST}:{metrics}"}},
        "extensions": {"health_check": {"endpoint": f"{HOST}:{health}"}},
        "service": {"telemetry": {"metrics": {"readers": [reader]}}},
    }


class EmptyPage(BaseHTTPRequestHandler):
    """What predict answers at /metrics while it reports by OTLP."""

    def do_GET(self) -> None:
        """Answer 200 with nothing."""
        self.send_response(200)
        self.send_header("Content-Type", PAGE_TYPE)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def empty_page() -> Iterator[int]:
    """The port of a page that is empty, as predict's is under OTLP."""
    server = HTTPServer((HOST, 0), EmptyPage)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def start_prometheus(tmp_path: Path) -> Callable[[dict[str, int]], AbstractContextManager[Prometheus]]:
    """Starts Prometheus with the project's configuration and rules, faster, on the given port of each job."""

    @contextmanager
    def start(ports: dict[str, int]) -> Iterator[Prometheus]:
        port = free_port()
        command = [
            on_path("prometheus"),
            f"--config.file={_faster(tmp_path, {**ports, 'prometheus': port})}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address={HOST}:{port}",
            "--enable-feature=exemplar-storage",
        ]
        with (tmp_path / "prometheus.log").open("w") as output:
            process = program.start(command, stderr=output)
        try:
            wait_for("Prometheus to be ready", lambda: reachable(f"http://{HOST}:{port}/-/ready"))
            yield Prometheus(f"http://{HOST}:{port}")
        finally:
            process.terminate()
            process.wait(20)

    return start


def _faster(folder: Path, ports: dict[str, int]) -> Path:
    """The project's configuration with every second for every few, and each job's target on its port."""
    source = ROOT / "prometheus"
    config = yaml.safe_load((source / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"{HOST}:{ports[job['job_name']]}"]}]
    (folder / "rules").mkdir()
    for rules in sorted((source / "rules").glob("*.yml")):
        text = re.sub(r"^    interval: .*\n", "", rules.read_text(), flags=re.MULTILINE)
        (folder / "rules" / rules.name).write_text(text)
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    return path
