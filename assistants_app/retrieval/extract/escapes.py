r"""Letters that JSON and Java write as escapes, such as ``\u017c`` for "ż"."""

import re
import unicodedata

# Each backslash takes the next character, so that \\u017c remains a backslash and five characters.
ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)",
    re.DOTALL,
)
# A string of JSON that contains JSON, as logs of APIs have it. Its end may be missing.
NESTED = re.compile(r'"\s*+(?:\{|\[)(?:[^"\\]++|\\.)*+"?', re.DOTALL)
# Controls, surrogates without their other half, undefined characters, and ends of lines.
UNSEEN = {"Cc", "Cs", "Cn", "Zl", "Zp"}
MEANINGFUL = '"\\'  # in JSON
BYTE_ORDER_MARK = "\ufeff"


def with_letters(text: str) -> str:
    r"""Return JSON with the letters that its ``\uXXXX`` stand for.

    What an escape keeps from breaking the text remains: quotes, backslashes, control characters and
    halves of characters. JSON in a string of JSON, escaped twice, gets its letters too.
    """
    if "\\u" not in text:
        return text
    if "\\\\u" in text:
        text = NESTED.sub(_with_letters_inside, text)
    return ESCAPE.sub(_letter, text)


def with_letters_beyond_ascii(text: str) -> str:
    r"""Return the text of a Java file with the letters that its ``\uXXXX`` stand for.

    Escapes of ASCII remain, because they keep characters such as ``=`` from their meaning.
    """
    if "\\u" not in text:
        return text
    return ESCAPE.sub(lambda found: found[0] if (new := _letter(found)).isascii() else new, text)


def _with_letters_inside(found: re.Match[str]) -> str:
    # What begins with an odd number of escaped backslashes before the u is an escape in the string.
    return re.sub(
        r"(?:\\\\)++u[0-9a-fA-F]{4}(?:\\\\u[dD][c-fC-F][0-9a-fA-F]{2})?", _inner, found[0]
    )


def _inner(found: re.Match[str]) -> str:
    backslashes, u, digits = found[0].partition("u")
    if len(backslashes) % 4 == 0:
        return found[0]
    before, escape = backslashes[:-2], f"\\{u}{digits.replace(2 * chr(92), chr(92))}"
    letters = ESCAPE.sub(_letter, escape)
    return found[0] if "\\" in letters else before + letters


def _letter(found: re.Match[str]) -> str:
    high, low, one = found.groups()
    if high:
        number = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
    elif one:
        number = int(one, 16)
    else:
        return found[0]
    char = chr(number)
    if char in MEANINGFUL or char == BYTE_ORDER_MARK or unicodedata.category(char) in UNSEEN:
        return found[0]
    return char
