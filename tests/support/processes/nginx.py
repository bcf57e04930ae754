"""A real nginx with the block of docs/operations.md, on ports of its own."""

import re
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from demo.machine.ports import HOST
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.collector import on_path
from tests.support.waiting import wait_for

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
"""Kinds of files that nginx would else write where it was installed."""


def documented() -> str:
    """The block as the documentation has it."""
    (block,) = re.findall(r"^```nginx\n(.*?)^```", (ROOT / "docs/operations.md").read_text(), re.M | re.S)
    return str(block)


class Nginx:
    """A running nginx."""

    def __init__(self, folder: Path, port: int, block: str) -> None:
        self._folder = folder
        self._port = port
        self._block = block
        self.process: subprocess.Popen[bytes] | None = None

    def lead_to(self, addresses: Mapping[str, str]) -> None:
        """Have these addresses in place of the documented ones, from now on."""
        block = self._block
        for name, address in {**addresses, "listen 80": f"listen {HOST}:{self._port}"}.items():
            assert name in block, name
            block = block.replace(name, address)
        temporary = "\n".join(f"{name}_temp_path {self._folder / name};" for name in _TEMPORARY)
        (self._folder / "nginx.conf").write_text(
            f"daemon off;\nuser root;\nworker_processes 1;\npid {self._folder / 'nginx.pid'};\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{temporary}\n{block}}}\n"
        )
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)


@contextmanager
def nginx(folder: Path, port: int, block: str, addresses: Mapping[str, str]) -> Iterator[Nginx]:
    """Run it with these addresses in place of the documented ones."""
    running = Nginx(folder, port, block)
    running.lead_to(addresses)
    command = [on_path("nginx"), "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    process = running.process = program.start(command, stderr=subprocess.DEVNULL)
    try:
        wait_for("nginx to listen", lambda: _listens(port), timeout=120)
        yield running
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0
