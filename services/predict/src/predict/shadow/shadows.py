"""The shadows of one model, which may become others while it is served, as the served version may."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bundle import Bundle
from contract.keys import Partition
from contract.stream.record import Record
from feature_log.counts import is_sampled
from predict.metrics import ShadowMetrics
from predict.shadow.opening import Candidate, UnreadableShadow, misfit
from predict.shadow.shadow import Shadow
from predict.shadow.wire import Decided, decided_by

Make = Callable[[Bundle], Shadow]
"""Makes the shadow of a bundle, not yet started."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShadowTold:
    """What is told of one shadow."""

    model_version: str | None
    """None where its bundle can't be read."""

    state: str
    """That of the shadow; `idle` where its version is the one that is served."""

    detail: str | None = None
    """What is wrong, if anything is."""


@dataclass(slots=True)
class ModelShadows:
    """Has what one model answers scored by its shadows."""

    make: Make
    metrics: Callable[[Partition], ShadowMetrics]
    sample_rate: float = 1.0
    """The share of predictions that is logged: shadows score no others."""

    _running: tuple[Shadow, ...] = ()
    _others: tuple[ShadowTold, ...] = ()
    """Those that don't run."""

    _alarming: list[Partition] = field(default_factory=list)
    _decided: Decided = lambda _: None
    _exchanging: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def exchange(self, served: Bundle, candidates: Sequence[Candidate]) -> None:
        """Shadow the version that is served from now on, by these and by no others.

        One that runs already goes on, one of the served version waits until another is served, and what can't
        be a shadow is told.
        """
        async with self._exchanging:
            kept = {each.bundle.version: each for each in self._running}
            running, others = dict[str, Shadow](), list[ShadowTold]()
            for candidate in candidates:
                if told := _no_shadow(served, candidate):
                    others.append(told)
                elif isinstance(candidate, Bundle) and candidate.version not in running:
                    running[candidate.version] = kept.get(candidate.version) or self.make(candidate)
            before = self._running
            self._decided = decided_by(served.metadata)
            self._running, self._others = tuple(running.values()), tuple(others)
            for shadow in self._running:
                if shadow not in before:
                    shadow.start()
            self._tell(served.name)
            await asyncio.gather(*(each.close() for each in before if each not in self._running))

    def offer(self, records: Sequence[Record]) -> None:
        """Have the rows of answered records scored later, by each shadow; returns at once.

        A version that became a shadow has logged the last answers that it gave before, so it scores none of
        its own.
        """
        if not self._running:
            return
        if self.sample_rate < 1:
            records = [each for each in records if is_sampled(each.prediction_id, self.sample_rate)]
        for shadow in self._running:
            others = [each for each in records if each.version != shadow.bundle.version]
            shadow.offer(others, self._decided)

    async def close(self) -> None:
        """Let the shadows score what there is, and end."""
        async with self._exchanging:
            before, self._running = self._running, ()
            await asyncio.gather(*(each.close() for each in before))

    def _tell(self, model: str) -> None:
        """Say of those that don't run why; one of the served version is nothing to alert about."""
        for partition in self._alarming:
            self.metrics(partition).gone()
        self._alarming = [
            Partition(model, each.model_version or "") for each in self._others if each.state != "idle"
        ]
        for partition in self._alarming:
            self.metrics(partition).unusable()
        for each in self._others:
            _say(model, each)

    @property
    def running(self) -> tuple[Shadow, ...]:
        """Those that run, in the order of SHADOW."""
        return self._running

    @property
    def told(self) -> list[ShadowTold]:
        """What is told of each."""
        running = [ShadowTold(each.bundle.version, each.state, each.problem) for each in self._running]
        return [*running, *self._others]

    @property
    def problems(self) -> list[str]:
        """What is wrong with any of them, in a sentence each."""
        return [
            f"shadow {each.model_version}: {each.detail}"
            if each.model_version
            else f"a shadow that can't be read: {each.detail}"
            for each in self.told
            if each.detail
        ]


def _no_shadow(served: Bundle, candidate: Candidate) -> ShadowTold | None:
    """What is told of a candidate that doesn't shadow the served version; None for one that does."""
    if isinstance(candidate, UnreadableShadow):
        return ShadowTold(None, "unusable", candidate.why)
    if candidate.version == served.version:
        return ShadowTold(candidate.version, "idle")
    why = misfit(served, candidate)
    return ShadowTold(candidate.version, "unusable", why) if why else None


def _say(model: str, told: ShadowTold) -> None:
    if told.state == "idle":
        _logger.warning(
            "the shadow %s %s is idle, since that version is served itself", model, told.model_version
        )
    else:
        _logger.error("a shadow of %s can't be used: %s", model, told.detail)
