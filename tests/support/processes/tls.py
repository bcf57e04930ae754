"""Redis by TLS alone: certificates of this machine's own, and servers that have them."""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.machine.ports import HOST
from demo.machine.redis_server import find_redis_server
from tests.support.processes import program
from tests.support.waiting import wait_for

WITHOUT_TLS = (b"tls-port", b"Failed finding TLS support")
"""What Redis and Valkey say where they were built without TLS; anything else is a failure."""


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of this machine's own, and its key."""
    path, key = folder / f"{name}.crt", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", f"subjectAltName=DNS:localhost,IP:{HOST}"]
    program.run([*command, "-keyout", key, "-out", path], check=True, capture_output=True)
    return path, key


def tls_options(port: int, path: Path, key: Path) -> list[str]:
    """What makes a server speak TLS alone, also with its replicas; a client needs no certificate."""
    files = ["--tls-cert-file", str(path), "--tls-key-file", str(key), "--tls-ca-cert-file", str(path)]
    return [
        "--port",
        "0",
        "--tls-port",
        str(port),
        "--tls-auth-clients",
        "no",
        "--tls-replication",
        "yes",
        *files,
    ]


@contextmanager
def tls_server(folder: Path, options: Sequence[str | Path], is_up: Callable[[], bool]) -> Iterator[None]:
    """A server with these options, which answers as `is_up` finds out; without TLS the test is skipped."""
    log = folder / "redis.log"
    with log.open("wb") as output:
        server = program.start(
            [find_redis_server(), *map(str, options), "--bind", HOST, "--dir", folder],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for("Redis to answer", lambda: is_up() or server.poll() is not None)
        if server.poll() is not None and any(said in log.read_bytes() for said in WITHOUT_TLS):
            assert "CI" not in os.environ, "CI is to try TLS"
            pytest.skip("this machine's Redis was built without TLS")
        yield
    finally:
        server.terminate()
        server.wait()
