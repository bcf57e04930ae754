"""The connections to the feature server: questions sent over one that is kept, or over a new one."""

import asyncio
from base64 import b64encode
from ssl import SSLCertVerificationError, create_default_context
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from predict.features.connection import Connection, HttpAnswer
from predict.features.errors import NoAnswerError

PATH: Final = "get-online-features"

MAX_CONNECTIONS: Final = 8
"""Connections that are open at once at most."""

KEPT: Final = 5.0
"""Seconds for which one that nobody uses is kept; what stands between may have forgotten an older one."""

_PORTS: Final = {"http": 80, "https": 443}


class Connections:
    """Sends questions to the feature server; no proxy of the environment is used."""

    def __init__(self, url: str) -> None:
        """`url` is what FEATURES_URL says, maybe with a user and a password, or a path."""
        parts = urlsplit(f"{url.rstrip('/')}/{PATH}")
        self.name = f"the feature server {parts.netloc.rpartition('@')[2]}"
        self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._tls = create_default_context() if parts.scheme == "https" else None
        self._head = _head_of(parts)
        self._kept = list[Connection]()

    async def ask(self, question: bytes, *, anew: bool = False) -> HttpAnswer:
        """The answer to a question in JSON, over a new connection if it is asked `anew`.

        Raises NoAnswerError, or BadAnswerError where it is too long.
        """
        connection = None if anew else self._take_kept()
        if connection is None:
            connection = await self._connect()
        try:
            return await connection.ask(question)
        finally:
            if connection.is_free:
                self._kept.append(connection)

    def close(self) -> None:
        """End those that nobody uses; the others end with their questions."""
        while self._kept:
            self._kept.pop().close()

    def _take_kept(self) -> Connection | None:
        """The one that was used last, unless the server has closed it; those are closed that nobody uses."""
        oldest = asyncio.get_running_loop().time() - KEPT
        while self._kept and self._kept[0].free_since < oldest:
            self._kept.pop(0).close()
        while self._kept:
            if (connection := self._kept.pop()).is_free:
                return connection
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(self.name, self._head), self._host, self._port, ssl=self._tls
            )
        except SSLCertVerificationError as error:
            raise NoAnswerError(
                f"{self.name} has a certificate that is not trusted ({error.verify_message}); "
                "SSL_CERT_FILE may name an authority of your own"
            ) from None
        except (OSError, UnicodeError):  # the latter for a name that can't be a host's
            raise NoAnswerError(f"{self.name} can't be reached") from None
        return connection


def _head_of(parts: SplitResult) -> str:
    """The head of each request, up to the length of its body."""
    host = parts.netloc.rpartition("@")[2]
    lines = [
        f"POST {parts.path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: driftline",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "Content-Type: application/json",
        "Content-Length: ",
    ]
    if parts.username is not None:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.insert(1, f"Authorization: Basic {b64encode(words.encode()).decode()}")
    return "\r\n".join(lines)
