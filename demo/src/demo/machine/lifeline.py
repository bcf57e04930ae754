"""Becomes another program that ends with the process that started it, even where that is killed.

Run as `python lifeline.py PARENT PROGRAM ARGUMENT…`, with the parent's process id. Linux sends SIGKILL to
the program when the parent's thread is gone, since all of them end at once then and none could wait for
another; other systems have no such signal, and the program lives on.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for the signal, which survives the exec, and run the program in this process."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == int(parent):  # else it was gone before it could be asked for
        os.execvp(command[0], command)  # noqa: S606 - our own commands


if __name__ == "__main__":
    main()
