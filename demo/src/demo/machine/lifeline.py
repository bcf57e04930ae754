"""Runs a program that ends together with the process that started it, even if that one is killed.

Run it as `python lifeline.py PARENT PROGRAM ARGUMENT…`, where PARENT is the parent's process id. Linux sends
SIGKILL to the program as soon as the parent's thread has ended. SIGTERM would not do: all programs would get
it at once, and each might wait for another. Other systems have no such signal, so the program keeps running.

With `--children` before PROGRAM, what the program has started ends with it too; it has to be started in a
session of its own. A process beside it waits for its end, and then kills what is left of its group.
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
        _signal_at_parents_end(signal.SIGKILL)
    if os.getppid() != int(parent):  # the parent had ended before the call above
        return
    if command[0] == "--children":
        del command[0]
        if sys.platform == "linux":
            _guard_group()
    os.execvp(command[0], command)  # noqa: S606 - our own commands


def _guard_group() -> None:
    """Start the process that outlives this one, kills the group that it has led, and thereby itself."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    program = os.getpid()
    if os.fork() == 0:
        _signal_at_parents_end(signal.SIGUSR1)
        if os.getppid() == program:
            signal.sigwait({signal.SIGUSR1})
        os.killpg(program, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})


def _signal_at_parents_end(number: signal.Signals) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


if __name__ == "__main__":
    main()
