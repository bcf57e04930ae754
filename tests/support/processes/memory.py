"""The memory of processes."""

from pathlib import Path


def resident_mb(pid: int) -> float:
    """The memory that the process holds, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024
