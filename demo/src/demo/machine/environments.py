"""Environments of servers that bring what the services must not have: each in a folder with its own lock."""

import os
import shutil
import subprocess
from pathlib import Path

from demo.errors import NotInstalledError


def install(what: str, project: Path) -> None:
    """Put the packages of a project into its own environment, where they aren't yet.

    Raises NotInstalledError with uv's words where it can't.
    """
    command = [_uv(what), "sync", "--project", str(project), "--frozen", "--no-progress"]
    variables = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(_environment(project))}
    variables.pop("VIRTUAL_ENV", None)
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if ended.returncode:
        raise NotInstalledError(f"{what}'s packages could not be installed: {ended.stderr.strip()}")


def installed_program(project: Path, name: str) -> Path:
    """Return the path of a program of the project's environment."""
    return _environment(project) / "bin" / name


def _environment(project: Path) -> Path:
    """Where links lead to: programs have the path in their first line, and links may be gone later."""
    return project.resolve() / ".venv"


def _uv(what: str) -> str:
    """Return the uv that runs this program, or that of the PATH or of the checkout."""
    found = os.environ.get("UV") or shutil.which("uv") or shutil.which(".uv/bin/uv")
    if found is None:
        raise NotInstalledError(f"uv, which installs {what}, is not on the PATH; `make check` gets it")
    return found
