"""Amounts of money and numbers, as people type them. Every field for them is read here."""

import re
from decimal import Decimal

from assistants_app.domain.errors import InvalidRequest

# A comma is only where the thousands are. In "7,50" it would be the decimal point of another
# country, and the amount a hundred times as large if it were left out.
_TYPED = re.compile(r"(?=[\d.])(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.(\d+))?", re.ASCII)
_HINT = "Write a point before decimal places, and commas only between thousands, as in 1,000.50."


def read_dollars(text: str, *, most: Decimal, places: int, param: str) -> Decimal | None:
    """Return dollars from 0 to `most` with up to `places` decimals, or None for an empty text.

    Raises :class:`InvalidRequest` with `param`.
    """
    typed = text.strip()
    value = _read(typed.removeprefix("$").strip(), places, param) if typed else None
    if value is not None and value > most:
        raise InvalidRequest(f"Enter ${most:,} or less.", param=param)
    return value


def read_count(text: str, *, most: int, param: str) -> int | None:
    """Return a whole number from 1 to `most`, or None for an empty text.

    Raises :class:`InvalidRequest` with `param`.
    """
    typed = text.strip()
    if not typed:
        return None
    value = _read(typed, 0, param)
    if not 1 <= value <= most:
        raise InvalidRequest(f"Enter a whole number from 1 to {most:,}.", param=param)
    return int(value)


def read_number(text: str, *, places: int, param: str) -> Decimal:
    """Return a number from 0 on with up to `places` decimals.

    Raises :class:`InvalidRequest` with `param`.
    """
    return _read(text.strip(), places, param)


def _read(text: str, places: int, param: str) -> Decimal:
    found = _TYPED.fullmatch(text)
    if not text or found is None:
        whole = "" if places else " whole"
        hint = _HINT if places else "Write commas only between thousands, as in 1,000."
        raise InvalidRequest(f"Enter a{whole} number. {hint}", param=param)
    decimals = found[1] or ""
    if len(decimals) > places:
        said = f"at most {places} decimal places" if places else "no decimal places"
        raise InvalidRequest(f"Enter a number with {said}.", param=param)
    return Decimal(text.replace(",", ""))
