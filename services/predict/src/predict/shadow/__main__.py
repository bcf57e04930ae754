"""The process of one shadow: started by the service, and by nobody else."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Final

LESS_URGENT: Final = 10
"""The nice value while the model is loaded, which takes half a second of a core."""

ENDED_FIRST: Final = "1000"
"""Where memory runs out, the kernel ends this process before the one that answers."""


def main() -> None:
    """Make way for the service, also with the imports; it ends this process by closing its input."""
    os.nice(LESS_URGENT)
    with suppress(OSError):  # no Linux, or a container that forbids it
        Path("/proc/self/oom_score_adj").write_text(ENDED_FIRST)
    for number in (signal.SIGINT, signal.SIGTERM):  # they go to all processes of a terminal or a unit
        signal.signal(number, signal.SIG_IGN)
    from predict.shadow.process import run  # noqa: PLC0415 - imports take most of that time

    run()


if __name__ == "__main__":
    main()
