"""A real MLflow server, as `MLFLOW=1 make up` runs it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.machine.mlflow_server import ENVIRONMENT, install_mlflow, mlflow_command
from tests.support.paths import ROOT
from tests.support.processes.separate import SeparateServer


@dataclass
class MlflowServer(SeparateServer):
    """MLflow over a folder; MLFLOW_TRACKING_URI is its url."""

    name = "MLflow"

    def command(self) -> Sequence[str]:
        """MLflow's own, of the folder mlflow/."""
        project = ROOT / "mlflow"
        install_mlflow(project)
        return mlflow_command(self.port, self.folder, project)

    def environment(self) -> Mapping[str, str]:
        """What makes it two processes."""
        return ENVIRONMENT


@contextmanager
def mlflow_server(folder: Path) -> Iterator[MlflowServer]:
    """A server that runs, and is stopped in the end."""
    server = MlflowServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
