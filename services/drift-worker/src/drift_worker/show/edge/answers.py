"""An answer without litestar, whose routes come later."""

from collections.abc import Mapping

from litestar.types import Send


async def answer(send: Send, status: int, headers: Mapping[str, str], text: str = "") -> None:
    """Send a whole answer; the text is UTF-8."""
    body = text.encode()
    told = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    told.append((b"content-length", str(len(body)).encode("ascii")))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body, "more_body": False})
