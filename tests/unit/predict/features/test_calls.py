"""Calls of the feature server are shared, and nobody is asked about whom nobody waits for any more."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler
from threading import Event, Semaphore

import pytest
from opentelemetry.metrics import NoOpMeterProvider

from contract.keys import Partition
from predict.features import calls as calls_module
from predict.features.answer import AnswerReader
from predict.features.calls import MAX_CALLS, MAX_ENTITIES, LookupCalls
from predict.features.server import FeatureServer
from predict.metrics import Metrics
from tests.support.feast.odd import SCHEMA, OddServer, odd_server, refusing, values

METRICS = Metrics(NoOpMeterProvider().get_meter("test"), "1").of_lookups(
    Partition("churn", "0123456789ab"), SCHEMA
)


@asynccontextmanager
async def calling(odd: OddServer, timeout: float = 30.0) -> AsyncIterator[LookupCalls]:
    """The calls of a model, until they have ended."""
    server = FeatureServer(odd.url, timeout)
    calls = LookupCalls(
        server, "churn", AnswerReader("user_id", SCHEMA.feature_names), SCHEMA.entity, METRICS
    )
    try:
        yield calls
    finally:
        await calls.close()
        await server.close()


def test_what_is_asked_at_once_is_one_call() -> None:
    """Each entity once; more than a call has are several."""

    async def ask(odd: OddServer) -> None:
        async with calling(odd) as calls:
            names = [f"u{number}" for number in range(MAX_ENTITIES)]
            found = await asyncio.gather(*map(calls.of_one, names * 2))
            assert odd.calls == [names]
            assert all(not isinstance(each, Exception) and each["monthly_fee"].value for each in found)
            await asyncio.gather(*map(calls.of_one, [*names, "another"]))
            assert sorted(map(len, odd.calls[1:])) == [1, MAX_ENTITIES]

    with odd_server() as odd:
        asyncio.run(ask(odd))


def test_two_halves_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen clients that come again and again are eight a call: predict and the server work at once."""
    monkeypatch.setattr(calls_module, "PATIENCE", 60.0)
    turns, begun = Semaphore(0), list[str]()

    def in_turns(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        turns.acquire(timeout=30)
        values()(handler, entities)

    async def ask(odd: OddServer) -> None:
        async def come_again(client: str) -> None:
            while len(odd.calls) < 10:
                begun.append(client)
                await calls.of_one(client)

        async with calling(odd) as calls, asyncio.timeout(60):
            clients = [asyncio.create_task(come_again("u0"))]
            for number in range(1, 11):
                while len(odd.calls) < number:
                    await asyncio.sleep(0.001)
                if number == 1:
                    clients += [asyncio.create_task(come_again(f"u{number}")) for number in range(1, 16)]
                answered = sum(map(len, odd.calls[:-1]))
                while number < 10 and len(begun) < answered + 16:
                    await asyncio.sleep(0.001)
                turns.release()
            turns.release(16)
            await asyncio.gather(*clients)

    with odd_server() as odd:
        odd.say = in_turns
        asyncio.run(ask(odd))
    assert list(map(len, odd.calls[:10])) == [1, *[8] * 9]


def test_who_comes_while_a_call_takes_long_waits_for_a_moment_only() -> None:
    """Then there is another call, beside it."""
    go_on = Event()

    def slow(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        if entities == ["slow"]:
            go_on.wait(30)
        values()(handler, entities)

    async def ask(odd: OddServer) -> None:
        async with calling(odd) as calls:
            first = asyncio.create_task(calls.of_one("slow"))
            while not odd.calls:
                await asyncio.sleep(0.001)
            await asyncio.gather(*(calls.of_one(f"u{number}") for number in range(5)))
            assert not first.done()
            go_on.set()
            await first

    with odd_server() as odd:
        odd.say = slow
        asyncio.run(ask(odd))
    assert list(map(len, odd.calls)) == [1, 5]


def test_one_that_comes_alone_is_a_call() -> None:
    """At once, also after a call of many."""

    async def ask(odd: OddServer) -> None:
        async with calling(odd) as calls:
            await asyncio.gather(*(calls.of_one(f"u{number}") for number in range(8)))
            for _ in range(3):
                await calls.of_one("u")
            assert list(map(len, odd.calls)) == [8, 1, 1, 1]

    with odd_server() as odd:
        asyncio.run(ask(odd))


def test_whoever_is_known_is_told_at_once_beside_one_that_is_refused() -> None:
    """The halves are asked for at once, and each is answered when it is known; 10 calls find the one."""
    go_on = Event()

    def refuse(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        if "u0" in entities and len(entities) < MAX_ENTITIES:
            go_on.wait(30)
        refusing("u0", values())(handler, entities)

    async def ask(odd: OddServer) -> None:
        async with calling(odd) as calls:
            names = [f"u{number}" for number in range(MAX_ENTITIES)]
            asked = {name: asyncio.create_task(calls.of_one(name)) for name in names}
            middle = MAX_ENTITIES // 2
            early = await asyncio.gather(*(asked[name] for name in names[middle:]))
            assert not any(isinstance(each, Exception) for each in early)
            assert not any(asked[name].done() for name in names[:middle])
            go_on.set()
            found = {name: await each for name, each in asked.items()}
            assert [name for name, each in found.items() if isinstance(each, Exception)] == ["u0"]
            assert len(odd.calls) == 11

    with odd_server() as odd:
        odd.say = refuse
        asyncio.run(ask(odd))


def test_who_has_gone_is_not_asked_about() -> None:
    """Else a server that is too slow would answer those only who no longer wait."""
    go_on = Event()

    def slow(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        go_on.wait(30)
        values()(handler, entities)

    async def ask(odd: OddServer) -> None:
        async with calling(odd) as calls:
            early = []
            for number in range(MAX_CALLS):
                early.append(asyncio.create_task(calls.of_one(f"early{number}")))
                while len(odd.calls) <= number:
                    await asyncio.sleep(0.005)
            gone, stays = (asyncio.create_task(calls.of_one(name)) for name in ("gone", "stays"))
            await asyncio.sleep(0.005)
            gone.cancel()
            go_on.set()
            await asyncio.gather(*early, stays)

    with odd_server() as odd:
        odd.say = slow
        asyncio.run(ask(odd))
    assert odd.calls == [*([f"early{number}"] for number in range(MAX_CALLS)), ["stays"]]
