"""Dates and times as a spreadsheet shows them.

A spreadsheet counts days since the end of 1899, or since 1904 on old Macs.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistants_app.retrieval.extract.readers.workbooks.calendars import (
    GREGORIAN,
    THAI_CALENDAR,
    Locale,
    Names,
    era_of,
    locale_of,
    names_of,
)

ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
NUMBER = re.compile(r"\d|月")
SECONDS_PER = {"h": 3600, "m": 60, "s": 1}
# openpyxl and pandas give this format to each date without a time.
DATE_AND_MIDNIGHT = re.compile(r"(yyyy-mm-dd) h{1,2}:mm:ss", re.IGNORECASE)
ISO = ("yyyy", "-", "mm", "-", "dd")
ISO_TIME = (" ", "hh", ":", "mm", ":", "ss")
HALVES = {
    "AM/PM": ("AM", "PM"), "A/P": ("A", "P"), "上午/下午": ("上午", "下午"),
    "午前/午後": ("午前", "午後"), "오전/오후": ("오전", "오후"),
}  # fmt: skip
BUDDHIST_YEARS = 543  # more than ours
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
        tokens = ISO
    locale = locale_of(code)
    if _needs_more(tokens, locale):
        letters = _meant(tokens)
        tokens = (*ISO, *(ISO_TIME if "h" in letters else ()))
        code, locale = "".join(tokens), Locale("en")
    decimals = re.search(r"s\.?(0+)", code)
    digits = len(decimals[1]) if decimals else 0
    # A minute is no exact part of a day, so the time is rounded to what is shown.
    ticks = round(abs(value) * 86_400 * 10**digits)
    seconds, fraction = divmod(ticks, 10**digits)
    sign = "-" if value < 0 else ""
    moment = _moment(seconds, since_1904)
    return sign + "".join(_pieces(tokens, moment, seconds, fraction, digits, locale))


def _needs_more(tokens: Sequence[str], locale: Locale) -> bool:
    """Return whether a format has names or a calendar that this module doesn't know."""
    letters = _meant(tokens)
    named = any(
        kind in "md" and len(token) > 2 for kind, token in zip(letters, tokens, strict=True) if kind
    )
    return (
        (named and names_of(locale.language) is None)
        or locale.calendar not in GREGORIAN
        or any(token.lower() == "b2" for token in tokens)
    )


def _moment(seconds: int, since_1904: bool) -> datetime.datetime:
    days, rest = divmod(seconds, 86_400)
    if since_1904:
        start = datetime.datetime(1904, 1, 1)
    else:
        # Its calendar has a 29 February 1900, which was none.
        start = datetime.datetime(1899, 12, 31 if days < 60 else 30)
    return start + datetime.timedelta(days=days, seconds=rest)


def _pieces(
    tokens: Sequence[str],
    moment: datetime.datetime,
    seconds: int,
    fraction: int,
    digits: int,
    locale: Locale,
) -> Iterator[str]:
    letters = _meant(tokens)
    shown = _Shown(
        moment,
        locale,
        twelve=any(token.upper() in HALVES for token in tokens),
        dated=any(
            kind == "d" and len(token) < 3 for kind, token in zip(letters, tokens, strict=True)
        ),
        has_era="g" in letters or "r" in letters,
    )
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
        elif token.upper() in HALVES:
            yield HALVES[token.upper()][moment.hour >= 12]
        elif kind:
            yield shown.part(kind, len(token))
        else:
            yield _literal(token)
        if kind or is_elapsed(token):
            after_seconds = kind == "s" or token[1:2].lower() == "s"


def _meant(tokens: Sequence[str]) -> list[str]:
    """Return the unit of each token, with "i" for the minutes among the letters m."""
    letters = [_unit(token) for token in tokens]
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


def _unit(token: str) -> str:
    letter = token[0].lower()
    if (
        token.upper() in HALVES
        or token.lower() in ("b1", "b2")
        or len(token) < _LEAST.get(letter, 1)
    ):
        return ""
    return letter if letter in "ymdhsegabr" else ""


# Shorter runs of these letters are text.
_LEAST = {"a": 3, "b": 2}


@dataclass(frozen=True, slots=True)
class _Shown:
    """Shows the parts of a moment."""

    moment: datetime.datetime
    locale: Locale
    twelve: bool  # hours
    dated: bool  # the month stands beside the number of a day
    has_era: bool

    def part(self, kind: str, length: int) -> str:
        """Return the part that a run of a letter stands for."""
        if kind in "yegbr":
            return self._year(kind, length)
        if kind in "md" and length > 2:
            return self._name(kind, length)
        if kind == "a":
            language = self.locale.language
            names = names_of(language if language in ("zh", "ko") else "ja")
            return _names_of_days(names, short=length == 3)[self.moment.weekday()]
        moment = self.moment
        hour = (moment.hour % 12 or 12) if self.twelve else moment.hour
        number = {
            "m": moment.month, "d": moment.day, "h": hour, "i": moment.minute, "s": moment.second
        }  # fmt: skip
        return f"{number[kind]:0{min(length, 2)}d}"

    def _name(self, kind: str, length: int) -> str:
        names = names_of(self.locale.language)
        if kind == "d":
            return _names_of_days(names, short=length == 3)[self.moment.weekday()]
        assert names is not None, "a format with names of an unknown language is shown as ISO 8601"
        at = self.moment.month - 1
        if length == 3:
            return names.short_months[at]
        whole = (names.dated if self.dated else names.months)[at]
        # Months that are numbers have no letter.
        return whole[0] if length == 5 and not NUMBER.search(whole) else whole

    def _year(self, kind: str, length: int) -> str:
        moment, is_japanese = self.moment, self.locale.language == "ja"
        if kind in "gr" or (kind == "e" and (is_japanese or self.has_era)):
            names, year = era_of(moment.date())
            if kind == "g":
                return names[min(length, 3) - 1]
            if kind == "r":
                return f"{names[2] if length > 1 else ''}{year:02d}"
            return f"{year:0{min(length, 2)}d}"
        buddhist = kind == "b" or self.locale.calendar == THAI_CALENDAR
        year = moment.year + (BUDDHIST_YEARS if buddhist else 0)
        return f"{year:04d}" if length > 2 or kind == "e" else f"{year % 100:02d}"


def _names_of_days(names: Names | None, *, short: bool) -> tuple[str, ...]:
    assert names is not None, "a format with names of an unknown language is shown as ISO 8601"
    return names.short_days if short else names.days


def _literal(token: str) -> str:
    if token[0] == '"':
        return token.strip('"')
    if token[0] == "\\":
        return token[1:]
    if token[0] in "_*[@" or token.lower() in ("b1", "b2"):
        return " " if token[0] == "_" else ""
    return token
