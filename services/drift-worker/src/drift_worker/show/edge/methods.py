"""Which methods are answered: those that read."""

from typing import Final, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from drift_worker.show.edge.answers import answer

_QUERY: Final = "/data_series_batch"
"""The one POST by which Evidently's dashboard reads."""


def read_only(app: ASGIApp) -> ASGIApp:
    """Answer 405 to what would change a project or a run: the UI asks nobody who they are."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        reads = scope.get("method", "GET") in ("GET", "HEAD", "OPTIONS")
        if not reads and not str(scope.get("path")).endswith(_QUERY):
            headers = {"content-type": "text/plain; charset=utf-8", "allow": "GET, HEAD, OPTIONS"}
            body = "The workspace is written by drift-worker; this page only shows it.\n"
            await answer(send, 405, headers, body)
            return
        await app(scope, receive, send)

    return guarded


def with_heads(app: ASGIApp) -> ASGIApp:
    """Answer HEAD as GET, without the content; litestar's routes have no HEAD of their own."""

    async def headed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "HEAD":
            await app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await app(cast("Scope", {**scope, "method": "GET"}), receive, send_head)

    return headed
