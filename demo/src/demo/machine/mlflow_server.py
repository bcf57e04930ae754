"""The demo's own MLflow server, from the environment in the folder mlflow/, which has a lock of its own."""

from pathlib import Path
from typing import Final

from demo.machine.environments import install, installed_program
from demo.machine.ports import HOST

PROJECT: Final = Path("mlflow")

ENVIRONMENT: Final = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
"""Two processes instead of fifteen, and nothing said to anybody."""


def install_mlflow(project: Path = PROJECT) -> None:
    """Install the server's packages, some 600 MB; raises NotInstalledError."""
    install("MLflow", project)


def mlflow_command(port: int, folder: Path, project: Path = PROJECT) -> list[str]:
    """Return the command that runs the server on loopback, with its database and artifacts in `folder`."""
    options = {
        "host": HOST,
        "port": port,
        "workers": 1,
        "backend-store-uri": f"sqlite:///{folder.absolute()}/mlflow.db",
        "artifacts-destination": folder.absolute() / "artifacts",
    }
    words = (str(part) for name, value in options.items() for part in (f"--{name}", value))
    return [str(installed_program(project, "mlflow")), "server", *words]
