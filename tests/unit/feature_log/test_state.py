"""The log goes from direct to spooling to draining and back, and in no other way."""

import asyncio
import logging

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from feature_log import state as state_module
from feature_log.state import IllegalTransitionError, LogState, Mode


async def held(state: LogState) -> LogState:
    """Take the lock, as whoever drains the last records does."""
    await state.lock.acquire()
    return state


class Transitions(RuleBasedStateMachine):
    """Any sequence of steps, beside what the log should be after each of them."""

    @initialize()
    def begin(self) -> None:
        """Start with a Redis of which nothing is known yet."""
        self.state = LogState()
        self.mode = Mode.DIRECT
        self.why: str | None = None

    @rule(why=st.sampled_from(["away", "loading"]))
    def redis_fails(self, why: str) -> None:
        """Wherever the log is, records go to the spool."""
        self.state.redis_failed(why)
        self.mode, self.why = Mode.SPOOLING, why

    @precondition(lambda self: self.mode is Mode.SPOOLING)
    @rule()
    def a_drain_begins(self) -> None:
        """Redis answers again."""
        self.state.drain_begins()
        self.mode = Mode.DRAINING

    @precondition(lambda self: self.mode is Mode.DRAINING)
    @rule()
    def the_disk_fails(self) -> None:
        """The rest of the spool waits."""
        self.state.disk_failed()
        self.mode = Mode.SPOOLING

    @precondition(lambda self: self.mode is Mode.DRAINING)
    @rule()
    def the_drain_ends(self) -> None:
        """Records go to Redis again, which needs the lock."""
        with pytest.raises(IllegalTransitionError, match="lock"):
            self.state.drain_ends()
        asyncio.run(held(self.state))
        self.state.drain_ends()
        self.state.lock.release()
        self.mode, self.why = Mode.DIRECT, None

    @precondition(lambda self: self.mode is not Mode.SPOOLING)
    @rule()
    def no_drain_begins(self) -> None:
        """Nothing to drain, or somebody does it."""
        with pytest.raises(IllegalTransitionError):
            self.state.drain_begins()

    @precondition(lambda self: self.mode is not Mode.DRAINING)
    @rule()
    def no_drain_ends(self) -> None:
        """Without a drain there is no end of one."""
        with pytest.raises(IllegalTransitionError):
            self.state.drain_ends()
        with pytest.raises(IllegalTransitionError):
            self.state.disk_failed()

    @invariant()
    def it_is_where_it_should_be(self) -> None:
        """And it knows why."""
        assert self.state.mode is self.mode
        assert self.state.outage == self.why
        assert self.state.is_direct == (self.why is None)


TestTransitions = Transitions.TestCase


def test_an_outage_is_said_once_and_its_end_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line when it begins, one when what is wrong changes, one when it is over."""
    now = [100.0]
    monkeypatch.setattr(state_module, "monotonic", lambda: now[0])
    caplog.set_level(logging.INFO)
    state = LogState()
    for why in ("away", "away", "away", "loading"):
        state.redis_failed(why)
        now[0] += 0.2
    state.drain_begins()
    assert state.outage == "loading"
    asyncio.run(held(state))
    state.drain_ends()
    assert [record.message for record in caplog.records] == [
        "records go to the spool: away",
        "records go to the spool: loading",
        "Redis is back after 0.8 s",
    ]


def test_whoever_waits_for_an_outage_is_told_at_once() -> None:
    """And nobody who comes later is told of the same outage again."""

    async def run() -> None:
        state = LogState()
        waiting = asyncio.create_task(state.wait_for_outage(3600))
        await asyncio.sleep(0)
        state.redis_failed("away")
        await asyncio.wait_for(waiting, 60)
        again = asyncio.create_task(state.wait_for_outage(3600))
        state.redis_failed("loading")
        await asyncio.sleep(0)
        assert not again.done()
        state.end_wait()
        await asyncio.wait_for(again, 60)

    asyncio.run(run())
