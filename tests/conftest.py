"""What every test can have: a real Redis, the example's bundle and its months."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from redis import Redis
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from demo.machine.ports import HOST, free_port
from demo.machine.redis_server import find_redis_server, redis_command, valkey_server
from tests.support.feast.server import FeastServer, feast_server
from tests.support.figures import Figures, print_figures
from tests.support.not_run import print_not_run
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.mlflow import MlflowServer, mlflow_server
from tests.support.processes.redis import RedisServer, answers
from tests.support.waiting import wait_for

settings.register_profile("driftline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("driftline")  # on a busy machine a slow test is no wrong one


TOGETHER = (
    "tests/stack/",
    "tests/integration/registry/",
    "tests/integration/features/",
    "tests/integration/redis_modes/",
)
"""Folders whose tests share one stack, one MLflow server, one Feast server, or one cluster and Sentinels."""


class _ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """One process runs the tests of a file; those of some folders are as one file."""

    def _split_scope(self, nodeid: str) -> str:
        folders = [folder for folder in TOGETHER if nodeid.startswith(folder)]
        return folders[0] if folders else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Divide the tests among processes in a way of our own where they are divided by file."""
    return _ByFile(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def _valkey_as_redis_server(tmp_path_factory: pytest.TempPathFactory) -> None:
    """TEST_REDIS=valkey puts Valkey where every test, and every process of a test, looks for a server."""
    if os.environ.get("TEST_REDIS") == "valkey":
        folder = tmp_path_factory.mktemp("valkey")
        (folder / "redis-server").symlink_to(valkey_server())
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a test puts its figures."""
    return Figures(request.node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures and, in the last run of `make test`, what was not run and why."""
    print_figures(terminalreporter)
    print_not_run(terminalreporter)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real server for the session."""
    port = free_port()
    command = redis_command(find_redis_server(), port, tmp_path_factory.mktemp("redis"))
    process = program.start(command, stdout=subprocess.DEVNULL)
    try:
        url = f"redis://{HOST}:{port}/0"
        with Redis.from_url(url) as client:
            wait_for("Redis to answer", lambda: answers(client))
        yield RedisServer(process, url)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of an empty database."""
    with Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A client of an empty database."""
    with Redis.from_url(redis_url, protocol=2) as client:
        yield client


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A real MLflow server for the session; who stops it starts it again, and each test has names of its own.

    It takes 8 s of a core to start, so they lie in tests/integration/registry, which one process runs.
    """
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as server:
        yield server


@pytest.fixture(scope="session")
def feast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeastServer]:
    """A real Feast server for the session, with users of tests.support.feast.month; who stops it starts it.

    It takes 15 s of a core to start, so those who ask for it lie in tests/integration/features, which one
    process runs.
    """
    with feast_server(tmp_path_factory.mktemp("feast")) as server:
        yield server


@pytest.fixture(scope="session")
def bundle_path() -> Path:
    """The example's bundle."""
    return ROOT / "bundles" / "churn"


@pytest.fixture(scope="session")
def months_path() -> Path:
    """The folder of the example's months, month_000 to month_002."""
    return ROOT / "data" / "streamflow"
