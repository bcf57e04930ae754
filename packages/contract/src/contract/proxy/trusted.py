"""The proxies whose headers are believed."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

ANYONE: Final = "*"
"""Every peer, for a service that only its proxy can reach."""

Network = IPv4Network | IPv6Network


class TrustedProxies:
    """A set of peers, read from addresses and networks that are separated by commas."""

    def __init__(self, text: str) -> None:
        """Raises ValueError where a part is neither an address, nor a network, nor `*` alone."""
        self._networks = [] if text == ANYONE else [_network(part) for part in text.split(",")]
        self._holds = lru_cache(maxsize=4096)(self._is_within)
        self._is_anyone = text == ANYONE

    def __contains__(self, host: object) -> bool:
        """Whether a peer of that address is trusted; one without an address is not."""
        return self._is_anyone or (isinstance(host, str) and self._holds(host))

    def _is_within(self, host: str) -> bool:
        try:
            address: IPv4Address | IPv6Address = ip_address(host)
        except ValueError:
            return False
        if isinstance(address, IPv6Address):  # so a socket of both kinds writes IPv4 peers
            address = address.ipv4_mapped or address
        return any(address in network for network in self._networks)


def _network(part: str) -> Network:
    try:
        return ip_network(part.strip())
    except ValueError as error:
        raise ValueError(f"expected addresses or networks, separated by commas, or *; {error}") from None
