"""A predict process for tests, and what can be read of it."""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.forked import Forked
from tests.support.waiting import wait_for

EMBEDDED = {"OTEL_METRICS_EXPORTER": "prometheus", "OTEL_TRACES_EXPORTER": "none"}
"""Telemetry without a collector: the service's own page."""


@dataclass(frozen=True)
class Running:
    """A service that runs, its address and its log."""

    process: subprocess.Popen[bytes] | Forked
    url: str
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """The log's lines so far, each of which has to be JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def samples(self) -> dict[str, float]:
        """Every sample of the metrics page, keyed by `name{label="value",…}` with sorted labels."""
        return samples_of(self.url)

    def rejections(self, **labels: str) -> dict[str, float]:
        """How many requests with these labels were refused, by reason; reasons without any are left out."""
        found = defaultdict[str, float](float)
        for sample in all_samples_of(self.url):
            if sample.name == "predict_rejections_total" and labels.items() <= sample.labels.items():
                found[sample.labels["reason"]] += sample.value
        return {reason: count for reason, count in found.items() if count}

    def value(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have at least these labels."""
        return value_of(self.url, name, **labels)


def samples_of(url: str) -> dict[str, float]:
    """Every sample of the metrics page of the service at this address, keyed as Running.samples has it."""
    return {_key(sample): sample.value for sample in all_samples_of(url)}


def value_of(url: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples, on the page of the service at this address, that have these labels."""
    found = [s for s in all_samples_of(url) if s.name == name and labels.items() <= s.labels.items()]
    assert found, f"{url} has no {name} with {labels}"
    return sum(sample.value for sample in found)


def all_samples_of(url: str) -> list[Sample]:
    """Every sample of the metrics page of the service at this address."""
    families = text_string_to_metric_families(httpx.get(f"{url}/metrics").text)
    return [sample for family in families for sample in family.samples]


def _key(sample: Sample) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
    return f"{sample.name}{{{labels}}}"


def environment(**variables: str) -> dict[str, str]:
    """The test's own variables, and none of telemetry's that happen to be set."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return {**inherited, "BUNDLE": str(ROOT / "bundles" / "churn"), **variables}


def command() -> list[str]:
    """The command that serves."""
    return [sys.executable, "-m", "predict"]


@contextmanager
def serving(
    folder: Path, redis_url: str, *, through: Sequence[str] = (), **variables: str
) -> Iterator[Running]:
    """A service on a free port, for as long as the context lasts; it answers, and may not be ready.

    `through` is a command that runs it.
    """
    log = folder / "predict.log"
    own = {"REDIS_URL": redis_url, "PREDICT_PORT": "0", "SPOOL_DIR": str(folder / "spool")}
    own["REGISTRY_CACHE"] = str(folder / "registry")
    variables = {**own, **variables}
    log.unlink(missing_ok=True)
    process = _started(through, environment(**variables), log)
    try:
        url = wait_for("predict to say where it serves", lambda: _address(process, log), timeout=60) or ""
        wait_for("predict to answer", lambda: is_healthy(url), timeout=60)
        yield Running(process, url, log)
    finally:
        process.terminate()
        process.wait(20)


def _started(
    through: Sequence[str], variables: dict[str, str], log: Path
) -> subprocess.Popen[bytes] | Forked:
    """Start it; forked where nothing else starts it, and where it starts no other processes."""
    if not through and "PREDICT_WORKERS" not in variables:
        return Forked([], variables, log, "predict")
    with log.open("wb") as output:
        return program.start([*through, *command()], env=variables, stdout=output, stderr=output)


def is_healthy(url: str) -> bool:
    """Whether the process answers."""
    try:
        return httpx.get(f"{url}/health").is_success
    except httpx.TransportError:
        return False


def is_ready(url: str) -> bool:
    """Whether predictions can be answered."""
    return httpx.get(f"{url}/ready").is_success


def _address(process: subprocess.Popen[bytes] | Forked, log: Path) -> str | None:
    assert process.poll() is None, log.read_text()
    found = re.search(r"serving on (http://[^\"]+)", log.read_text())
    return found[1] if found else None
