"""Look-ups, shared: entities of requests that come together are one call of the feature server."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, TypeAlias

from predict.features.answer import AnswerReader, Values, question
from predict.features.errors import FeatureServerError, NoAnswerError, RefusedCallError
from predict.features.server import FeatureServer
from predict.metrics import LookupMetrics

MAX_ENTITIES: Final = 32
"""Entities of one call at most; it costs the server three times as much as a call of one entity."""

MAX_CALLS: Final = 4
"""Calls at most that are under way at once, beside those of batches."""

PATIENCE: Final = 0.025
"""Seconds for which entities wait at most for the answer of the call before; one of 32 takes half of that."""

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
    """Calls of the feature server for one model: those that requests share, and those of a batch.

    What comes while the server has nothing to do is asked at once. What comes meanwhile shares the next call,
    which goes out when the answer of the one before has come, before that is read. It has half of the
    entities that wait and that were answered, since their clients may come again: so the server looks up the
    one half while the requests of the other half are answered.
    """

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
        self._under_way = 0
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
        """Begin a call if none is under way, or if it is full; else it waits, for PATIENCE at most."""
        if not self._under_way or len(self._waiting) >= MAX_ENTITIES:
            self._start(MAX_ENTITIES)
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._start, MAX_ENTITIES)

    def _start(self, most: int) -> None:
        self._stop_timer()
        if not self._waiting or self._under_way >= MAX_CALLS:
            return
        names = list(self._waiting)[:most]
        self._under_way += 1
        call = asyncio.create_task(self._call({name: self._waiting.pop(name) for name in names}))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    def _answered(self, entities: int) -> None:
        """Begin the next call: the requests of these entities were answered, and may come again."""
        self._under_way -= 1
        half = (len(self._waiting) + entities + 1) // 2
        self._start(min(half, MAX_ENTITIES))
        self._begin()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _call(self, waiting: Mapping[str, _Waiting]) -> None:
        def tell(entity: str, found: Found) -> None:
            waiting[entity].found.set_result(found)

        with ExitStack() as asking:
            asking.callback(self._answered, len(waiting))
            try:
                await self._tell(list(waiting), tell, _Tries(), asking.close)
            except Exception as error:  # noqa: BLE001 - it is the requests' to tell; in a task it would be lost
                for each in waiting.values():
                    if not each.found.done():
                        each.found.set_exception(error)

    async def _tell(
        self,
        entities: Sequence[str],
        tell: Callable[[str, Found], None],
        tries: _Tries,
        answered: Callable[[], None] | None = None,
    ) -> None:
        """Tell what is found of each entity, as soon as it is known; `answered` is called before that.

        It is one call, unless the server refuses it: then both halves are asked for alone at once, and so on,
        so that an entity that the server can't take is nobody else's error.
        """
        found: Sequence[Found]
        middle = len(entities) // 2
        try:
            found = await self._ask(entities, answered)
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

    async def _ask(self, entities: Sequence[str], answered: Callable[[], None] | None) -> list[Values]:
        asked = question(self._service, self._entity, entities)
        answer = await self._server.ask(asked, self._metrics.called)
        if answered is not None:
            answered()
            await asyncio.sleep(0)  # so that the next call goes out before this one is read and told
        return self._reader.read(answer, len(entities))
