"""Pages as a browser sees them: every link of each is followed."""

from collections.abc import Collection
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx


class _Links(HTMLParser):
    """Collects what a page links to, or loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address of a tag that has one."""
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def follow(client: httpx.Client, starts: Collection[str]) -> dict[str, httpx.Response]:
    """Every page that the links lead to, by its address, as far as they stay on the hosts of `starts`."""
    hosts = {urlsplit(start).netloc for start in starts}
    waiting, seen = list(starts), dict[str, httpx.Response]()
    while waiting:
        address = urldefrag(waiting.pop()).url
        if address in seen or urlsplit(address).netloc not in hosts:
            continue
        answer = seen[address] = client.get(address)
        if "text/html" in answer.headers.get("content-type", ""):
            links = _Links()
            links.feed(answer.text)
            waiting += [urljoin(str(answer.url), link) for link in links.found]
    return seen
