"""Numbers as a spreadsheet shows them, by the format code of their cell.

The codes are those of ECMA-376, part 1, section 18.8.31. Decimals have a dot, as in the codes: a
file does not say in which country it is read.
"""

import functools
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from fractions import Fraction
from itertools import takewhile
from typing import NamedTuple

from assistants_app.retrieval.extract.readers.workbooks.dates import date_text, is_elapsed

GENERAL = "General"
ISO_DATE = "yyyy-mm-dd"
# Formats that a file names by number only. Where the country decides on the order of day and month,
# the date is shown as ISO 8601 does, which is the same everywhere.
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    **dict.fromkeys((5, 6), "$#,##0;-$#,##0"),
    **dict.fromkeys((7, 8), "$#,##0.00;-$#,##0.00"),
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: ISO_DATE,
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: f"{ISO_DATE} h:mm",
    **dict.fromkeys((*range(27, 32), 36, *range(50, 59)), ISO_DATE),
    **dict.fromkeys((32, 33), "h:mm:ss"),
    **dict.fromkeys((37, 38), "#,##0;(#,##0)"),
    **dict.fromkeys((39, 40), "#,##0.00;(#,##0.00)"),
    **dict.fromkeys((41, 42), "#,##0;-#,##0"),
    **dict.fromkeys((43, 44), "#,##0.00;-#,##0.00"),
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}
TOKEN = re.compile(
    r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]|(?<=[0#?.])E[+-]|General|AM/PM|A/P'
    r"|上午/下午|午前/午後|오전/오후|y+|m+|d+|h+|s+|a+|e+|g+|b[12]|b+|r+|[0#?]|.",
    re.IGNORECASE | re.DOTALL,
)
CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")
CURRENCY = re.compile(r"\[\$([^-\]]*)(?:-[^\]]*)?\]")
DATE_LETTERS = frozenset("ymdhs")
# Weekdays, eras and Buddhist years of Asian formats, but not the letters of unquoted words.
ASIAN_DATES = frozenset(("aaa", "aaaa", "bb", "bbbb", "b1", "b2", "gg", "ggg", "rr"))
LONGEST_NUMBER = 400  # digits
EXACT = Context(prec=2 * LONGEST_NUMBER)


class Section(NamedTuple):
    """One of the parts of a format code between semicolons."""

    tokens: tuple[str, ...]
    condition: tuple[str, float] | None
    is_date: bool = False


def shown(value: float, code: str, *, since_1904: bool = False) -> str:
    """Return a number as its format shows it, or by itself if the format makes no sense."""
    sections = _sections(code)
    section, absolute = _section_for(value, sections)
    try:
        if section.is_date:
            return date_text(value, section.tokens, since_1904=since_1904)
        return _number_text(abs(value) if absolute else value, section.tokens)
    except (ValueError, OverflowError, InvalidOperation, ZeroDivisionError):
        return general(value)


def shown_text(text: str, code: str) -> str:
    """Return a text as its format shows it."""
    sections = _sections(code)
    section = sections[3] if len(sections) > 3 else sections[-1]
    if "@" not in section.tokens:
        return text
    return "".join(text if token == "@" else _literal(token) for token in section.tokens)


def general(value: float) -> str:
    """Return a number without a format: all its digits and none of a float's noise."""
    if abs(value) < 1e21 and value == int(value):
        return str(int(value))
    return f"{value:.15g}".replace("e", "E")


@functools.lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[Section, ...]:
    sections: list[Section] = []
    tokens: list[str] = []
    for token in [*TOKEN.findall(code or GENERAL), ";"]:
        if token != ";":
            tokens.append(token)
            continue
        found = next((match for one in tokens if (match := CONDITION.fullmatch(one))), None)
        condition = (found[1], float(found[2])) if found else None
        sections.append(Section(tuple(tokens), condition, any(map(_is_of_date, tokens))))
        tokens = []
    return tuple(sections)


def _is_of_date(token: str) -> bool:
    if token.lower() == "general":
        return False
    letters = token.lower()
    return letters[0] in DATE_LETTERS or letters in ASIAN_DATES or is_elapsed(token)


def _section_for(value: float, sections: Sequence[Section]) -> tuple[Section, bool]:
    """Return the section for a value, and whether the section shows the sign by itself."""
    if any(section.condition for section in sections[:2]):
        for at, section in enumerate(sections[:3]):
            if section.condition is None or _holds(value, *section.condition):
                # A section for all of the negative numbers has their sign in its code.
                return section, at > 0 and value < 0 and "-" in section.tokens
        return Section(("#",) * 9, None), False
    numeric = sections[:3]
    if value < 0 and len(numeric) > 1:
        return numeric[1], True
    if value == 0 and len(numeric) > 2:
        return numeric[2], True
    return numeric[0], False


def _holds(value: float, operator: str, bound: float) -> bool:
    return {
        "<": value < bound,
        ">": value > bound,
        "<=": value <= bound,
        ">=": value >= bound,
        "=": value == bound,
        "<>": value != bound,
    }[operator]


def _literal(token: str) -> str:
    """Return the text that a token stands for beside the digits."""
    if token[0] == '"':
        return token.strip('"')
    if token[0] == "\\":
        return token[1:]
    if token[0] == "_":
        return " "
    if token[0] == "*":
        return ""
    if token[0] == "[" and len(token) > 1:
        found = CURRENCY.fullmatch(token)
        return found[1] if found else ""
    return token


def _number_text(value: float, tokens: tuple[str, ...]) -> str:
    if any(token.lower() == "general" for token in tokens):
        return "".join(general(value) if t.lower() == "general" else _literal(t) for t in tokens)
    places = [at for at, token in enumerate(tokens) if token in "0#?"]
    if not places:
        # A section of text alone, such as "none" for zero, or "@", which shows the number.
        return "".join(general(value) if token == "@" else _literal(token) for token in tokens)
    sign = "-" if value < 0 else ""
    number = Decimal(repr(abs(value)))
    if number.adjusted() > LONGEST_NUMBER:
        raise ValueError
    if "/" in tokens[places[0] :]:
        return sign + _fraction_text(number, tokens)
    if any(token in ("E+", "E-", "e+", "e-") for token in tokens):
        return sign + _scientific_text(number, tokens)
    number *= 100 ** tokens.count("%")
    text = _decimal_text(number, tokens)
    is_zero = not any(char in "123456789" for char in text)
    return text if is_zero else sign + text


def _decimal_text(number: Decimal, tokens: tuple[str, ...]) -> str:
    last = max(at for at, token in enumerate(tokens) if token in "0#?")
    point = tokens.index(".") if "." in tokens[: last + 1] else last + 1
    first = min(at for at, token in enumerate(tokens) if token in "0#?")
    commas = [at for at, token in enumerate(tokens) if token == ","]
    grouped = any(first < at < min(point, last) for at in commas)
    # Each comma behind the digits or before the point divides by a thousand.
    behind = len(list(takewhile(",".__eq__, tokens[last + 1 :])))
    before_point = len(list(takewhile(",".__eq__, reversed(tokens[:point])))) if point < last else 0
    number /= 1000 ** (behind + before_point)
    decimals = sum(token in "0#?" for token in tokens[point:])
    rounded = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, EXACT)
    whole, _, fraction = f"{rounded:f}".partition(".")
    before = _whole_part(whole.lstrip("0"), tokens[:point], grouped=grouped)
    return before + _fraction_part(fraction, tokens[point:])


