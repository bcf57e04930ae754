"""`predict` and `drift-worker COMMAND` without the wait, from a process that has imported them already.

From their `main` on it is what the installed commands run, in a process of its own; the installed commands
themselves are started by the tests of the demo and of the stack. Imports take two seconds of a core for
predict, and more for Evidently.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import predict.__main__
from drift_worker.cli.app import main as drift_worker

MAINS = {"predict": predict.__main__.main, "drift-worker": drift_worker}


class Forked:
    """A running command, asked as one asks a Popen."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        command: str = "drift-worker",
    ) -> None:
        self._arguments = arguments
        log.touch()
        self._process = call(_run, command, list(arguments), dict(environment), log)

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, the signal's number below zero, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended; raises TimeoutExpired."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._arguments, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def call(function: Callable[..., None], *arguments: object) -> BaseProcess:
    """Call a function of a module in a process of its own; it has begun."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["drift_worker.worker.process", "drift_worker.sweep.process", "drift_worker.show.app", __name__]
    )
    process = context.Process(target=function, args=arguments)
    process.start()
    return process


def _run(command: str, arguments: list[str], environment: dict[str, str], log: Path) -> None:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output, stream.fileno())
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may ignore it
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [command, *arguments]
    MAINS[command]()
