"""A replay in a test."""

import asyncio
from pathlib import Path
from typing import Any

from simulator.options import ReplayOptions
from simulator.replay import replay
from simulator.result import ReplayResult


def run(data: Path, url: str, **given: Any) -> ReplayResult:
    """A replay to its end."""
    return asyncio.run(replay(ReplayOptions(data=data, url=url, **given)))
