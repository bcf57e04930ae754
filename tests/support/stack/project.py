"""The stack of compose.yaml under a project name, an image tag and ports of its own."""

import json
import os
import random
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from bundle import open_bundle
from contract.keys import Partition
from demo.machine.ports import HOST
from drift_worker.record.evaluation import Evaluation
from tests.support.observability.prometheus_api import Prometheus
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.waiting import wait_for

WINDOW_ROWS: Final = 500
PREDICT_PROCESSES: Final = 2
REPLICA_PORTS: Final = 4
"""Twice as many as replicas are run: a new one starts before the port of the old one is free."""

LOGGED_IDS: Final = """
import pathlib, pyarrow.parquet
def place(folder):
    model_and_version, time, sequence = folder.name.rsplit("-", 2)
    return int(time), int(sequence)
for folder in sorted((path.parent for path in pathlib.Path("/reports").glob("*/window.parquet")), key=place):
    print(*pyarrow.parquet.read_table(folder / "window.parquet")["prediction_id"].to_pylist(), sep="\\n")
"""
"""A window's folder has the window's id, which ends with the stream id of its last record."""


def _free_ports(count: int = 1) -> str:
    """Successive ports that nothing listens on, as Compose writes them.

    They are below those that systems give to outgoing connections: such a port could be taken by any client
    while the container that published it is made anew.
    """
    while True:
        first = random.randrange(15_000, 32_000)  # noqa: S311 - no secret
        taken = [socket.socket() for _ in range(count)]
        try:
            for offset, each in enumerate(taken):
                each.bind((HOST, first + offset))
        except OSError:
            continue
        finally:
            for each in taken:
                each.close()
        return str(first) if count == 1 else f"{first}-{first + count - 1}"


def _environment() -> dict[str, str]:
    """A project, image tag, ports and settings of its own, whatever the shell has set."""
    name = f"driftline-test-{uuid.uuid4().hex[:8]}"
    return {
        "COMPOSE_PROJECT_NAME": name,
        "COMPOSE_FILE": str(ROOT / "compose.yaml"),
        "COMPOSE_PROFILES": "",
        "COMPOSE_PROGRESS": "quiet",
        "DRIFTLINE_TAG": name,
        "PREDICT_PORT": _free_ports(REPLICA_PORTS),
        **{
            f"{name}_PORT": _free_ports() for name in ("REPORTS", "GRAFANA", "PROMETHEUS", "JAEGER", "MLFLOW")
        },
        "PREDICT_WORKERS": str(PREDICT_PROCESSES),
        "APPEND_TIMEOUT": "5",  # a busy machine may make Redis wait
        "WINDOW_ROWS": str(WINDOW_ROWS),
        "LABEL_PATIENCE": "1",
        "LEASE_TTL": "5",
        "SWEEP_INTERVAL": "1",
        **dict.fromkeys((f"MLFLOW_TRACKING_{name}" for name in ("TOKEN", "USERNAME", "PASSWORD")), ""),
        **dict.fromkeys(("BUNDLE", "MLFLOW_URI", "MLFLOW_ALLOWED_HOSTS"), ""),
        **dict.fromkeys(("REDIS_PASSWORD", "GRAFANA_PASSWORD", "REDIS_URL", "RESOURCE_ATTRIBUTES"), ""),
        **dict.fromkeys(("FEATURES_PASSWORD", "FEATURES_STORE"), ""),
        "FEATURES_DIR": str(ROOT / "features" / "churn"),
        "FEATURES_URL": "http://features:6566",  # nobody is there until a test of features starts it
        "FEATURES_TIMEOUT": "10",
        "BIND_ADDRESS": "127.0.0.1",
    }


