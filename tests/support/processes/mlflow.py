"""A real MLflow server, as `MLFLOW=1 make up` runs it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo.machine.mlflow_server import ENVIRONMENT, install_mlflow, mlflow_command
from demo.machine.ports import HOST, free_port
from demo.machine.processes import living
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.collector import reachable
from tests.support.waiting import wait_for

START_LIMIT = 120.0
"""Seconds; it takes 8 on an idle core, and took 35 on a loaded one."""


@dataclass
class MlflowServer:
    """A server on a port of its own, to be stopped and started; its folder keeps what it was given."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What MLFLOW_TRACKING_URI says of it."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.folder / "mlflow.log"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        project = ROOT / "mlflow"
        install_mlflow(project)
        with self.log.open("ab") as output:
            self.process = program.start(
                living(mlflow_command(self.port, self.folder, project), children=True),
                env={**os.environ, **ENVIRONMENT},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_for("MLflow to answer", self._answers, START_LIMIT, interval=0.1)

    def stop(self) -> None:
        """Kill it with the process that it has started."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
            wait_for("nothing to answer at MLflow's port", lambda: not reachable(f"{self.url}/health"))

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return reachable(f"{self.url}/health")


@contextmanager
def mlflow_server(folder: Path) -> Iterator[MlflowServer]:
    """A server that runs, and is stopped in the end."""
    server = MlflowServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
