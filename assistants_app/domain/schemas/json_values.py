"""JSON values that models write: reading and comparing them."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

LONGEST = 2_000_000  # characters
FENCE = "```"
# Places in a text at which JSON is looked for. Each one may cost as much as the text is long.
MOST_STARTS = 200


def read_json(text: str) -> Any:
    """Return the JSON value that is the whole text. Raises ValueError that says why it is none."""
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST:,} characters")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
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
    for block in text.split(FENCE)[1::2]:
        language, _, rest = block.partition("\n")
        for candidate in (block, rest if language.strip().isalnum() else block):
            try:
                return read_json(candidate.strip())
            except ValueError:
                continue
    return _first_inside(text, first_problem)


def _first_inside(text: str, problem: ValueError) -> Any:
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    at = -1
    if len(text) > LONGEST:
        raise problem
    for _ in range(MOST_STARTS):
        starts = [place for sign in "{[" if (place := text.find(sign, at + 1)) >= 0]
        if not starts:
            break
        at = min(starts)
        try:
            return decoder.raw_decode(text, at)[0]
        except (ValueError, RecursionError):
            continue
    raise problem


def canonical(value: Any) -> str:
    """Return a text that is the same for equal JSON values: 1 equals 1.0, but not true."""
    return json.dumps(_with_plain_numbers(value), sort_keys=True)


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal."""
    return canonical(one) == canonical(other)


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


def _with_plain_numbers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_plain_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_plain_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refuse_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity, which no other reader of JSON accepts.
    raise ValueError(f"{name} is not JSON")
