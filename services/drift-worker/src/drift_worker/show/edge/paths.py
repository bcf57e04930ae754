"""Which paths are answered, below whichever prefix."""

import re
from collections.abc import MutableMapping
from typing import Any, Final, cast
from urllib.parse import quote

from litestar.types import ASGIApp, Receive, Scope, Send

from contract.proxy.prefix import PREFIX
from contract.proxy.redirect import with_query
from drift_worker.show.edge.answers import answer
from drift_worker.show.listing.page import no_evidently_page
from drift_worker.show.routes import PAGE_HEADERS

_PAGE: Final = re.compile(".*/reports(?:/[^/]+)?")
"""The path of a page of reports without its last slash."""

_EVIDENTLY: Final = re.compile("/(?:projects(?:/.*)?)?")
"""The paths of Evidently's pages."""


def with_last_slash(app: ASGIApp) -> ASGIApp:
    """Answer 307 to a page of reports without its last slash: its links are relative to it."""

    async def redirecting(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path"))
        if _PAGE.fullmatch(path):
            last = quote(path.rpartition("/")[2])
            await answer(
                send, 307, {"location": with_query(f"./{last}/", cast("MutableMapping[str, Any]", scope))}
            )
            return
        await app(scope, receive, send)

    return redirecting


def with_own_page(app: ASGIApp, page: str) -> ASGIApp:
    """Answer Evidently's paths by `page`, its own page as it is shown here."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if _EVIDENTLY.fullmatch(str(scope.get("path"))):
            await answer(send, 200, {"content-type": "text/html; charset=utf-8"}, page)
            return
        await app(scope, receive, send)

    return answering


def without_evidently_below_a_path(app: ASGIApp) -> ASGIApp:
    """Say that Evidently's pages can't be below a prefix: their scripts ask for `/api` and `/static`."""

    async def saying(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path"))
        if scope.get(PREFIX) and _EVIDENTLY.fullmatch(path):
            headers = {**PAGE_HEADERS, "content-type": "text/html; charset=utf-8"}
            reports = f"{scope.get(PREFIX)}/reports/"
            await answer(send, 200 if path == "/" else 404, headers, no_evidently_page(reports))
            return
        await app(scope, receive, send)

    return saying
