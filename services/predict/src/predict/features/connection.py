"""Connections to the feature server: questions sent over one that is kept, or over a new one.

They are httpcore's, on which httpx is built: by it a question goes out after fewer rounds of the event loop,
in half of the time, and for that of one call all wait that share the next one.
"""

import asyncio
from base64 import b64encode
from ssl import SSLCertVerificationError, create_default_context
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import httpcore

from predict.features.errors import BadAnswerError, NoAnswerError

PATH: Final = "get-online-features"

MAX_CONNECTIONS: Final = 8
"""Connections that are open at once at most."""

MAX_ANSWER: Final = 8 * 1024 * 1024
"""Bytes of an answer at most; 32 entities with a hundred features have a twentieth of that."""


class HttpAnswer(NamedTuple):
    """What came back, whatever its status says."""

    status: int
    body: bytes


class Connections:
    """Sends questions to the feature server; no proxy of the environment is used."""

    def __init__(self, url: str) -> None:
        """`url` is what FEATURES_URL says, maybe with a user and a password, or a path."""
        parts = urlsplit(f"{url.rstrip('/')}/{PATH}")
        host = parts.netloc.rpartition("@")[2]
        self.name = f"the feature server {host}"
        self._url = f"{parts.scheme}://{host}{parts.path}"
        self._headers = _headers(parts)
        tls = create_default_context() if parts.scheme == "https" else None
        self._kept = httpcore.AsyncConnectionPool(tls, max_connections=MAX_CONNECTIONS)
        self._new = httpcore.AsyncConnectionPool(
            tls, max_connections=MAX_CONNECTIONS, max_keepalive_connections=0
        )

    async def ask(self, question: bytes, *, anew: bool = False) -> HttpAnswer:
        """The answer to a question in JSON, over a new connection if it is asked `anew`.

        Raises NoAnswerError, or BadAnswerError where it is too long.
        """
        try:
            return await self._ask(self._new if anew else self._kept, question)
        except httpcore.ConnectError as error:
            raise NoAnswerError(self._why_unreachable(error)) from None
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            raise NoAnswerError(
                f"{self.name} ended the connection before its answer was complete, or it isn't HTTP"
            ) from None

    async def close(self) -> None:
        """End them."""
        await asyncio.gather(self._kept.aclose(), self._new.aclose())

    async def _ask(self, pool: httpcore.AsyncConnectionPool, question: bytes) -> HttpAnswer:
        headers = [*self._headers, ("Content-Length", str(len(question)))]
        async with pool.stream("POST", self._url, headers=headers, content=question) as response:
            body = bytearray()
            async for part in response.aiter_stream():
                body += part
                if len(body) > MAX_ANSWER:
                    raise BadAnswerError(f"{self.name} answered with more than {MAX_ANSWER} bytes")
        return HttpAnswer(response.status, bytes(body))

    def _why_unreachable(self, error: BaseException | None) -> str:
        while error is not None:
            if isinstance(error, SSLCertVerificationError):
                return (
                    f"{self.name} has a certificate that is not trusted ({error.verify_message}); "
                    "SSL_CERT_FILE may name an authority of your own"
                )
            error = error.__cause__ or error.__context__
        return f"{self.name} can't be reached"


def _headers(parts: SplitResult) -> list[tuple[str, str]]:
    """Those that each request has, but for the length of its body."""
    headers = {
        "Host": parts.netloc.rpartition("@")[2],
        "User-Agent": "driftline",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
    }
    if parts.username is not None:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(words.encode()).decode()}"
    return [*headers.items()]
