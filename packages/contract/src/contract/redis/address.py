"""The address of Redis, as REDIS_URL has it: one server, or a master that Sentinels know."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from redis.connection import parse_url

SENTINEL_PORT: Final = 26379
_LAST_PORT: Final = 65535

EXPECTED: Final = (
    "expected redis://HOST:PORT/DATABASE, or rediss:// or unix://, "
    "or redis+sentinel://HOST:26379,HOST2:26379/MASTER/DATABASE"
)

PERCENT: Final = (
    "special characters of user and password must be percent-encoded there, as %23 for # and %2F for /; "
    "REDIS_PASSWORD takes a password as it is"
)

_DATABASE: Final = re.compile("[0-9]{0,9}")
_ADDRESS: Final = re.compile(r"(?P<scheme>[^:/?#@]+)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_SENTINEL: Final = re.compile(r"/(?P<master>[^/?#]+)(?:/(?P<database>[^/?#]*))?(?:\?(?P<query>.*))?")
_HOST: Final = re.compile(r"(?:\[(?P<ip6>[0-9a-fA-F:.]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")
_OWN: Final = {"sentinel_username": "username", "sentinel_password": "password"}
"""What the Sentinels themselves ask for, by its name in the query and as a client's option."""


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """Sentinels, the name of the master that they watch, and how each of them is connected to."""

    hosts: Sequence[tuple[str, int]]
    master: str
    master_options: Mapping[str, Any]
    sentinel_options: Mapping[str, Any]


def parse_sentinel(url: str) -> SentinelAddress | None:
    """Read `redis+sentinel://USER:PASSWORD@HOST:26379,HOST2/MASTER/0`; None for an address of another kind.

    User and password are those of the master. With `rediss+sentinel` master and Sentinels are asked by TLS,
    with the options that begin with ssl_. Raises ValueError, whose message quotes nothing of the URL.
    """
    address = _ADDRESS.fullmatch(plain_query(url))
    if address is None or address["scheme"] not in ("redis+sentinel", "rediss+sentinel"):
        return None
    user, at, hosts = address["authority"].rpartition("@")
    path = _SENTINEL.fullmatch(address["rest"])
    if path is None:
        raise ValueError("the Sentinels are followed by the name of their master, as in /mymaster/0")
    options = parse_qsl(path["query"] or "", keep_blank_values=True)
    tls = [(name, value) for name, value in options if name not in _OWN]
    _check_database([path["database"] or ""])
    if any(not name.startswith("ssl_") for name, _ in tls):
        raise ValueError(
            "the query may only hold sentinel_username, sentinel_password, and options that begin with ssl_, "
            "for rediss+sentinel://"
        )
    scheme = address["scheme"].removesuffix("+sentinel")
    read = _options(f"{scheme}://{user}{at}master/{path['database'] or 0}?{urlencode(tls)}")
    secured = {"ssl": True} if scheme == "rediss" else {}
    return SentinelAddress(
        hosts=[_host(host) for host in hosts.split(",")],
        master=unquote(path["master"]),
        master_options={**read, **secured},
        sentinel_options={
            **{name: value for name, value in read.items() if name.startswith("ssl_")},
            **secured,
            **{_OWN[name]: value for name, value in options if name in _OWN},
        },
    )


def plain_query(url: str) -> str:
    """The same address for those who read a + in its query as a blank: it means itself, as before the @."""
    address, question, query = url.partition("?")
    return f"{address}{question}{query.replace('+', '%2B')}"


def _options(url: str) -> dict[str, Any]:
    """The options of a connection by this address, but for where it leads."""
    try:
        read = dict(parse_url(url))  # type: ignore[no-untyped-call]
    except ValueError:  # its message may quote the URL
        raise ValueError(f"user, password or options can't be read; {PERCENT}") from None
    return {name: value for name, value in read.items() if name not in ("host", "port", "connection_class")}


def _host(text: str) -> tuple[str, int]:
    host = _HOST.fullmatch(text)
    if host is None or int(host["port"] or SENTINEL_PORT) > _LAST_PORT:
        raise ValueError("each Sentinel is HOST or HOST:PORT, with commas between them")
    return host["ip6"] or unquote(host["name"]), int(host["port"] or SENTINEL_PORT)


def check_text(url: str) -> None:
    """Raise ValueError where a client would read the URL in part, or in another way than it is meant."""
    _check_encoding(url)
    if parse_sentinel(url) is not None:
        return
    try:
        parts = urlsplit(url)
        options = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:  # its message quotes the URL
        raise ValueError(f"this is no URL of a Redis server; {PERCENT}") from None
    named = [value for name, value in options if name == "db"]
    _check_database(named if parts.scheme == "unix" else [*named, parts.path.removeprefix("/")])
    _check_options(parts, options)


def _check_encoding(url: str) -> None:
    """A password with / ? # ends the host before it began."""
    address = _ADDRESS.fullmatch(url)
    if address is None or address["scheme"] == "unix":
        return
    path, _, query = address["rest"].partition("?")
    if "#" in address["rest"] or "@" in path or ("@" in query and "@" not in address["authority"]):
        raise ValueError(PERCENT)


def _check_database(named: Sequence[str]) -> None:
    """The clients read a database that is no number as database 0."""
    if not all(_DATABASE.fullmatch(database) for database in named):
        raise ValueError("the database must be a number, as in redis://host:6379/0")


def _check_options(parts: SplitResult, options: Sequence[tuple[str, str]]) -> None:
    """Other options would set what is set here, or how replies are read."""
    for name, _ in options:
        if not (name.startswith("ssl_") or (name == "db" and parts.scheme == "unix")):
            raise ValueError(
                "the query may only hold options that begin with ssl_, for rediss://, and db, for unix://"
            )


def with_password(url: str, password: str | None) -> str:
    """The same address with this password in place of its own; None leaves it as it is."""
    address = _ADDRESS.fullmatch(url)
    if address is None or not password:
        return url
    user, _, hosts = address["authority"].rpartition("@")
    word = quote(password, safe="")
    return f"{address['scheme']}://{user.partition(':')[0]}:{word}@{hosts}{address['rest']}"


def name_of(url: str) -> str:
    """What a message calls this Redis: where it is, without user and password."""
    sentinel = parse_sentinel(url)
    if sentinel is not None:
        return f"Redis {sentinel.master} of the Sentinels at {hosts_of(sentinel.hosts)}"
    parts = urlsplit(url)
    return f"Redis at {parts.hostname}:{parts.port or 6379}" if parts.hostname else f"Redis at {parts.path}"


def hosts_of(hosts: Sequence[tuple[str, int]]) -> str:
    """The hosts and ports of Sentinels, with commas between them."""
    return ", ".join(f"{host}:{port}" for host, port in hosts)
