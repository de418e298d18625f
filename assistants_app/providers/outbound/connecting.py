"""The addresses of a host to which a connection may be made."""

import logging
import socket
from ipaddress import ip_address

from assistants_app.providers.http.dialing import resolve
from assistants_app.providers.outbound.errors import AddressDenied
from assistants_app.providers.outbound.networks import NetworkRules

logger = logging.getLogger(__name__)


async def checked_addresses(host: str, port: int, rules: NetworkRules) -> list[str]:
    """Return the addresses of a host to which the rules permit a connection, in the usual order.

    Connect to these and not to the name, which may have another address a moment later. Raises
    :class:`AddressDenied` if none is left, and :class:`OSError` if the name can't be looked up.
    """
    found = await resolve(host, port)
    permitted = [text for text in found if rules.permit(ip_address(text))]
    if not permitted:
        # For the operator. The person who entered the name must not learn its address this way.
        logger.warning("No connection to %s: %s isn't permitted.", host, ", ".join(found))
        raise AddressDenied(f"The address of {host} isn't permitted.")
    return permitted


def permits_literal(host: str, rules: NetworkRules) -> bool:
    """Return False if the host is an address, in any notation, that the rules deny.

    For requests through a proxy, which looks names up itself.
    """
    try:
        rows = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return True
    return all(rules.permit(ip_address(address[0])) for *_, address in rows)
