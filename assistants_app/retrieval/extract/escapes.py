r"""Letters that JSON, YAML and Java write as escapes, such as ``\u017c`` for "ż"."""

import re
import sys
import unicodedata

# Each backslash takes the next character, so that \\u017c remains a backslash and five characters.
ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)",
    re.DOTALL,
)
# A string of JSON that contains JSON, as logs of APIs have it. Its end may be missing.
NESTED = re.compile(r'"\s*+(?:\{|\[)(?:[^"\\]++|\\.)*+"?', re.DOTALL)
# A string in double quotes where YAML has a value or a key, and its escapes.
QUOTED = re.compile(
    r'(?:(?<=[:\-,?] )|(?<=[\[{])|^[ \t]*+)"(?:[^"\\]++|\\.)*+"', re.DOTALL | re.MULTILINE
)
YAML_ESCAPE = re.compile(
    r"\\(?:x([89a-fA-F][0-9a-fA-F])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\n[ \t]*+(\\(?= ))?|.)",
    re.DOTALL,
)
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


def with_letters_of_yaml(text: str) -> str:
    r"""Return YAML with the letters that escapes in its strings stand for.

    Programs that write them escape all letters beyond ASCII, and break long lines within words. Any
    other text stays as it is.
    """
    return QUOTED.sub(_with_letters_of_string, text) if text.isascii() else text


def _with_letters_of_string(found: re.Match[str]) -> str:
    string = YAML_ESCAPE.sub(_letter_of_yaml, found[0])
    return found[0] if string.isascii() else string


def _letter_of_yaml(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits:
        number = int(digits, 16)
        char = chr(number) if number <= sys.maxunicode else ""
        return char if _is_seen(char) and not char.isascii() else found[0]
    return "" if found[0].startswith("\\\n") else found[0]


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
    return char if _is_seen(char) and char not in MEANINGFUL else found[0]


def _is_seen(char: str) -> bool:
    return char not in ("", BYTE_ORDER_MARK) and unicodedata.category(char) not in UNSEEN
