"""What the tests of `training register`, `import` and `rollback` share."""

import os
import sys
from pathlib import Path

import pytest

from tests.support.data.exported import Shop, shop
from tests.support.data.training import Training
from tests.support.processes import program
from tests.support.processes.mlflow import MlflowServer


@pytest.fixture
def training(
    mlflow: MlflowServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Training:
    """The command line, with MLFLOW_TRACKING_URI set to a real server."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow.url)
    return Training(monkeypatch, capsys)


@pytest.fixture(scope="session")
def others(mlflow: MlflowServer, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A table, and in MLflow the models that other people have made of it, registered by MLflow itself."""
    found = shop(tmp_path_factory.mktemp("others"))
    environment = {**os.environ, "MLFLOW_TRACKING_URI": mlflow.url, "MLFLOW_DISABLE_TELEMETRY": "true"}
    command = [sys.executable, "-m", "tests.support.data.registering", found.folder]
    ended = program.run(command, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return found


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
