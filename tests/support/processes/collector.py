"""The project's collector and Prometheus as native programs."""

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from demo.machine.ports import HOST


@dataclass(frozen=True)
class Collector:
    """A running collector, where it listens, and what it has logged so far."""

    otlp: int
    metrics: int
    own_metrics: int
    log: Path

    @property
    def endpoint(self) -> str:
        """Where OTLP over gRPC goes."""
        return f"http://{HOST}:{self.otlp}"

    def page(self, port: int) -> str:
        """The Prometheus page at one of its ports."""
        with urlopen(f"http://{HOST}:{port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())


StartCollector = Callable[..., AbstractContextManager[Collector]]


def on_path(name: str) -> str:
    """The program on the PATH; without it the test is skipped, which CI does not allow."""
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not on the PATH")
    return found


def reachable(url: str) -> bool:
    """Whether something answers there with success."""
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except (URLError, ConnectionError):
        return False
