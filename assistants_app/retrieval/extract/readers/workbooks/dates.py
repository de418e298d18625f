"""Dates and times as a spreadsheet shows them.

A spreadsheet counts days since the end of 1899, or since 1904 on old Macs.
"""

import datetime
import re
from collections.abc import Iterator, Sequence

ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SECONDS_PER = {"h": 3600, "m": 60, "s": 1}
# openpyxl and pandas give this format to each date without a time.
DATE_AND_MIDNIGHT = re.compile(r"(yyyy-mm-dd) h{1,2}:mm:ss", re.IGNORECASE)
MOST_DAYS = 2_958_466  # until the year 9999


def is_elapsed(token: str) -> bool:
    """Return whether a token shows all the hours, minutes or seconds of a time."""
    return bool(ELAPSED.fullmatch(token))


def date_text(value: float, tokens: Sequence[str], *, since_1904: bool) -> str:
    """Return a date or time in the format of these tokens.

    Raises ``ValueError`` for numbers that are no date, such as negative ones.
    """
    if value < 0 and not any(map(is_elapsed, tokens)) or abs(value) >= MOST_DAYS:
        raise ValueError("no date")
    code = "".join(tokens)
    if DATE_AND_MIDNIGHT.fullmatch(code) and value == int(value):
        tokens = ("yyyy", "-", "mm", "-", "dd")
    decimals = re.search(r"s\.?(0+)", code)
    digits = len(decimals[1]) if decimals else 0
    # A minute is no exact part of a day, so the time is rounded to what is shown.
    ticks = round(abs(value) * 86_400 * 10**digits)
    seconds, fraction = divmod(ticks, 10**digits)
    sign = "-" if value < 0 else ""
    return sign + "".join(_pieces(tokens, _moment(seconds, since_1904), seconds, fraction, digits))


def _moment(seconds: int, since_1904: bool) -> datetime.datetime:
    days, rest = divmod(seconds, 86_400)
    if since_1904:
        start = datetime.datetime(1904, 1, 1)
    else:
        # Its calendar has a 29 February 1900, which was none.
        start = datetime.datetime(1899, 12, 31 if days < 60 else 30)
    return start + datetime.timedelta(days=days, seconds=rest)


def _pieces(
    tokens: Sequence[str], moment: datetime.datetime, seconds: int, fraction: int, digits: int
) -> Iterator[str]:
    twelve = any(token.upper() in ("AM/PM", "A/P") for token in tokens)
    letters = _meant(tokens)
    after_seconds = skipping = False
    for at, token in enumerate(tokens):
        kind = letters[at]
        if skipping and token == "0":
            continue
        skipping = False
        if token == "." and after_seconds and digits and tokens[at + 1 : at + 2] == ("0",):
            yield f".{fraction:0{digits}d}"
            skipping = True
        elif is_elapsed(token):
            unit = token[1].lower()
            yield str(seconds // SECONDS_PER[unit]).rjust(len(token) - 2, "0")
        elif token.upper() in ("AM/PM", "A/P"):
            half = "AM" if moment.hour < 12 else "PM"
            yield half if len(token) > 3 else half[0]
        elif kind:
            yield _part(kind, len(token), moment, twelve)
        else:
            yield _literal(token)
        if kind or is_elapsed(token):
            after_seconds = kind == "s" or token[1:2].lower() == "s"


def _meant(tokens: Sequence[str]) -> list[str]:
    """Return the unit of each token, with "i" for the minutes among the letters m."""
    letters = [token[0].lower() if token[0].lower() in "ymdhse" else "" for token in tokens]
    letters = [
        "" if token.upper() == "A/P" else one for token, one in zip(tokens, letters, strict=True)
    ]
    units = [ELAPSED.sub(r"\1", token)[:1].lower() for token in tokens]
    named = [at for at, unit in enumerate(units) if unit and unit in "ymdhs"]
    for place, at in enumerate(named):
        if letters[at] != "m" or len(tokens[at]) > 2:
            continue
        before = units[named[place - 1]] if place else ""
        after = units[named[place + 1]] if place + 1 < len(named) else ""
        if before == "h" or after == "s":
            letters[at] = "i"
    return letters


def _part(kind: str, length: int, moment: datetime.datetime, twelve: bool) -> str:
    if kind in "ye":
        return f"{moment.year:04d}" if length > 2 or kind == "e" else f"{moment.year % 100:02d}"
    if kind == "m" and length > 2:
        name = MONTHS[moment.month - 1]
        return {3: name[:3], 5: name[0]}.get(length, name)
    if kind == "d" and length > 2:
        name = WEEKDAYS[moment.weekday()]
        return name[:3] if length == 3 else name
    hour = (moment.hour % 12 or 12) if twelve else moment.hour
    number = {"m": moment.month, "d": moment.day, "h": hour, "i": moment.minute, "s": moment.second}
    return f"{number[kind]:0{min(length, 2)}d}"


def _literal(token: str) -> str:
    if token[0] == '"':
        return token.strip('"')
    if token[0] == "\\":
        return token[1:]
    if token[0] in "_*[@":
        return " " if token[0] == "_" else ""
    return token
