"""Which addresses a workflow's requests may reach: the public internet, and what is allowed.

The judgement is about numeric addresses, after names have been resolved, so it does not matter how
an address was written. An IPv6 address that stands for an IPv4 one is judged as that one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)
from typing import TypeAlias

from services.errors import HttpAllowError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# RFC 6890 and the IANA registries of special-purpose addresses. The standard library has such
# tables too, but they differ between its versions.
_SPECIAL_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # the metadata service of Azure, on an address that looks public
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20")
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_LOW_32 = 0xFFFF_FFFF


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, whatever clothes it wears."""
    address = _unwrapped(address)
    match address:
        case IPv4Address():
            return not any(address in network for network in _SPECIAL_V4)
        case IPv6Address():
            special = any(address in network for network in _SPECIAL_V6)
            return address in _GLOBAL_UNICAST and not special


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if not isinstance(address, IPv6Address):
        return address
    number = int(address)
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(number & _LOW_32)
    if address in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & _LOW_32)
    return address


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an operator opened beyond the public internet.

    Attributes:
        hosts: Names or addresses as a URL has them, each with a port or with None for all ports.
        networks: Ranges of addresses.
    """

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[Network, ...] = ()

    def permits(self, host: str, port: int, address: Address) -> bool:
        """Whether a request to this host and port may go to this address of it."""
        if is_public(address) or self._names(host, port):
            return True
        return any(_unwrapped(address) in network for network in self.networks)

    def _names(self, host: str, port: int) -> bool:
        name = host.lower().rstrip(".")
        return (name, None) in self.hosts or (name, port) in self.hosts


def parse_allowed(entries: Iterable[str]) -> Allowed:
    """What entries such as `intranet`, `db:8080`, `[::1]:8080`, `10.0.0.0/8` open.

    Raises:
        HttpAllowError: an entry is none of these.
    """
    hosts: list[tuple[str, int | None]] = []
    networks: list[Network] = []
    for entry in entries:
        network = _network(entry)
        if network is not None:
            networks.append(network)
        else:
            hosts.append(_host(entry))
    return Allowed(frozenset(hosts), tuple(networks))


def _network(entry: str) -> Network | None:
    """A range, or a single address without a port."""
    try:
        return ip_network(entry.removeprefix("[").removesuffix("]"), strict=False)
    except ValueError:
        return None


def _host(entry: str) -> tuple[str, int | None]:
    name, colon, port = entry.rpartition(":")
    if not colon:
        name, port = entry, ""
    name = name.removeprefix("[").removesuffix("]").lower().rstrip(".")
    if not name or (colon and not port.isdecimal()) or any(sign in name for sign in "/@? "):
        raise HttpAllowError(entry)
    return name, int(port) if port else None
