"""Real worker and sweep processes, whose log lines can be read."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from tests.support.processes.forked import Forked


class Start(Protocol):
    """Starts `drift-worker COMMAND`, with more variables if wanted."""

    def __call__(self, command: str, **variables: str) -> Forked:
        """The process."""


@contextmanager
def starting(redis_url: str, bundle_path: Path, folder: Path) -> Iterator[Start]:
    """Give what starts processes, each with its log in `folder`/COMMAND.log; kill them in the end."""
    environment = {
        **os.environ,
        "REDIS_URL": redis_url,
        "BUNDLE": str(bundle_path),
        "REPORTS_DIR": str(folder),
        "LEASE_TTL": "2",
        "SWEEP_INTERVAL": "0.2",
        "OTEL_SDK_DISABLED": "true",
    }
    with ExitStack() as running:

        def start(command: str, **variables: str) -> Forked:
            process = Forked([command], {**environment, **variables}, folder / f"{command}.log")
            running.callback(process.wait)
            running.callback(process.kill)
            return process

        yield start
