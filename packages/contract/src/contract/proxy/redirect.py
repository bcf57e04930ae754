"""Redirects to the same page with its last slash, to which its links are relative."""

from string import punctuation
from urllib.parse import quote

from contract.proxy.prefix import PREFIX, Application, Receive, Scope, Send


def with_query(path: str, scope: Scope) -> str:
    """The path with the query that the request has, all in ASCII."""
    query: bytes = scope.get("query_string", b"")
    return f"{path}?{quote(query, safe=punctuation)}" if query else path


class RootRedirect:
    """An ASGI middleware that answers 307 to a prefix without its last slash.

    It is to lie within what counts and logs requests; `PublicPrefix` leaves no path of such a request.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["path"]:
            await self._app(scope, receive, send)
            return
        location = with_query(f"{scope[PREFIX]}/", scope).encode("ascii")
        headers = [(b"location", location), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
