"""Look-ups, shared: entities of requests that come together are one call of the feature server."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from predict.features.answer import AnswerReader, Values, question
from predict.features.errors import FeatureServerError, NoAnswerError, RefusedCallError
from predict.features.server import FeatureServer
from predict.metrics import LookupMetrics

MAX_ENTITIES: Final = 32
"""Entities of one call: it costs the server twice as much as one of a single entity."""

MAX_CALLS: Final = 4
"""Calls that are under way at once; entities that come meanwhile share the next one."""

PATIENCE: Final = 0.01
"""Seconds after which the next call does not wait for the end of the one before: longer than one of a single
entity takes.
"""

GATHER: Final = 0.005
"""Seconds for which a call waits at most for as many entities as the one before had: clients that were just
answered come again, and a call costs as much as 20 entities more. One that comes alone waits for nobody.
"""

MAX_TRIES: Final = 16
"""Calls at most to find out whom of 32 entities the server refuses: 10 if it is one. A server that refuses
everything costs no more, either.
"""

Found: TypeAlias = Values | FeatureServerError
"""The values of an entity, or why there are none."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """An entity that is to be looked up, and how many requests wait for it."""

    found: asyncio.Future[Found]
    requests: int = 0


@dataclass(slots=True, eq=False)
class _Tries:
    """How many more calls may be made about the entities of one that was refused."""

    left: int = MAX_TRIES

    def take_two(self) -> bool:
        """Take two calls, if there are two."""
        enough = self.left > 1
        self.left -= 2 * enough
        return enough


class LookupCalls:
    """Calls of the feature server for one model: those that requests share, and those of a batch."""

    def __init__(
        self, server: FeatureServer, service: str, reader: AnswerReader, entity: str, metrics: LookupMetrics
    ) -> None:
        """`service` is the feature service, and `entity` the column of the keys."""
        self._server = server
        self._service, self._entity = service, entity
        self._reader = reader
        self._metrics = metrics
        self._waiting: dict[str, _Waiting] = {}
        self._calls = set[asyncio.Task[None]]()
        self._before = 1
        self._timer: asyncio.TimerHandle | None = None

    async def of_one(self, entity: str) -> Found:
        """The values of one entity, in a call with those that others wait for; or why there are none."""
        if self._server.problem is not None:
            return NoAnswerError(self._server.problem)
        loop = asyncio.get_running_loop()
        if (waiting := self._waiting.get(entity)) is None:
            waiting = self._waiting[entity] = _Waiting(loop.create_future())
            loop.call_soon(self._begin)
        waiting.requests += 1
        try:
            async with asyncio.timeout(self._server.timeout):
                return await asyncio.shield(waiting.found)
        except TimeoutError:
            return NoAnswerError(f"{self._server.name} did not answer within {self._server.timeout:g} s")
        finally:
            waiting.requests -= 1
            if not waiting.requests and self._waiting.get(entity) is waiting:
                del self._waiting[entity]  # whoever wanted to know has gone

    async def of_each(self, entities: Sequence[str]) -> dict[str, Found]:
        """The values of each of up to MAX_ENTITIES entities, or why there are none."""
        found = dict[str, Found]()
        await self._tell(entities, found.__setitem__, _Tries())
        return found

    async def close(self) -> None:
        """End the calls that nobody waits for any more."""
        self._stop_timer()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _begin(self) -> None:
        """Begin the next call, unless it is worth while to wait for others who share it."""
        wanted = MAX_ENTITIES if self._calls else self._before
        if len(self._waiting) >= wanted:
            self._start()
        elif self._waiting and self._timer is None:
            patience = PATIENCE if self._calls else GATHER
            self._timer = asyncio.get_running_loop().call_later(patience, self._start)

    def _start(self) -> None:
        self._stop_timer()
        if not self._waiting or len(self._calls) >= MAX_CALLS:
            return
        names = list(self._waiting)[:MAX_ENTITIES]
        self._before = len(names)
        call = asyncio.create_task(self._call({name: self._waiting.pop(name) for name in names}))
        self._calls.add(call)
        call.add_done_callback(self._ended)

    def _ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        self._stop_timer()
        self._begin()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _call(self, waiting: Mapping[str, _Waiting]) -> None:
        def tell(entity: str, found: Found) -> None:
            waiting[entity].found.set_result(found)

        try:
            await self._tell(list(waiting), tell, _Tries())
        except Exception as error:  # noqa: BLE001 - it is the requests' to tell; in a task it would be lost
            for each in waiting.values():
                if not each.found.done():
                    each.found.set_exception(error)

    async def _tell(self, entities: Sequence[str], tell: Callable[[str, Found], None], tries: _Tries) -> None:
        """Tell what is found of each entity, as soon as it is known.

        It is one call, unless the server refuses it: then both halves are asked for alone at once, and so on,
        so that an entity that the server can't take is nobody else's error.
        """
        found: Sequence[Found]
        middle = len(entities) // 2
        try:
            found = await self._ask(entities)
        except RefusedCallError as error:
            if middle and tries.take_two():
                halves = entities[:middle], entities[middle:]
                await asyncio.gather(*(self._tell(half, tell, tries) for half in halves))
                return
            found = [error] * len(entities)
        except FeatureServerError as error:
            found = [error] * len(entities)
        for entity, each in zip(entities, found, strict=True):
            tell(entity, each)

    async def _ask(self, entities: Sequence[str]) -> list[Values]:
        asked = question(self._service, self._entity, entities)
        return self._reader.read(await self._server.ask(asked, self._metrics.called), len(entities))
