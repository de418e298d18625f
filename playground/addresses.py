"""How many connections each client's address has."""

import logging
import time
from collections import Counter
from ipaddress import IPv6Address, ip_address

logger = logging.getLogger(__name__)

WARN_EVERY = 60.0  # seconds


class Addresses:
    """Counts connections by address, up to `limit` for each."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._open: Counter[str] = Counter()
        self._warned = -WARN_EVERY

    def enter(self, host: str) -> "Seat":
        """Count one more connection of the address."""
        network = _network_of(host)
        self._open[network] += 1
        taken = self._open[network]
        if taken > self.limit:
            self._warn(network)
        return Seat(self, network, taken)

    def leave(self, network: str) -> None:
        """Count one connection less."""
        self._open[network] -= 1
        if not self._open[network]:
            del self._open[network]

    def _warn(self, network: str) -> None:
        now = time.monotonic()
        if now - self._warned >= WARN_EVERY:
            self._warned = now
            logger.warning(
                "Refused a connection of %s, which has %d others. Raise CONNECTIONS_PER_ADDRESS if "
                "many people share this address, or set BEHIND_TLS_PROXY if it is your proxy's.",
                network,
                self.limit,
            )


class Seat:
    """The place of one connection among those of its address."""

    __slots__ = ("_addresses", "_network", "taken")

    def __init__(self, addresses: Addresses, network: str, taken: int) -> None:
        self._addresses: Addresses | None = addresses
        self._network = network
        self.taken = taken

    @property
    def is_beyond(self) -> bool:
        """Whether the address had all its connections already."""
        return self._addresses is not None and self.taken > self._addresses.limit

    @property
    def is_far_beyond(self) -> bool:
        """Whether refused connections of the address take as much room as the others."""
        return self._addresses is not None and self.taken > 2 * self._addresses.limit

    def leave(self) -> None:
        """Free the place. Only the first call counts."""
        if self._addresses is not None:
            self._addresses.leave(self._network)
            self._addresses = None


def _network_of(host: str) -> str:
    address = ip_address(host.partition("%")[0])
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    # One customer of a provider has at least a network of 64 bits.
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
