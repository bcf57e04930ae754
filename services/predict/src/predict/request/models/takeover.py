"""Another bundle takes over from the one that is served, between two requests; a bad one is refused."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import anyio

from bundle import Bundle
from contract.keys import Partition
from predict.metrics import Metrics
from predict.request.models.served import ServedModel
from predict.request.models.standing import Refused, Standing
from predict.score.models.bundles import DamagedModel, FollowedModel, OpenedModel
from predict.score.models.compatibility import cant_take_over, difference, not_called_so
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
        self._accompanied = self._opened.bundle.version if self._opened else None
        """The version that `after` was called with, or that was there at the start."""
        self._were_served = set[str]()
        self._closing = set[asyncio.Task[None]]()
        self._refused_first = followed.refused

    async def run(self) -> None:
        """Look at the source from time to time, until cancelled."""
        self._tell_problem()
        if self._refused_first is not None:
            self._refuse(self._refused_first)
            self._follower.tell_again(soon=True)  # Redis wasn't asked whether a version comes back
        while True:
            await asyncio.sleep(self._follower.source.interval)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - the old one serves on, whatever the defect
                self._follower.tell_again(soon=True)
                self._refuse(
                    f"{self._follower.source}: an unexpected {type(error).__name__}; predict's log says "
                    "where; it is tried again at each look",
                    error,
                )

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
        if (why := await self._why_not(found)) is not None:
            self._refuse(why)
            self._follower.tell_again()
            return
        if self._opened is None or found.bundle.version != self._opened.bundle.version:
            await self._replace(found)
        else:  # MLflow may know the same bundle as another version
            served = self._standing.served[self.name]
            self._standing.served[self.name] = replace(served, registered=found.registered)
        await anyio.to_thread.run_sync(self._follower.confirm)
        if self._accompanied != found.bundle.version:
            await self._after(found.bundle)
            self._accompanied = found.bundle.version
        self._standing.refused.pop(self.name, None)
        self._metrics.refused(self.name, is_refused=False)

    async def _why_not(self, found: OpenedModel) -> str | None:
        """Why the bundle is not to be served without a restart; None where it is."""
        source = self._follower.source
        if self._opened is None:
            return None if found.name == self.name else not_called_so(source, found.bundle, self.name)
        what = difference(self._opened.bundle, found.bundle)
        if what is not None and await self._comes_back(found):
            what = difference(self._opened.bundle, found.bundle, comes_back=True)
        return None if what is None else cant_take_over(source, found.bundle, what)

    async def _comes_back(self, found: OpenedModel) -> bool:
        """Whether this process has served the version before or, as Redis knows, another one has."""
        version = found.bundle.version
        return version in self._were_served or await self._standing.served[self.name].mark.has_answered(
            version
        )

    async def _replace(self, found: OpenedModel) -> None:
        model = await self._started(found)
        before = self._standing.served.get(self.name)
        self._standing.served[self.name] = model
        self._standing.models[self.name] = self._opened = found
        self._metrics.serves(model.partition)
        _logger.info("the model %s is served as version %s from now on", self.name, found.bundle.version)
        if before is not None:
            self._were_served.add(before.bundle.version)
            self._metrics.replaced(before.partition)
            closing = asyncio.create_task(before.close(), name=f"end of {before.bundle.version}")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _started(self, found: OpenedModel) -> ServedModel:
        """Put together what serves the model; where that fails, nothing of it is left."""
        try:
            model = await anyio.to_thread.run_sync(self._make, found)
            try:
                await model.start()
            except Exception:
                await model.close()
                raise
        except Exception:
            self._metrics.replaced(Partition(found.bundle.name, found.bundle.version))
            raise
        return model

    def _refuse(self, why: str, error: Exception | None = None) -> None:
        """Say once for each reason what is wrong; an error is logged as well."""
        if why == self._standing.reason(self.name):
            return
        if self._opened is None:
            self._standing.models[self.name] = DamagedModel(self.name, why)
            _logger.error("the model %s is not served: %s", self.name, why, exc_info=error)
            return
        version = self._opened.bundle.version
        _logger.error(
            "version %s of the model %s serves on; refused: %s", version, self.name, why, exc_info=error
        )
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
