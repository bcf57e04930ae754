"""A replay in a test."""

import asyncio
from pathlib import Path
from typing import Any

from simulator.traffic.options import ReplayOptions
from simulator.traffic.replay import replay
from simulator.traffic.result import ReplayResult


def run(data: Path, url: str, **given: Any) -> ReplayResult:
    """A replay to its end."""
    return asyncio.run(replay(ReplayOptions(data=data, url=url, **given)))
