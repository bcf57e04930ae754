"""The path under which a proxy publishes a service: ROOT_PATH, or X-Forwarded-Prefix of a trusted proxy."""

import re
from collections.abc import Awaitable, Callable, Container, MutableMapping
from typing import Any, Final
from urllib.parse import quote

from contract.proxy.trusted import TrustedProxies

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX: Final = "driftline.prefix"
"""The place in a request's scope where the prefix stands."""

MAX_PREFIX: Final = 256
"""Characters of a prefix at most."""

_HEADER: Final = b"x-forwarded-prefix"
_SEGMENTS: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")
"""Segments of characters that need no quoting anywhere; none of them is `.` or `..`."""


def clean_prefix(text: str) -> str:
    """The prefix without a last slash, empty for the root; raises ValueError where it is none."""
    prefix = text.strip().rstrip("/")
    if prefix and (len(prefix) > MAX_PREFIX or _SEGMENTS.fullmatch(prefix) is None):
        raise ValueError("expected a path such as /ml/churn, of letters, digits and . _ ~ -")
    return prefix


class PublicPrefix:
    """An ASGI middleware that takes the prefix off a request's path, where it still has it.

    Some proxies pass the public path on, others only what follows the prefix. A path that is one of the
    service's `own` counts as the latter. Of the prefix alone nothing is left, which `RootRedirect` answers.
    """

    def __init__(
        self,
        app: Application,
        prefix: str = "",
        trusted: TrustedProxies | None = None,
        own: Container[str] = (),
    ) -> None:
        self._app = app
        self._prefix = prefix
        self._trusted = trusted
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        prefix = self._prefix_of(scope) if scope["type"] == "http" else ""
        if not prefix:
            await self._app(scope, receive, send)
            return
        scope[PREFIX] = prefix
        path = str(scope["path"])
        if f"{path}/".startswith(f"{prefix}/") and path not in self._own:
            scope["path"] = path[len(prefix) :]
            scope["raw_path"] = quote(scope["path"]).encode("ascii")
        await self._app(scope, receive, send)

    def _prefix_of(self, scope: Scope) -> str:
        """What a trusted proxy says, if it makes sense, or else what is set."""
        if self._trusted is None or (scope.get("client") or [None])[0] not in self._trusted:
            return self._prefix
        given = [value for name, value in scope["headers"] if name == _HEADER]
        if len(given) != 1:
            return self._prefix
        try:
            return clean_prefix(given[0].decode("latin-1"))
        except ValueError:
            return self._prefix
