"""The stack: Redis, predict, drift-worker, its sweep and the UI as processes of one machine."""

import http.client
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from contract.redis.connection import background_client
from demo.errors import TooSlowError
from demo.machine.feast_server import feast_command, feast_variables
from demo.machine.mlflow_server import ENVIRONMENT, install_mlflow, mlflow_command
from demo.machine.ports import HOST, free_port
from demo.machine.processes import Processes
from demo.machine.redis_server import find_redis_server, redis_command

PREDICT_PORT: Final = 8000
UI_PORT: Final = 8001
MLFLOW_PORT: Final = 5000
FEAST_PORT: Final = 6566
START_TIMEOUT: Final = 90.0
"""Seconds a process may take to start: importing Evidently takes 3 to 8, and longer from a cold disk."""

POLL: Final = 0.1


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack and its addresses."""

    processes: Processes
    redis: Redis
    reports: Path
    predict_url: str
    ui_url: str | None
    metrics_urls: list[str]
    """The metrics pages of worker and sweep."""
    mlflow_url: str | None = None
    features_url: str | None = None
    """The Feast server's address."""
    feast: Mapping[str, str] = field(default_factory=dict)
    """Its variables."""


def start_stack(
    processes: Processes,
    folder: Path,
    bundles: Sequence[str],
    *,
    ui: bool,
    registry: Mapping[str, str] | None = None,
    features: Path | None = None,
    say: Callable[[str], None],
) -> Stack:
    """Start every process, and wait until predict is ready; raises DemoError if one ends or is too slow.

    `bundles` are folders, or versions in MLflow's registry, which the variables of `registry` tell about.
    `features` is a Feast repository, whose server then runs beside the others.
    """
    redis_port, predict_port = free_port(), _port("predict", PREDICT_PORT, say)
    ui_port = _port("the reports", UI_PORT, say) if ui else 0
    reports = folder / "reports"
    environment = {
        "REDIS_URL": f"redis://{HOST}:{redis_port}/0",
        "REDIS_PASSWORD": "",  # a shell's own is of another Redis
        "BUNDLE": ",".join(bundles),
        **(registry or {}),
        "REPORTS_DIR": str(reports),
        "PREDICT_PORT": str(predict_port),
        "UI_PORT": str(ui_port),
        "REPORTS_URL": f"http://{HOST}:{ui_port}" if ui else "",
        "SPOOL_DIR": str(folder / "spool"),
        "APPEND_TIMEOUT": "5",  # a busy laptop may make Redis wait
        "LABEL_PATIENCE": "1",  # labels are sent once their predictions are evaluated
        "OTEL_METRICS_EXPORTER": "prometheus",
        "OTEL_TRACES_EXPORTER": "none",
    }
    (folder / "redis").mkdir()
    processes.start("redis", redis_command(find_redis_server(), redis_port, folder / "redis"), {})
    redis = background_client(environment["REDIS_URL"])
    wait_for("Redis", lambda: _answers(redis), processes)
    feast_port = _port("Feast", FEAST_PORT, say) if features else 0
    feast = feast_variables(redis_port, folder) if features else {}
    if features is not None:
        environment["FEATURES_URL"] = f"http://{HOST}:{feast_port}"
        environment["FEATURES_TIMEOUT"] = "5"  # a busy laptop may make Feast wait
        processes.start("feast", feast_command(features, feast_port), feast, children=True)
    processes.start("predict", [_program("predict")], environment)
    pages = {name: free_port() for name in ("drift-worker", "drift-sweep")}
    for name, command in (("drift-worker", "run"), ("drift-sweep", "sweep")):
        own = {**environment, "METRICS_PORT": str(pages[name])}
        processes.start(name, [_program("drift-worker"), command], own)
    if ui:
        processes.start("evidently-ui", [_program("drift-worker"), "ui"], environment)
    wait_for("predict", lambda: _is_ready(predict_port), processes)
    if features is not None:
        wait_for("Feast", lambda: _is_ready(feast_port, "/health"), processes)
    return Stack(
        processes=processes,
        redis=redis,
        reports=reports,
        predict_url=f"http://{HOST}:{predict_port}",
        ui_url=environment["REPORTS_URL"] or None,
        metrics_urls=[f"http://{HOST}:{port}/metrics" for port in pages.values()],
        mlflow_url=(registry or {}).get("MLFLOW_TRACKING_URI"),
        features_url=environment.get("FEATURES_URL"),
        feast=feast,
    )


def start_mlflow(processes: Processes, folder: Path, say: Callable[[str], None]) -> str:
    """Start an MLflow server whose models stay in `folder`, and return its address; raises DemoError."""
    install_mlflow()
    port = _port("MLflow", MLFLOW_PORT, say)
    folder.mkdir(exist_ok=True)
    processes.start("mlflow", mlflow_command(port, folder), ENVIRONMENT, children=True)
    wait_for("MLflow", lambda: _is_ready(port, "/health"), processes)
    return f"http://{HOST}:{port}"


def wait_for(name: str, ready: Callable[[], bool], processes: Processes) -> None:
    """Poll until `ready`; raises ProcessEndedError if a process ends, TooSlowError after START_TIMEOUT."""
    deadline = time.monotonic() + START_TIMEOUT
    while not ready():
        processes.check()
        if time.monotonic() > deadline:
            raise TooSlowError(
                f"{name} was not ready after {START_TIMEOUT:.0f} s; see {processes.folder}/{name}.log"
            )
        time.sleep(POLL)


def _port(what: str, preferred: int, say: Callable[[str], None]) -> int:
    port = free_port(preferred)
    if port != preferred:
        say(f"port {preferred} is taken: {what} will listen on {port}")
    return port


def _program(name: str) -> Path:
    """Return the path of a command of this Python environment."""
    return Path(sys.executable).parent / name


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False


def _is_ready(port: int, page: str = "/ready") -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", page)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
