"""Object ids with the vendor's prefixes, ordered by time and hard to guess."""

import secrets
import threading
import time
from datetime import UTC, datetime, timedelta

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TIME_DIGITS = 9  # microseconds since 1970 in base 62, enough until the year 2398
RANDOM_DIGITS = 15  # 89 bits

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_lock = threading.Lock()
_last_microsecond = 0


def new_id(prefix: str, separator: str = "_") -> str:
    """Return a new id: `prefix`, `separator` and 24 characters.

    In C collation a later id sorts after an earlier one: strictly within a process, by the clocks
    between processes. The vendor separates with a dash only in ids of files: ``file-abc123``.
    """
    # Lists are paged by id alone, with one index for order and cursor. That takes the same time
    # however long a list grows.
    tail = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_DIGITS))
    return f"{prefix}{separator}{_base62(_next_microsecond())}{tail}"


def sort_key(object_id: str) -> str:
    """Return the id without its prefix, which orders objects of different kinds by time."""
    return object_id.partition("_")[2]


def key_of(moment: datetime) -> str:
    """Return a key that sorts before the keys of all objects created after this moment."""
    return _base62((moment - _EPOCH) // timedelta(microseconds=1))


def _next_microsecond() -> int:
    # Never the same microsecond twice, even if the clock stops or is set back.
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
