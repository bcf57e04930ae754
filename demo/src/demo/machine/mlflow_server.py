"""The demo's own MLflow server, from the environment in the folder mlflow/, which has a lock of its own."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from demo.errors import NoMlflowServerError
from demo.machine.ports import HOST

PROJECT: Final = Path("mlflow")

ENVIRONMENT: Final = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
"""Two processes instead of fifteen, and nothing said to anybody."""


def install_mlflow(project: Path = PROJECT) -> None:
    """Put the server's packages, some 600 MB, into the environment of `project` where they aren't yet.

    Raises NoMlflowServerError with uv's words where it can't.
    """
    command = [_uv(), "sync", "--project", str(project), "--frozen", "--no-progress"]
    variables = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(_environment(project))}
    variables.pop("VIRTUAL_ENV", None)
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if ended.returncode:
        raise NoMlflowServerError(f"MLflow's packages could not be installed: {ended.stderr.strip()}")


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
    return [str(_environment(project) / "bin" / "mlflow"), "server", *words]


def _environment(project: Path) -> Path:
    return project.absolute() / ".venv"


def _uv() -> str:
    """Return the uv that runs this program, or that of the PATH or of the checkout."""
    found = os.environ.get("UV") or shutil.which("uv") or shutil.which(".uv/bin/uv")
    if found is None:
        raise NoMlflowServerError("uv, which installs MLflow, is not on the PATH; `make check` gets it")
    return found
