"""A real server from an environment of its own, as `make up` runs it beside the services."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from demo.machine.ports import HOST, free_port
from demo.machine.processes import living
from tests.support.processes import program
from tests.support.processes.collector import reachable
from tests.support.waiting import wait_for

START_LIMIT = 120.0
"""Seconds; on an idle core MLflow takes 8 and Feast 15, on a loaded one they took 35 and 50."""


@dataclass
class SeparateServer:
    """A server on a port of its own, to be stopped and started; its folder keeps what it was given."""

    name: ClassVar[str]

    folder: Path
    port: int = field(default_factory=free_port, kw_only=True)
    process: subprocess.Popen[bytes] | None = field(default=None, kw_only=True)

    @property
    def url(self) -> str:
        """What the services' settings say of it."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.folder / f"{self.name.lower()}.log"

    def command(self) -> Sequence[str]:
        """What runs it; installs it before, where it isn't yet."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """The variables that it needs beside ours."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as output:
            self.process = program.start(
                living(list(self.command()), children=True),
                env={**os.environ, **self.environment()},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_for(f"{self.name} to answer", self._answers, START_LIMIT, interval=0.1)

    def stop(self) -> None:
        """Kill it with the process that it has started."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
            wait_for(f"nothing to answer for {self.name}", lambda: not reachable(f"{self.url}/health"))

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return reachable(f"{self.url}/health")
