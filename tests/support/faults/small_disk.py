"""A folder on a file system of its own that is soon full: what it then says is the kernel's own ENOSPC."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.processes import program

KILOBYTES = 64
BOUND_BY_MODES = () if os.geteuid() else ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
"""Root writes to everything, unless it gives up the capability to."""

_OPTIONS = f"size={KILOBYTES}k,mode=0777"


@dataclass(frozen=True)
class Disk:
    """Where it is to be seen from outside, and through what command a process finds it in the folder."""

    path: Path
    through: Sequence[str] = ()


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Make the folder a disk of KILOBYTES, and empty it in the end.

    It is mounted in namespaces that anyone may make, or where the system forbids them, by an administrator.
    """
    holder = _namespaces(folder)
    if holder is not None:
        enter = ("nsenter", f"--target={holder.pid}", "--user", "--mount", "--preserve-credentials")
        try:
            yield Disk(Path(f"/proc/{holder.pid}/root{folder}"), enter)
        finally:
            holder.kill()
            holder.wait()
        return
    administrator = ["sudo", "-n"] if os.geteuid() else []
    if not _succeeds([*administrator, "mount", "-t", "tmpfs", "-o", _OPTIONS, "tmpfs", str(folder)]):
        assert "CI" not in os.environ, "CI is to try a full disk"
        pytest.skip("no file system can be mounted here")
    try:
        yield Disk(folder)
    finally:
        program.run([*administrator, "umount", "--lazy", str(folder)], check=True)


def _namespaces(folder: Path) -> subprocess.Popen[bytes] | None:
    """A process in whose namespaces the disk is mounted; None where the system forbids them."""
    script = 'mount -t tmpfs -o "$1" tmpfs "$2" && echo mounted && exec sleep infinity'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    try:
        holder = program.start(
            [*command, _OPTIONS, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except FileNotFoundError:
        return None
    assert holder.stdout is not None
    with holder.stdout as said:
        if said.readline() == b"mounted\n":
            return holder
    holder.wait()
    return None


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return program.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
