"""The programs that a demo starts and stops."""

import os
import signal
import sys
from pathlib import Path

from demo.machine.processes import Processes, living
from tests.support.processes import program
from tests.support.waiting import wait_for


def test_once_all_are_stopped_ctrl_c_interrupts_again(tmp_path: Path) -> None:
    """While they are being stopped it is ignored; whoever started them goes on afterwards as before."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Processes(tmp_path) as processes:
        processes.start("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], {})
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_what_a_program_has_started_ends_with_it(tmp_path: Path) -> None:
    """Even if it is killed: MLflow's server would leave its web worker, which keeps the port."""
    child = tmp_path / "child"
    script = f"sleep 60 & echo $! > {child}; wait"
    process = program.start(living(["sh", "-c", script], children=True), start_new_session=True)
    wait_for("the child", lambda: child.exists() and child.read_text().endswith("\n"))
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    wait_for("the child to end", lambda: not is_running(int(child.read_text())), timeout=10)


def is_running(number: int) -> bool:
    """Whether there is such a process, and it isn't one that has ended and that nobody asked after."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
