"""The prefix under which a service is public, and whose word is taken for it."""

import asyncio
import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.proxy.prefix import PREFIX, PublicPrefix, clean_prefix
from contract.proxy.redirect import RootRedirect
from contract.proxy.trusted import TrustedProxies

OWN = frozenset({"/", "/predict", "/models", "/models/churn/predict"})


def asked(
    path: str,
    prefix: str,
    *said: str,
    client: str = "10.0.0.1",
    trusted: str = "10.0.0.0/8",
    query: bytes = b"",
) -> tuple[str, Any]:
    """The path and the prefix that the application sees; of a redirect, `->` and where to."""
    seen: list[tuple[str, Any]] = []

    async def app(scope: MutableMapping[str, Any], *_: object) -> None:
        seen.append((scope["path"], scope.get(PREFIX)))

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            seen.append(("->", dict(message["headers"])[b"location"].decode()))

    async def receive() -> MutableMapping[str, Any]:
        raise AssertionError

    headers = [(b"x-forwarded-prefix", value.encode("latin-1")) for value in said]
    scope = {
        "type": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": headers,
        "client": (client, 1),
    }
    wrapped = PublicPrefix(RootRedirect(app), prefix, TrustedProxies(trusted), own=OWN)
    asyncio.run(wrapped(scope, receive, send))
    (only,) = seen
    return only


@pytest.mark.parametrize(
    ("path", "prefix", "seen"),
    [
        ("/ml/predict", "/ml", ("/predict", "/ml")),
        ("/predict", "/ml", ("/predict", "/ml")),
        ("/ml/", "/ml", ("/", "/ml")),
        ("/ml", "/ml", ("->", "/ml/")),
        ("/mlx/predict", "/ml", ("/mlx/predict", "/ml")),
        ("/models/churn/predict", "/models", ("/models/churn/predict", "/models")),
        ("/models/predict", "/models", ("/predict", "/models")),
        ("/models", "/models", ("/models", "/models")),
        ("/predict", "/predict", ("/predict", "/predict")),
        ("/predict/predict", "/predict", ("/predict", "/predict")),
        ("/ml/predict", "", ("/ml/predict", None)),
    ],
)
def test_a_path_loses_the_prefix_that_it_still_has(path: str, prefix: str, seen: tuple[str, Any]) -> None:
    """Whether the proxy passed the public path on or what follows the prefix; a path of our own stays."""
    assert asked(path, prefix) == seen


@given(st.binary(max_size=40))
def test_the_redirect_to_the_root_keeps_the_query(query: bytes) -> None:
    """Whatever a client wrote there, it stays within the address."""
    _, location = asked("/ml", "/ml", query=query)
    root, _, kept = location.partition("?")
    assert root == "/ml/"
    assert unquote_to_bytes(kept) == unquote_to_bytes(query)
    assert re.fullmatch(r"[!-~]*", kept)


def test_what_a_trusted_proxy_says_goes_before_the_setting() -> None:
    """And its root is no prefix."""
    assert asked("/a/predict", "/ml", "/a/") == ("/predict", "/a")
    assert asked("/predict", "/ml", "/") == ("/predict", None)


@pytest.mark.parametrize("client", ["192.0.2.1", "not an address", "::1"])
def test_others_are_not_asked(client: str) -> None:
    """The setting holds."""
    assert asked("/predict", "/ml", "/evil", client=client) == ("/predict", "/ml")


@pytest.mark.parametrize(
    "said",
    [
        ("//evil.example",),
        ("/a/../b",),
        ("/a b",),
        ("/a\\r\\nx: y",),
        ("a",),
        ("/ä",),
        ("/a?b",),
        ("/a", "/a"),
        ("/" + "a" * 256,),
    ],
)
def test_what_makes_no_sense_is_not_taken(said: tuple[str, ...]) -> None:
    """Even from a trusted proxy: it ends up in links."""
    assert asked("/predict", "/ml", *said) == ("/predict", "/ml")


@given(st.text(max_size=40))
def test_a_clean_prefix_is_a_plain_path(text: str) -> None:
    """Or none at all, or the text is refused; cleaning it again changes nothing."""
    try:
        prefix = clean_prefix(text)
    except ValueError:
        return
    assert prefix == clean_prefix(prefix)
    assert prefix == "" or (prefix.startswith("/") and not prefix.startswith("//") and prefix.isascii())
    assert not {"", ".", ".."} & set(prefix.split("/")[1:])


@pytest.mark.parametrize("text", ["", "10.0.0.1,", "10.0.0.1/8", "proxy", "*,10.0.0.1"])
def test_what_names_no_peers_is_refused(text: str) -> None:
    """With what was expected."""
    with pytest.raises(ValueError, match="expected addresses or networks"):
        TrustedProxies(text)


def test_peers_are_named_by_address_by_network_or_all() -> None:
    """A peer without an address, as over a socket of the file system, is trusted only with all."""
    some, anyone = TrustedProxies("10.0.0.0/8, ::1"), TrustedProxies("*")
    assert [host in some for host in ("10.9.8.7", "::1", "11.0.0.1", None)] == [True, True, False, False]
    assert "::ffff:10.9.8.7" in some, "an IPv4 peer, as a socket of both kinds writes it"
    assert [host in anyone for host in ("11.0.0.1", None)] == [True, True]
