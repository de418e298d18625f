"""JSON values that models write: reading and comparing them."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from assistants_app.domain.configurations.canonical import canonical_json

LONGEST = 2_000_000  # characters
FENCE = "```"
# Levels of lists and objects. Python reads more of them than it can compare.
DEEPEST = 200
# Places in a text at which JSON is looked for. Each one may cost as much as the text is long.
MOST_STARTS = 200


def read_json(text: str) -> Any:
    """Return the JSON value that is the whole text. Raises ValueError that says why it is none."""
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST:,} characters")
    try:
        return _bounded(json.loads(text, parse_constant=_refuse_constant, parse_float=_finite))
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def json_within(text: str) -> Any:
    """Return the JSON value that is the text, in a fenced block of it, or else inside of it.

    Inside, only objects and arrays count. Raises ValueError as :func:`read_json`.
    """
    try:
        return read_json(text.strip())
    except ValueError as error:
        first_problem = error
    # Odd pieces are those between two fences. The first line may name a language.
    for block in text.split(FENCE, 2 * MOST_STARTS)[1::2]:
        language, _, rest = block.partition("\n")
        for candidate in (block, rest if language.strip().isalnum() else block):
            try:
                return read_json(candidate.strip())
            except ValueError:
                continue
    return _first_inside(text, first_problem)


def _first_inside(text: str, problem: ValueError) -> Any:
    decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
    at = -1
    if len(text) > LONGEST:
        raise problem
    for _ in range(MOST_STARTS):
        starts = [place for sign in "{[" if (place := text.find(sign, at + 1)) >= 0]
        if not starts:
            break
        at = min(starts)
        try:
            return _bounded(decoder.raw_decode(text, at)[0])
        except (ValueError, RecursionError):
            continue
    raise problem


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 and 1.0 are, but not 1 and true."""
    return canonical_json(one) == canonical_json(other)


def contains(value: Any, part: Any) -> bool:
    """Return whether `value` has everything in `part`: objects may have more keys."""
    if isinstance(part, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and contains(value[key], inner) for key, inner in part.items()
        )
    if isinstance(part, list):
        return (
            isinstance(value, list)
            and len(value) == len(part)
            and all(contains(one, other) for one, other in zip(value, part, strict=True))
        )
    return same(value, part)


def _bounded(value: Any) -> Any:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        lists = [each.values() if isinstance(each, dict) else each for each in level]
        level = [inner for each in lists for inner in each if isinstance(inner, dict | list)]
        if not level:
            return value
    raise ValueError("nested too deeply")


def _finite(number: str) -> float:
    value = float(number)
    if math.isinf(value):
        raise ValueError(f"{number[:30]} is too large a number")
    return value


def _refuse_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity, which no other reader of JSON accepts.
    raise ValueError(f"{name} is not JSON")
