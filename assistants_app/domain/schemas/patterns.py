"""Regular expressions that people write, matched in a time proportional to the text."""

import re
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

from assistants_app.domain.errors import PlaygroundError

LONGEST_PATTERN = 2_000  # characters
LONGEST_TEXT = 100_000  # characters
# Places in a pattern whose repeats are written out. The engine visits each of them for each
# character in the worst case: 2,000 places and 100,000 characters take a second.
MOST_PLACES = 2_000
_COUNT = re.compile(r"\{\s*(\d*)\s*(?:(,)\s*(\d*)\s*)?\}")
_NAMED = re.compile(r"\\(?:[pPxuU]|[bB](?=\{))\{[^}]*\}|\\.", re.DOTALL)
# With this flag, spaces and comments may come between a group and its count.
_SPACED_OUT = re.compile(r"\(\?[A-Za-z-]*x")


class PatternRefused(PlaygroundError):
    """Raised for a pattern that can't be used. The message says why and what to do."""


def is_match(pattern: str, text: str) -> bool:
    """Return whether the pattern matches somewhere in the text. Raises :class:`PatternRefused`."""
    if len(text) > LONGEST_TEXT:
        raise PatternRefused(
            f"The text is longer than {LONGEST_TEXT:,} characters, so the pattern wasn't tried."
        )
    try:
        _compiled(pattern).validate_python(text)
    except ValidationError:
        return False
    return True


def check_pattern(pattern: str) -> None:
    """Raise :class:`PatternRefused` if the pattern can't be used."""
    _compiled(pattern)


# Compiling a pattern can take 40 ms, and the rows of a test set share their patterns.
@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator:
    if len(pattern) > LONGEST_PATTERN:
        raise PatternRefused(f"Use a pattern of at most {LONGEST_PATTERN:,} characters.")
    if _SPACED_OUT.search(pattern):
        raise PatternRefused("The flag x isn't supported. Write the pattern without extra spaces.")
    if _places_in(pattern) > MOST_PLACES:
        raise PatternRefused(_TOO_LARGE)
    # By pydantic's engine, which takes linear time. Python's takes exponential time for "^(a+)+$".
    schema = core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
    try:
        return SchemaValidator(schema)
    except SchemaError as error:
        raise PatternRefused(_reason(str(error))) from None


_TOO_LARGE = "The pattern is too large with all of its repeats. Use smaller counts."


def _reason(error: str) -> str:
    if "look-around" in error:
        return "Look-ahead and look-behind aren't supported. Write the pattern without them."
    if "backreferences" in error:
        return "References to groups, such as \\1, aren't supported. Write the group again."
    if "size limit" in error:
        return _TOO_LARGE
    # The engine shows the pattern with a mark below the place, then the error on the last line.
    _, found, problem = error.rpartition("error: ")
    return f"This is not a valid pattern: {problem.strip()}." if found else "Invalid pattern."


def _places_in(pattern: str) -> int:
    """Return about how many places the pattern has when all counts are written out."""
    # `sizes` has the size of each open group so far, and `last` of what a count would repeat.
    sizes, last, at = [0], 0, 0
    while at < len(pattern):
        sign = pattern[at]
        if count := _COUNT.match(pattern, at):
            least, comma, most = count[1], count[2], count[3]
            times = max(int(most or 0), int(least or 0), 1) + (1 if comma and not most else 0)
            sizes[-1] += last * (times - 1)
            last *= times
            at = count.end()
            continue
        if sign == "(":
            sizes.append(0)
        elif sign == ")" and len(sizes) > 1:
            last = sizes.pop()
            sizes[-1] += last
        elif sign not in "*+?|":
            last = 1
            sizes[-1] += 1
        at = _end_of_atom(pattern, at)
    return sum(sizes)


def _end_of_atom(pattern: str, at: int) -> int:
    if named := _NAMED.match(pattern, at):
        return named.end()
    if pattern[at] != "[":
        return at + 1
    # A class counts as one place. The first character may be "]" itself, and classes may be nested.
    depth, at = 1, at + 1
    start = at + 1 if pattern[at : at + 1] == "^" else at
    while at < len(pattern) and depth:
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] == "[":
            depth += 1
        elif pattern[at] == "]" and at != start:
            depth -= 1
        at += 1
    return at
