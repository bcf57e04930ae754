"""Which core a process runs on, and how long it has used one."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

TASKSET = "taskset"


@dataclass(frozen=True, slots=True)
class Cores:
    """What commands begin with: the server has one core, everything else another."""

    server: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def pinned(self) -> bool:
        """Whether processes are bound to cores at all."""
        return bool(self.server)


def two_cores() -> Cores:
    """Two cores of those that this process may use; none where there is one only, or no taskset."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(usable) < 2 or shutil.which(TASKSET) is None:  # noqa: PLR2004 - two are needed
        return Cores((), ())
    return Cores((TASKSET, "-c", str(usable[0])), (TASKSET, "-c", str(usable[1])))


def cpu_seconds(process: int) -> float:
    """Processor time that all threads of a process have used; 0 where there is no /proc to ask."""
    try:
        # Of proc(5)'s fields the second, a name in parentheses, may hold spaces; utime is the 14th.
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
