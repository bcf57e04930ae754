"""The demo's own Feast server, from the environment in the folder features/, which has a lock of its own."""

from pathlib import Path
from typing import Final

from demo.machine.environments import install, installed_program
from demo.machine.ports import HOST

PROJECT: Final = Path("features")

DATABASE: Final = 1
"""The number of the database in the demo's Redis; everything else is in 0."""


def install_feast(project: Path = PROJECT) -> None:
    """Install the server's packages, some 450 MB; raises NotInstalledError."""
    install("Feast", project)


def feast_command(repository: Path, port: int, project: Path = PROJECT) -> list[str]:
    """Return the command that reads the data of a repository, and then answers on loopback."""
    return [*_command("serve", repository, project), "--materialize", "--host", HOST, "--port", str(port)]


def materialize_command(repository: Path, project: Path = PROJECT) -> list[str]:
    """Return the command that brings the data of a repository into the online store."""
    return _command("materialize", repository, project)


def feast_variables(redis_port: int, folder: Path) -> dict[str, str]:
    """Return the server's variables: its values lie in this Redis, and what else it keeps in this folder."""
    return {
        "FEATURES_STORE": f"{HOST}:{redis_port},db={DATABASE}",
        "HOME": str(folder.absolute()),  # gunicorn has a socket there, one for all servers of a home
        "FEATURES_REGISTRY": str(folder.absolute() / "registry.db"),
    }


def _command(name: str, repository: Path, project: Path) -> list[str]:
    words = [installed_program(project, "python"), project.absolute() / "server.py"]
    return [*map(str, words), name, str(repository.absolute())]
