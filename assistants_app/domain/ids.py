"""Object ids: the vendor's prefixes, time-ordered, hard to guess."""

import secrets
import threading
import time

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TIME_DIGITS = 9  # microseconds since 1970 in base 62: enough until the year 2398
RANDOM_DIGITS = 15  # 89 bits

_lock = threading.Lock()
_last_microsecond = 0


def new_id(prefix: str, separator: str = "_") -> str:
    """``prefix_`` and 24 characters; in C collation a later id sorts after an earlier one.

    The vendor's files alone have a dash: ``file-abc123``.

    Within a process the order is strict; between processes it is that of their clocks. Lists page
    by id alone, which keeps them flat however long they grow.
    """
    tail = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_DIGITS))
    return f"{prefix}{separator}{_base62(_next_microsecond())}{tail}"


def sort_key(object_id: str) -> str:
    """What orders objects of different kinds by time: the id without its prefix."""
    return object_id.partition("_")[2]


def _next_microsecond() -> int:
    global _last_microsecond
    with _lock:
        _last_microsecond = max(time.time_ns() // 1000, _last_microsecond + 1)
        return _last_microsecond


def _base62(number: int) -> str:
    digits = []
    for _ in range(TIME_DIGITS):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
