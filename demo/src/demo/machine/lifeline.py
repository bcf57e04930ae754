"""Runs a program that ends together with the process that started it, even if that one is killed.

Run it as `python lifeline.py PARENT PROGRAM ARGUMENT…`, where PARENT is the parent's process id. Linux sends
SIGKILL to the program as soon as the parent's thread has ended. SIGTERM would not do: all programs would get
it at once, and each might wait for another. Other systems have no such signal, so the program keeps running.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask Linux for the signal, which stays in force after exec, and become the program."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == int(parent):  # otherwise the parent had ended before the call above
        os.execvp(command[0], command)  # noqa: S606 - our own commands


if __name__ == "__main__":
    main()
