"""Superscripts and subscripts in plain text, so that ten to the sixth power never reads as 106.

A reader puts marks around raised and lowered text. :func:`rendered` turns them into ``10⁶``,
``H₂O`` or ``x^(a+b)``.
"""

import re

# Noncharacters: no text that people write contains them.
RAISED, RAISED_END, LOWERED, LOWERED_END = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
MARKS = f"{RAISED}-{LOWERED_END}"
LONGEST = 24  # characters; longer raised text is a matter of layout, not of meaning
NESTED = 8

_SIGNS = str.maketrans("-\u2013\u2212\u2010\u2011", "−−−−−")
_HIGH = str.maketrans("0123456789+−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_LOW = str.maketrans("0123456789+−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_RAISED_ALREADY = "[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽ⁿⁱªº"
_ALL_HIGH = re.compile(r"[0-9+−=()]+|[ni]")
_ALL_LOW = re.compile(r"[0-9+−=()]+")
_CLOSED = re.compile(r"(?![⁰¹²³⁴-₉])\w(?:(?![⁰¹²³⁴-₉])[\w.,])*(?<![.,])|\([^()]*\)")
# Letters that are raised by custom: 1st, 2nd, 3e, 1er, nº, Mme. They mean the same on the line.
_ORDINAL = re.compile(
    r"(?:st|nd|rd|th|e|er|ers|re|res|nde?|ème|èmes|ère|o|os|a|as|r|º|ª)\.?", re.IGNORECASE
)
# Mme, Mlle, nº, nos, Mgr, nth: raised letters after a single one.
_ABBREVIATED = {"me", "mes", "lle", "lles", "gr", "o", "os", "th", "st"}
_TRADE = {"tm": "™", "sm": "℠"}
# The end of one mark and the start of the same: a word processor cut one exponent into pieces.
_SEAMS = re.compile(f"{RAISED_END}{RAISED}|{LOWERED_END}{LOWERED}")
_INNERMOST = re.compile(f"{RAISED}([^{MARKS}]*){RAISED_END}|{LOWERED}([^{MARKS}]*){LOWERED_END}")
_ANY_MARK = re.compile(f"[{MARKS}]")


def raised(text: str) -> str:
    """Return `text` with marks of a superscript."""
    return f"{RAISED}{text}{RAISED_END}" if text else ""


def lowered(text: str) -> str:
    """Return `text` with marks of a subscript."""
    return f"{LOWERED}{text}{LOWERED_END}" if text else ""


def rendered(text: str) -> str:
    """Return `text` with its marks replaced by superscripts and subscripts."""
    if not _ANY_MARK.search(text):
        return text
    text = _SEAMS.sub("", text)
    for _ in range(NESTED):
        if not _INNERMOST.search(text):
            break
        text = _INNERMOST.sub(_render, text)
    return _ANY_MARK.sub("", text)


def _render(found: re.Match[str]) -> str:
    high = found[1] is not None
    inner = found[1] if high else found[2]
    core = inner.strip()
    if not core:
        return inner
    before = found.string[max(0, found.start() - 2) : found.start()]
    shown = _render_high(core, before) if high else _render_low(core, before)
    lead = inner[: len(inner) - len(inner.lstrip())]
    return lead + shown + inner[len(inner.rstrip()) :]


def _render_high(text: str, before: str) -> str:
    plain = text.translate(_SIGNS)
    if _ALL_HIGH.fullmatch(plain):
        return plain.translate(_HIGH)
    if text.lower() in _TRADE:
        return _TRADE[text.lower()]
    # A mark such as "*", "[1]" or "†" refers to a note. It changes no number.
    mark = text[0] in _RAISED_ALREADY or not any(map(str.isalnum, text))
    return text if mark or not _is_exponent(text, before) else _exponent(text)


def _is_exponent(text: str, before: str) -> bool:
    if len(text) > LONGEST or not before or before[-1].isspace():
        return False
    if before[-1].isdigit() and _ORDINAL.fullmatch(text):
        return False
    # After a number, a bracket or a variable of one letter stands an exponent. Inside a word,
    # raised letters are an abbreviation.
    variable = before[-1].isalpha() and not before[:-1].isalpha()
    if variable and text.lower() in _ABBREVIATED:
        return False
    return before[-1].isdigit() or before[-1] in ")]}|" or variable or text[0].isdigit()


def _exponent(text: str) -> str:
    return f"^{text}" if _CLOSED.fullmatch(text) else f"^({text})"


def power(base: str, exponent: str) -> str:
    """Return a formula's `base` with a superscript."""
    plain = exponent.translate(_SIGNS)
    if _ALL_HIGH.fullmatch(plain):
        return base + plain.translate(_HIGH)
    return base + _exponent(exponent) if exponent else base


def index(base: str, below: str) -> str:
    """Return a formula's `base` with a subscript."""
    plain = below.translate(_SIGNS)
    if _ALL_LOW.fullmatch(plain):
        return base + plain.translate(_LOW)
    if not below:
        return base
    return f"{base}_{below}" if _CLOSED.fullmatch(below) else f"{base}_({below})"


def _render_low(text: str, before: str) -> str:
    plain = text.translate(_SIGNS)
    if _ALL_LOW.fullmatch(plain):
        return plain.translate(_LOW)
    if len(text) > LONGEST or not before or before[-1].isspace() or not text[0].isalnum():
        return text
    return f"_{text}" if _CLOSED.fullmatch(text) else f"_({text})"
