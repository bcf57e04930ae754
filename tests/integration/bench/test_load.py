"""The load generator against services that are slow or misbehave."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import repeat

import pytest

from bench.serving.connection import LoadError, connected, post_request
from bench.serving.patterns import ClosedLoop, OpenLoop
from demo.machine.ports import HOST

Answer = Callable[[asyncio.StreamWriter], object]
Load = Callable[[int], Awaitable[None]]

REQUEST = post_request(b"{}")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 5\r\n\r\nsorry"


def load_service(answer: Answer, load: Load) -> None:
    """Run the load against a service that answers each request that way, until everyone has left."""
    ends: list[asyncio.Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append(asyncio.Event())
        end = ends[-1]
        try:
            while not reader.at_eof() and await reader.read(len(REQUEST)):
                answer(writer)
        finally:
            writer.close()
            end.set()

    async def run() -> None:
        server = await asyncio.start_server(serve, HOST, 0)
        try:
            await load(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            await asyncio.gather(*(end.wait() for end in ends))

    asyncio.run(run())


def after(seconds: float) -> Answer:
    """An answer that takes so long."""
    return lambda writer: asyncio.get_running_loop().call_later(seconds, writer.write, OK)


def test_at_a_constant_rate_a_slow_service_is_charged_for_the_requests_that_had_to_wait() -> None:
    """Ten requests due at once on one connection, 20 ms each: the last has waited for the other nine."""

    async def load(port: int) -> None:
        async with connected(port, 1) as connections:
            run = OpenLoop(repeat(REQUEST), seconds=0.01, rate=1000)
            await run.over(connections)
        assert len(run.latencies) == 10
        assert run.latencies[-1] > 0.19
        assert run.latencies == sorted(run.latencies)

    load_service(after(0.02), load)


def test_a_closed_loop_sends_no_request_before_the_last_is_answered() -> None:
    """Two connections and 20 ms an answer are at most 100 requests per second, each of 20 ms."""

    async def load(port: int) -> None:
        async with connected(port, 2) as connections:
            run = ClosedLoop(repeat(REQUEST), seconds=0.2)
            await run.over(connections)
        assert 1 <= len(run.latencies) <= 20
        assert min(run.latencies) >= 0.019

    load_service(after(0.02), load)


def test_answers_in_pieces_are_put_together() -> None:
    """Header and body come as the network brings them."""

    def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:20])
        asyncio.get_running_loop().call_later(0.005, writer.write, OK[20:])

    async def load(port: int) -> None:
        async with connected(port, 1) as connections:
            run = OpenLoop(repeat(REQUEST), seconds=0.1, rate=50)
            await run.over(connections)
        assert len(run.latencies) == 5

    load_service(answer, load)


@pytest.mark.parametrize("pattern", ["closed", "open"])
def test_a_refused_request_ends_the_run_with_what_the_service_said(pattern: str) -> None:
    """The rate of refusals is no figure that anyone asked for."""

    async def load(port: int) -> None:
        async with connected(port, 2) as connections:
            closed, rated = ClosedLoop(repeat(REQUEST), 5.0), OpenLoop(repeat(REQUEST), 5.0, rate=100)
            await (closed if pattern == "closed" else rated).over(connections)

    with pytest.raises(LoadError, match="answered 503: sorry"):
        load_service(lambda writer: writer.write(REFUSAL), load)


def test_a_service_that_goes_away_ends_the_run() -> None:
    """A closed connection is no answer."""

    async def load(port: int) -> None:
        async with connected(port, 2) as connections:
            await ClosedLoop(repeat(REQUEST), 5.0).over(connections)

    with pytest.raises(LoadError, match="closed a connection"):
        load_service(lambda writer: writer.close(), load)
