"""Answers are read however they are sent, and a connection is used again only after a whole one."""

import asyncio
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest

from demo.machine.ports import HOST
from predict.features.connections import KEPT, Connections
from predict.features.errors import BadAnswerError, NoAnswerError
from tests.support.processes.tls import certificate

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
HINTED = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + WHOLE
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"


async def question_of(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """The head and the body of the next request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
    return head, await reader.readexactly(length)


def saying(*parts: bytes) -> Serve:
    """Answers each question with these bytes, one after the other."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await question_of(reader)
            for part in parts:
                writer.write(part)
                await asyncio.sleep(0.001)  # so that each comes alone

    return serve


@asynccontextmanager
async def counted(
    serve: Serve, before: str = "", tls: SSLContext | None = None
) -> AsyncIterator[tuple[Connections, list[asyncio.Event]]]:
    """Connections to a server that does this, and for each that was made whether it has ended.

    `before` stands before the server's host in the address.
    """
    made = list[asyncio.Event]()

    async def serve_to_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended = asyncio.Event()
        made.append(ended)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await serve(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(serve_to_the_end, HOST, 0, ssl=tls)
    scheme = "https" if tls else "http"
    async with server:
        port = server.sockets[0].getsockname()[1]
        connections = Connections(f"{scheme}://{before}{HOST}:{port}/below/")
        try:
            yield connections, made
        finally:
            connections.close()
            await all_of(made)


@asynccontextmanager
async def connected(
    serve: Serve, before: str = "", tls: SSLContext | None = None
) -> AsyncIterator[Connections]:
    """The same, where it does not matter how many were made."""
    async with counted(serve, before, tls) as (connections, _):
        yield connections


async def all_of(made: list[asyncio.Event]) -> None:
    """Wait until all of these connections have ended."""
    async with asyncio.timeout(30):
        for ended in made:
            await ended.wait()


@pytest.mark.parametrize("sent", [WHOLE, CHUNKED, HINTED])
@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_an_answer_is_read_however_it_is_sent(sent: bytes, pieces: int) -> None:
    """In one piece or in many, with its length or in chunks; one question after the other."""
    size = -(-len(sent) // pieces)

    async def ask() -> None:
        parts = [sent[at : at + size] for at in range(0, len(sent), size)]
        async with connected(saying(*parts)) as connections:
            for _ in range(3):
                assert await connections.ask(b"{}") == (200, b"hello")

    asyncio.run(ask())


def test_a_question_is_a_post_below_the_path_with_the_password_of_the_address() -> None:
    """The password may have any letters, percent-encoded; the message's name of the server has none of it."""
    heads = list[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, body = await question_of(reader)
        heads.append(head)
        assert body == b'{"a": 1}'
        writer.write(LAST)

    async def ask() -> None:
        async with connected(serve, before="name:p%40ss%3A@") as connections:
            assert (await connections.ask(b'{"a": 1}')).body == b"hello"

    asyncio.run(ask())
    lines = heads[0].split("\r\n")
    assert lines[0] == "POST /below/get-online-features HTTP/1.1"
    words = dict(line.split(": ", 1) for line in lines[1:] if line)
    assert words["Host"].startswith(f"{HOST}:")
    assert b64decode(words["Authorization"].removeprefix("Basic ")) == b"name:p@ss:"
    assert Connections("https://name:word@host/x").name == "the feature server host"


@pytest.mark.parametrize(
    ("sent", "error", "told"),
    [
        (b"hello\r\n\r\n", NoAnswerError, "isn't HTTP"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
            NoAnswerError,
            "isn't HTTP",
        ),
        (WHOLE[:-1], NoAnswerError, "before its answer was complete"),
        (b"", NoAnswerError, "before its answer was complete"),
        (b"HTTP/1.1 200 OK\r\nCont", NoAnswerError, "before its answer was complete"),
        (HINTED[:60], NoAnswerError, "before its answer was complete"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 9_000_000, BadAnswerError, "8388608"),
    ],
)
def test_what_is_no_answer_is_told_and_ends_the_connection(
    sent: bytes, error: type[Exception], told: str
) -> None:
    """It is not used again."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await question_of(reader)
        writer.write(sent)

    async def ask() -> list[dict[str, object]]:
        unexpected = list[dict[str, object]]()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unexpected.append(context))
        async with connected(serve) as connections:
            with pytest.raises(error, match=told):
                await connections.ask(b"{}")
        return unexpected

    assert asyncio.run(ask()) == []


def test_who_waits_no_longer_leaves_no_answer_to_the_next() -> None:
    """The connection is closed: what comes then would be taken for the next answer."""

    async def ask() -> None:
        async with connected(saying()) as connections:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await connections.ask(b"{}")

    asyncio.run(ask())


@pytest.mark.parametrize("sent", [[WHOLE, WHOLE], [WHOLE + WHOLE], [WHOLE + WHOLE[:20]]])
def test_what_nobody_has_asked_for_is_no_answer_to_the_next(sent: list[bytes]) -> None:
    """It may come with an answer, or after it; the next question is asked over another connection."""

    async def ask() -> None:
        async with counted(saying(*sent)) as (connections, made):
            for _ in range(2):
                assert (await connections.ask(b"{}")).body == b"hello"
                await asyncio.sleep(0.02)
            assert len(made) == 2

    asyncio.run(ask())


def test_an_answer_may_end_with_its_connection() -> None:
    """As some that stand before a server send it, without its length."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await question_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhel")
        await asyncio.sleep(0.001)
        writer.write(b"lo")

    async def ask() -> None:
        async with connected(serve) as connections:
            assert await connections.ask(b"{}") == (200, b"hello")

    asyncio.run(ask())


def test_a_connection_is_kept_for_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands between may forget an older one, and the question would have no answer."""

    async def ask() -> None:
        async with counted(saying(WHOLE)) as (connections, made):
            for kept, wanted in ((KEPT, 1), (KEPT, 1), (0.0, 2), (KEPT, 2)):
                monkeypatch.setattr("predict.features.connections.KEPT", kept)
                await connections.ask(b"{}")
                await asyncio.sleep(0.001)
                assert len(made) == wanted

    asyncio.run(ask())


def test_questions_that_are_given_up_hold_no_connection() -> None:
    """At whatever moment: while it is made, while the answer is awaited, or just as that comes."""
    chance = Random(7)  # noqa: S311 - a seeded sequence is wanted

    async def ask() -> None:
        async with counted(saying(WHOLE[:20], WHOLE[20:])) as (connections, made):
            outcomes = Counter[str]()
            for _ in range(400):
                try:
                    async with asyncio.timeout(chance.uniform(0, 0.004)):
                        await connections.ask(b"{}", anew=chance.random() < 0.3)
                    outcomes["answered"] += 1
                except TimeoutError:
                    outcomes["given up"] += 1
            assert min(outcomes["answered"], outcomes["given up"]) > 20
            connections.close()
            await all_of(made)
            assert await connections.ask(b"{}") == (200, b"hello")

    asyncio.run(ask())


def test_a_server_that_is_not_there_is_told() -> None:
    """By the name of its host and port."""

    async def ask() -> None:
        with pytest.raises(NoAnswerError, match=r"the feature server 127\.0\.0\.1:1 can't be reached"):
            await Connections("http://127.0.0.1:1").ask(b"{}")
        with pytest.raises(NoAnswerError, match="can't be reached"):
            await Connections(f"http://{'a' * 70}.example:1").ask(b"{}")

    asyncio.run(ask())


def test_a_certificate_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the authorities of the machine, or those of SSL_CERT_FILE."""
    path, key = certificate(tmp_path, "features")
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path, key)

    async def ask() -> None:
        async with connected(saying(WHOLE), tls=tls) as connections:
            assert (await connections.ask(b"{}")).body == b"hello"

    with pytest.raises(NoAnswerError, match=r"not trusted \(self-signed certificate\); SSL_CERT_FILE"):
        asyncio.run(ask())
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    asyncio.run(ask())
