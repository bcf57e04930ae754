"""A real nginx with the block of docs/operations.md, on ports of its own."""

import re
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


def documented() -> str:
    """The block as the documentation has it."""
    (block,) = re.findall(r"^```nginx\n(.*?)^```", (ROOT / "docs/operations.md").read_text(), re.M | re.S)
    return str(block)


@contextmanager
def nginx(folder: Path, port: int, block: str, addresses: Mapping[str, str]) -> Iterator[None]:
    """Run it with these addresses in place of the documented ones."""
    for name, address in {**addresses, "listen 80": f"listen {HOST}:{port}"}.items():
        assert name in block, name
        block = block.replace(name, address)
    temporary = "\n".join(
        f"{name}_temp_path {folder / name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off;\nmaster_process off;\npid {folder / 'nginx.pid'};\nerror_log {folder / 'error.log'};\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}\n{block}}}\n"
    )
    process = program.start(
        [on_path("nginx"), "-c", config, "-e", folder / "error.log"], stderr=subprocess.DEVNULL
    )
    try:
        wait_for("nginx to listen", lambda: _listens(port), timeout=120)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0
