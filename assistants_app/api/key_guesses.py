"""Wrong API keys: an address that sends many of them has to wait."""

import logging
import math
import time

from assistants_app.domain.errors import ApiError
from assistants_app.services.project.guesses import CannotCount, count_attempt, keys_by_address

logger = logging.getLogger(__name__)

MOST_REMEMBERED = 10_000  # addresses and keys; beyond it, the memory starts again
# What this process knows: until when an address has to wait, and which keys have worked from where.
_waiting: dict[str, float] = {}
_worked: set[tuple[str, str]] = set()


def admit(address: str, key_id: str) -> None:
    """Admit a right key. Raises :class:`ApiError` if its address has to wait.

    A key that has worked from this address before needn't wait for what others do there.
    """
    if (address, key_id) in _worked:
        return
    refuse_if_waiting(address)
    if len(_worked) >= MOST_REMEMBERED:
        _worked.clear()
    _worked.add((address, key_id))


def count_wrong_key(address: str) -> None:
    """Count a wrong key. Raises :class:`ApiError` if the address has to wait."""
    if not address:
        return
    # A right key and a wrong one get the same response here, so a wait reveals nothing.
    refuse_if_waiting(address)
    try:
        wait = count_attempt([keys_by_address(address)])
    except CannotCount as error:
        # Keys are too long to be guessed even without a limit, so a fault of Redis closes nothing.
        logger.warning("Couldn't count a wrong API key: %s", error)
        return
    if wait > 0:
        if len(_waiting) >= MOST_REMEMBERED:
            _waiting.clear()
        _waiting[address] = time.monotonic() + wait
        logger.warning("After many wrong API keys, %s has to wait %.0f s.", address, wait)
        refuse_if_waiting(address)


def refuse_if_waiting(address: str) -> None:
    """Raise :class:`ApiError` if the address has to wait."""
    if not _waiting:
        return
    wait = _waiting.get(address, 0.0) - time.monotonic()
    if wait <= 0:
        _waiting.pop(address, None)
        return
    seconds = math.ceil(wait)
    raise ApiError(
        "Too many requests with an incorrect API key have come from your address. Check the key, "
        f"and try again in {seconds}s.",
        type="requests",
        code="rate_limit_exceeded",
        http_status=429,
        headers={"Retry-After": str(seconds), "retry-after-ms": str(math.ceil(wait * 1000))},
    )