def _whole_part(digits: str, tokens: tuple[str, ...], *, grouped: bool) -> str:
    """Fill the places before the point from the right. The first place takes all that are left."""
    places = sum(token in "0#?" for token in tokens)
    pieces: list[str] = []
    put = 0

    def put_digit(digit: str) -> None:
        nonlocal put
        if grouped and put and put % 3 == 0 and digit != " ":
            pieces.append(",")
        pieces.append(digit)
        put += 1

    for token in reversed(tokens):
        if token in "0#?":
            places -= 1
            filler = {"0": "0", "?": " "}.get(token, "")
            if digit := digits[-1:] or filler:
                put_digit(digit)
            digits = digits[:-1]
            while not places and digits:
                put_digit(digits[-1])
                digits = digits[:-1]
        elif token != ",":
            pieces.append(_literal(token)[::-1])
    return "".join(pieces)[::-1]


def _fraction_part(digits: str, tokens: tuple[str, ...]) -> str:
    needed = len(digits.rstrip("0"))
    text, at = "", 0
    for token in tokens:
        if token in "0#?":
            digit = digits[at]
            text += digit if at < needed or token == "0" else " " if token == "?" else ""
            at += 1
        elif token != ",":
            text += _literal(token)
    return text


def _scientific_text(number: Decimal, tokens: tuple[str, ...]) -> str:
    at = next(at for at, token in enumerate(tokens) if token.upper() in ("E+", "E-"))
    mantissa, exponent = tokens[:at], tokens[at + 1 :]
    point = mantissa.index(".") if "." in mantissa else len(mantissa)
    # With more than one place before the point, the exponent is a multiple of their number.
    step = max(1, sum(token in "0#?" for token in mantissa[:point]))
    power = number.adjusted() // step * step if number else 0
    text = _decimal_text(number.scaleb(-power), mantissa)
    places = sum(token in "0#?" for token in exponent)
    sign = "-" if power < 0 else "+" if tokens[at][1] == "+" else ""
    tail = "".join(_literal(token) for token in exponent if token not in "0#?")
    return f"{text}E{sign}{abs(power):0{places}d}{tail}"


def _fraction_text(number: Decimal, tokens: tuple[str, ...]) -> str:
    slash = tokens.index("/", next(at for at, token in enumerate(tokens) if token in "0#?"))
    below = "".join(tokens[slash + 1 :]).strip()
    fixed = re.match(r"[1-9]\d*", below)
    before = "".join(tokens[:slash])
    has_whole = bool(re.search(r"[0#?][^0#?]+[0#?]+\s*$", before))
    whole, rest = divmod(number, 1) if has_whole else (Decimal(0), number)
    if fixed:
        denominator = int(fixed[0])
        numerator = int((rest * denominator).to_integral_value(ROUND_HALF_UP))
    else:
        most = 10 ** max(1, sum(token in "0#?" for token in tokens[slash + 1 :])) - 1
        nearest = Fraction(rest).limit_denominator(most)
        numerator, denominator = nearest.numerator, nearest.denominator
    if has_whole and numerator == denominator:
        whole, numerator = whole + 1, 0
    shown_whole = str(int(whole)) if whole or not numerator else ""
    if not numerator and has_whole:
        return shown_whole
    return f"{shown_whole} {numerator}/{denominator}".strip()
