"""The programs that a demo starts and stops."""

import signal
import sys
from pathlib import Path

from demo.machine.processes import Processes


def test_once_all_are_stopped_ctrl_c_interrupts_again(tmp_path: Path) -> None:
    """While they are being stopped it is ignored; whoever started them goes on afterwards as before."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Processes(tmp_path) as processes:
        processes.start("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], {})
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
