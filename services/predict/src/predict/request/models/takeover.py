"""Another bundle takes over from the one that is served, between two requests; a bad one is refused."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import anyio

from bundle import Bundle
from predict.metrics import Metrics
from predict.request.models.served import ServedModel
from predict.request.models.standing import Refused, Standing
from predict.score.models.bundles import DamagedModel, FollowedModel, OpenedModel
from predict.score.models.compatibility import difference
from sources import Refusal, in_daemon

_logger = logging.getLogger(__name__)


class Takeover:
    """Follows the source of one model for as long as the service runs."""

    def __init__(
        self,
        followed: FollowedModel,
        standing: Standing,
        metrics: Metrics,
        make: Callable[[OpenedModel], ServedModel],
        after: Callable[[Bundle], Awaitable[None]],
    ) -> None:
        """`make` puts together what serves a model; it is called in a thread. `after` follows a takeover."""
        self.name = followed.name
        self._follower = followed.follower
        self._opened = followed.model if isinstance(followed.model, OpenedModel) else None
        self._standing = standing
        self._metrics = metrics
        self._make = make
        self._after = after
        self._closing = set[asyncio.Task[None]]()
        self._refused_first = followed.refused

    async def run(self) -> None:
        """Look at the source from time to time, until cancelled."""
        self._tell_problem()
        if self._refused_first is not None:
            self._refuse(self._refused_first)
        while True:
            await asyncio.sleep(self._follower.source.interval)
            try:
                await self.look()
            except Exception:  # the old one serves on, whatever the defect
                _logger.exception("the source of the model %s could not be followed", self.name)

    async def look(self) -> None:
        """Look once, and let the bundle take over that is found there."""
        found = await in_daemon(self._follower.look, f"look for {self.name}")
        self._tell_problem()
        if isinstance(found, Refusal):
            self._refuse(found.why)
        elif found is not None:
            await self._take(found)

    async def close(self) -> None:
        """Wait for the models that were replaced to end."""
        await asyncio.gather(*self._closing)

    async def _take(self, found: OpenedModel) -> None:
        if (why := self._why_not(found)) is not None:
            self._refuse(why)
            return
        if self._opened is None or found.bundle.version != self._opened.bundle.version:
            await self._replace(found)
        else:  # MLflow may know the same bundle as another version
            served = self._standing.served[self.name]
            self._standing.served[self.name] = replace(served, registered=found.registered)
        await anyio.to_thread.run_sync(self._follower.confirm)
        self._standing.refused.pop(self.name, None)
        self._metrics.refused(self.name, is_refused=False)

    def _why_not(self, found: OpenedModel) -> str | None:
        """Why the bundle is not to be served without a restart; None where it is."""
        if self._opened is not None:
            what = difference(self._opened.bundle, found.bundle)
        else:
            what = None if found.name == self.name else f"it is of the model {found.name}"
        if what is None:
            return None
        return (
            f"{self._follower.source}: version {found.bundle.version} can't take over: {what}; "
            "start predict again to serve it"
        )

    async def _replace(self, found: OpenedModel) -> None:
        model = await anyio.to_thread.run_sync(self._make, found)
        await model.start()
        before = self._standing.served.get(self.name)
        self._standing.served[self.name] = model
        self._standing.models[self.name] = self._opened = found
        _logger.info("the model %s is served as version %s from now on", self.name, found.bundle.version)
        if before is not None:
            self._metrics.replaced(before.partition)
            closing = asyncio.create_task(before.close(), name=f"end of {before.bundle.version}")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        await self._after(found.bundle)

    def _refuse(self, why: str) -> None:
        if self._opened is None:
            self._standing.models[self.name] = DamagedModel(self.name, why)
            _logger.error("the model %s is not served: %s", self.name, why)
            return
        version = self._opened.bundle.version
        _logger.error("version %s of the model %s serves on; refused: %s", version, self.name, why)
        self._standing.refused[self.name] = Refused(why, datetime.now(UTC))
        self._metrics.refused(self.name, is_refused=True)

    def _tell_problem(self) -> None:
        """Say once that the source can't be asked, and once that it can again."""
        problem = self._follower.source.problem
        if problem == self._standing.problems.get(self.name):
            return
        if problem is None:
            del self._standing.problems[self.name]
            _logger.info("%s can be asked again", self._follower.source)
        else:
            self._standing.problems[self.name] = problem
            _logger.warning("%s", problem)
