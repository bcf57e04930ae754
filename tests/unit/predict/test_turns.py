"""One batch at a time is worked on, and single requests have the event loop in between."""

import asyncio
from time import perf_counter

import pytest

from predict.errors import Reason, RefusedError
from predict.request.problems import status_of
from predict.turns import GIVE_WAY, MAX_WAITING, SLICE, Slices, Turns


def test_batches_have_their_turns_in_order_and_few_may_wait() -> None:
    """One more is refused, to be sent again; it does not keep others from theirs."""

    async def run() -> list[int]:
        turns, done = Turns(), list[int]()

        async def work(number: int) -> None:
            async with turns.take():
                await asyncio.sleep(0)
                done.append(number)

        async with turns.take():
            waiting = [asyncio.create_task(work(number)) for number in range(MAX_WAITING)]
            await asyncio.sleep(0)
            with pytest.raises(RefusedError) as refused:
                await work(-1)
            assert refused.value.reason is Reason.OVERLOADED
            assert status_of(refused.value.reason) == 503
        await asyncio.gather(*waiting)
        await work(MAX_WAITING)
        return done

    assert asyncio.run(run()) == list(range(MAX_WAITING + 1))


def test_a_turn_ends_with_an_error_too() -> None:
    """The next batch is worked on."""

    async def run() -> bool:
        turns = Turns()
        with pytest.raises(ValueError, match="a bad batch"):
            async with turns.take():
                raise ValueError("a bad batch")
        async with asyncio.timeout(30), turns.take():
            return True

    assert asyncio.run(run())


def test_others_have_the_loop_after_each_slice() -> None:
    """Those that need several rounds have them before the next slice begins."""

    async def run() -> list[str]:
        seen, slices = list[str](), Slices()

        async def other() -> None:
            for _ in range(3):
                seen.append("other")
                _work(SLICE)
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        for _ in range(3):
            _work(SLICE)
            seen.append("slice")
            await slices.pause()
        await task
        return seen

    assert asyncio.run(run()) == ["slice", *["other"] * 3, "slice", "slice"]


def test_others_do_not_stop_the_work_on_a_batch() -> None:
    """However many there are, it goes on after a while."""

    async def run() -> float:
        async def others() -> None:
            while True:
                _work(SLICE)
                await asyncio.sleep(0)

        task, slices = asyncio.create_task(others()), Slices()
        _work(SLICE)
        began = perf_counter()
        async with asyncio.timeout(30):
            await slices.pause()
        task.cancel()
        return perf_counter() - began

    assert asyncio.run(run()) >= GIVE_WAY


def _work(seconds: float) -> None:
    """Keep the loop for so long."""
    ends = perf_counter() + seconds
    while perf_counter() < ends:
        pass
