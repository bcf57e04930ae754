"""Free TCP ports of this machine."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

HOST = "127.0.0.1"

_claims: list[int] = []
"""Descriptors of locks that this program holds until it ends."""


def free_port(preferred: int = 0) -> int:
    """Return the preferred port if nothing listens on it, or else one that the system chooses.

    A preferred port is claimed until this program ends: of two that start in the same second only one gets
    it, and no program takes the other's service for its own.
    """
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            if port == 0 or _claim(port):
                return int(probe.getsockname()[1])
    raise OSError("no port is free on 127.0.0.1")


def _claim(port: int) -> bool:
    """Lock a port among the programs of this user; whether no other had."""
    path = Path(tempfile.gettempdir()) / f"driftline-{os.getuid()}-port-{port}.lock"
    claim = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(claim)
        return False
    _claims.append(claim)
    return True
