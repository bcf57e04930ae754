"""The MLflow server that the demo and the tests run."""

import httpx

from tests.support.processes.mlflow import MlflowServer
from tests.support.processes.program import run


def test_the_server_is_two_processes_of_the_version_in_its_lock(mlflow: MlflowServer) -> None:
    """Its defaults are fifteen, with 3.3 GB; the third of its group is the one that guards it."""
    assert mlflow.process is not None
    listed = run(["pgrep", "--pgroup", mlflow.process.pid], capture_output=True, text=True)
    assert httpx.get(f"{mlflow.url}/version").text == "3.17.2"
    assert len(listed.stdout.split()) == 2 + 1
