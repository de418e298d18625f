"""The networks in which an endpoint may be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Nobody serves a model here. Most of these hand out a machine's credentials to its own programs.
NEVER: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "::/128"),  # "this machine", a second name of loopback
            *("169.254.0.0/16", "fe80::/10"),  # link-local: the metadata service of most clouds
            *("fd00:ec2::/32", "fd20:ce::254/128"),  # Amazon and Google, over IPv6
            *("168.63.129.16/32", "100.100.100.200/32"),  # Azure, Alibaba
            *("192.0.0.192/32", "fd00:c1::a9fe:a9fe/128"),  # Oracle
            "fd00:42::42/128",  # Scaleway
            *("224.0.0.0/4", "240.0.0.0/4", "ff00::/8"),  # multicast, reserved and broadcast
        ),
    )
)
# An IPv4 address within an IPv6 address, by prefix: the address starts at this bit from the right.
_TRANSLATED: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::/96"), 0),  # IPv4-compatible
    (IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped
    (IPv6Network("::ffff:0:0:0/96"), 0),  # IPv4-translated
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("64:ff9b:1::/48"), 0),  # NAT64 of one's own network
    (IPv6Network("2002::/16"), 80),  # 6to4
)
_TEREDO = IPv6Network("2001::/32")


@dataclass(frozen=True, slots=True, eq=False)
class NetworkRules:
    """What is `denied`, and what alone is `allowed`, if anything is named there.

    Compared by identity, because endpoints are keys of dictionaries: hashing networks is slow.
    """

    denied: tuple[Network, ...] = NEVER
    allowed: tuple[Network, ...] = ()

    def permit(self, address: Address) -> bool:
        """Return whether a connection to this address may be made."""
        forms = list(_forms_of(address))
        if any(form in network for form in forms for network in self.denied):
            return False
        meant = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return not self.allowed or any((meant or address) in network for network in self.allowed)


DEFAULT = NetworkRules()
# For the endpoints that the operator of a site sets: an operator needs no protection from them.
OPERATOR = NetworkRules(denied=())


def rules(*, denied: Iterable[str], allowed: Iterable[str]) -> NetworkRules:
    """Return the rules with these networks. Raises :class:`ValueError` if one isn't a network."""
    return NetworkRules(
        denied=(*NEVER, *map(ip_network, denied)), allowed=tuple(map(ip_network, allowed))
    )


def _forms_of(address: Address) -> Iterator[Address]:
    """Yield the address, and each IPv4 address to which a network may translate it."""
    yield address
    # ::1 would be 0.0.0.1 in the IPv4-compatible form.
    if isinstance(address, IPv4Address) or address.is_loopback:
        return
    number = int(address)
    for prefix, shift in _TRANSLATED:
        if address in prefix:
            yield IPv4Address(number >> shift & 0xFFFF_FFFF)
    if address in _TEREDO:
        # The client's address is inverted, so that no translator on the way changes it.
        yield IPv4Address(number >> 64 & 0xFFFF_FFFF)
        yield IPv4Address(~number & 0xFFFF_FFFF)