@dataclass
class Stack:
    """A Compose project of its own; `services` are those whose images can be had."""

    services: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=_environment)

    @cached_property
    def partition(self) -> Partition:
        """The example model's partition in Redis."""
        bundle = open_bundle(ROOT / "bundles" / "churn")
        return Partition(bundle.name, bundle.version)

    @property
    def tag(self) -> str:
        """The tag of the images that are built for this stack."""
        return self.environment["DRIFTLINE_TAG"]

    def run(self, *command: str, timeout: float = 300, **variables: str) -> str:
        """What a command prints; one that fails is a failure of the test, with its own words."""
        result = program.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, **self.environment, **variables},
            timeout=timeout,
        )
        said = f"{' '.join(command)} ended with {result.returncode}:\n{result.stderr[-3000:]}"
        assert result.returncode == 0, said
        return str(result.stdout)

    def docker(self, *arguments: str, timeout: float = 300) -> str:
        """What a docker command prints."""
        return self.run("docker", *arguments, timeout=timeout)

    def compose(self, *arguments: str, timeout: float = 300) -> str:
        """What a docker compose command prints."""
        return self.docker("compose", *arguments, timeout=timeout)

    def configuration(self, *profiles: str) -> dict[str, Any]:
        """What compose.yaml says, with the variables filled in; without profiles, what always runs."""
        options = [word for profile in profiles for word in ("--profile", profile)]
        return dict(json.loads(self.compose(*options, "config", "--format", "json")))

    def up(self, *options: str) -> float:
        """Bring every service up and wait until all are healthy; gives the seconds that it took."""
        began = time.monotonic()
        self.compose("up", "--wait", "--wait-timeout", "240", *options, *self.services, timeout=600)
        return time.monotonic() - began

    @contextmanager
    def paused(self, service: str) -> Iterator[None]:
        """Freeze a service; afterwards it runs again, and its healthcheck has said so.

        The engine takes a frozen container for unhealthy until the next probe after it.
        """
        self.compose("pause", service)
        try:
            yield
        finally:
            self.compose("unpause", service)
            self.wait_until_healthy()

    @contextmanager
    def having(self, **variables: str) -> Iterator[None]:
        """Run the services with other settings; afterwards they have their own again."""
        before = {name: self.environment[name] for name in variables}
        self.environment.update(variables)
        try:
            self.up()
            yield
        finally:
            self.environment.update(before)
            self.up()

    def resident_mb(self, service: str) -> float:
        """The memory that the processes of a service's container hold together, in MiB."""
        lines = self.compose("exec", "-T", service, "sh", "-c", "grep -h VmRSS /proc/[0-9]*/status")
        return sum(int(line.split()[1]) for line in lines.splitlines()) / 1024

    def mend(self) -> None:
        """Bring back whatever a test left stopped."""
        states = self.wait_until_healthy()
        if len(states) < len(self.services) or any(state != "running" for state in states):
            self.up()

    def wait_until_healthy(self) -> list[str]:
        """Wait until no running service is called unhealthy by its healthcheck; gives all their states."""
        states: list[str] = []

        def healthy() -> bool:
            states[:] = self._states()
            return "unhealthy" not in states

        wait_for("no service to be unhealthy", healthy, 60, interval=0.5)
        return states

    def _states(self) -> list[str]:
        """How each container is: `running`, `unhealthy`, or why it doesn't run."""
        states = [each["State"] for each in self.inspect()]
        return [
            "unhealthy"
            if state["Running"] and state.get("Health", {}).get("Status") == "unhealthy"
            else state["Status"]
            for state in states
        ]

    def inspect(self, *services: str) -> list[dict[str, Any]]:
        """What the engine knows of the containers of these services, or of all."""
        ids = self.compose("ps", "--all", "--quiet", *services).split()
        return list(json.loads(self.docker("inspect", *ids)))

    def url(self, service: str, port: int, replica: int = 1) -> str:
        """Where a published port of a service is reached."""
        return f"http://{self.compose('port', '--index', str(replica), service, str(port)).strip()}"

    @property
    def predict_url(self) -> str:
        """Where predict is reached now; a container that was made anew may have another port."""
        return self.url("predict", 8000)

    @property
    def prometheus(self) -> Prometheus:
        """The stack's Prometheus."""
        return Prometheus(self.url("prometheus", 9090))

    def redis(self, *command: str) -> Any:
        """The answer of Redis to a command."""
        return json.loads(self.compose("exec", "-T", "redis", "redis-cli", "--json", *command))

    def worker(self, *command: str) -> Any:
        """What a drift-worker command prints as JSON."""
        return json.loads(self.compose("exec", "-T", "drift-worker", "drift-worker", *command, "--json"))

    def evaluations(self) -> dict[str, Evaluation]:
        """Every evaluation by its window's id, oldest first."""
        windows = self.redis("ZRANGE", self.partition.evaluated, "0", "-1")
        texts = self.redis("HMGET", self.partition.evaluations, *windows) if windows else []
        return {
            window: Evaluation.model_validate_json(text) for window, text in zip(windows, texts, strict=True)
        }

    def ledger(self) -> dict[str, Any]:
        """The example model's ledger."""
        return dict(self.worker("ledger")[str(self.partition)])

    def settle(self) -> None:
        """Close the open window, and wait until every window has its evaluation."""
        self.worker("close")
        self.wait_until_evaluated()

    def wait_until_evaluated(self) -> None:
        """Wait until no closed window lacks its evaluation."""
        wait_for(
            "every window to be evaluated",
            lambda: self.redis("HLEN", self.partition.pending) == 0,
            timeout=180,
            interval=0.5,
        )

    def logged_ids(self) -> list[str]:
        """The prediction ids of all evaluated windows, in their order, as often as they are there."""
        return self.compose("exec", "-T", "evidently-ui", "python", "-c", LOGGED_IDS).split()


@dataclass(frozen=True)
class Started:
    """A stack that came up, and how many seconds it took from nothing of the project's own."""

    stack: Stack
    seconds: float
