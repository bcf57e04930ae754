"""A replay that is told to stop, or cancelled."""

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

from simulator.traffic.counts import ReplayCounts
from simulator.traffic.options import ReplayOptions
from simulator.traffic.replay import replay
from simulator.traffic.result import ReplayResult
from tests.support.http.counterpart import Counterpart
from tests.support.waiting import wait_for


def test_an_interrupt_ends_with_the_counts_so_far(service: Counterpart, month: Path) -> None:
    """After `stop` no further row is sent, and the row in flight still counts as answered."""

    async def interrupted() -> ReplayResult:
        stop = asyncio.Event()

        def on_progress(counts: ReplayCounts) -> None:
            if counts.done == 10:
                stop.set()

        return await replay(ReplayOptions(data=month, url=service.url), on_progress, stop)

    result = asyncio.run(interrupted())
    assert result.interrupted
    assert not result.complete
    assert result.answered == result.sent == len(service.documents)
    assert 10 <= result.answered < 60


def test_an_interrupt_does_not_wait_for_the_next_row_of_a_slow_rate(
    service: Counterpart, month: Path
) -> None:
    """At one row an hour, `stop` ends the replay at once."""

    async def interrupted() -> ReplayResult:
        stop = asyncio.Event()

        def on_progress(counts: ReplayCounts) -> None:
            if counts.done == 1:
                stop.set()

        return await replay(ReplayOptions(data=month, url=service.url, rate=1 / 3600), on_progress, stop)

    result = asyncio.run(interrupted())
    assert (result.sent, result.answered, result.interrupted) == (1, 1, True)
    assert result.seconds < 4


def test_a_cancelled_replay_leaves_no_error_behind(service: Counterpart, month: Path) -> None:
    """Whoever runs a replay may cancel it; the event loop has nothing to complain of afterwards."""
    complaints: list[dict[str, Any]] = []

    async def cancelled() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
        options = ReplayOptions(data=month, url=service.url, rate=20)
        running = asyncio.create_task(replay(options))
        await asyncio.to_thread(wait_for, "the second row", lambda: len(service.documents) > 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        del running
        gc.collect()

    asyncio.run(cancelled())
    assert complaints == []
