"""Mocks of functions: the first rule whose conditions all hold answers a call, else the default.

Nothing here can run for long. Patterns are globs, which are matched in a time proportional to the
product of two bounded lengths. The length of an output is bounded too.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.missing import MISSING, Missing

MATCHED_CHARACTERS = 4_000  # of an argument; a longer argument matches no pattern
_PLACEHOLDER = re.compile(r"\{\{\s*([\w.-]{1,256})\s*\}\}")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the value at `path` in the arguments.

    A path has keys and indexes with dots between them. The empty path means all arguments.
    """

    path: str
    operator: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, which holds if all of its conditions do."""

    when: tuple[Condition, ...]
    output: Any


@dataclass(frozen=True, slots=True)
class Mock:
    """The rules of a mock, and the `default` output if no rule holds.

    An output is a JSON value. Its texts may contain placeholders such as ``{{ path }}``.
    """

    rules: tuple[Rule, ...] = ()
    default: Any | Missing = MISSING


def answer(mock: Mock, arguments: Any) -> str | None:
    """Return the output for these arguments, or None if no rule holds and there is no default.

    A text is returned unchanged, any other value as JSON. Raises :class:`InvalidRequest` if the
    output is too long.
    """
    output = next((rule.output for rule in mock.rules if holds(rule, arguments)), mock.default)
    if output is MISSING:
        return None
    filled = _Filling(arguments).fill(output)
    text = filled if isinstance(filled, str) else json.dumps(filled, ensure_ascii=False)
    if len(text) > limits.TOOL_OUTPUT_BYTES:
        raise _too_long()
    return text


def holds(rule: Rule, arguments: Any) -> bool:
    """Return whether all conditions of the rule hold."""
    return all(_condition_holds(condition, arguments) for condition in rule.when)


def look_up(arguments: Any, path: str) -> Any | Missing:
    """Return the value at `path`, or ``MISSING``."""
    value = arguments
    for part in path.split(".") if path else ():
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and len(part) < 7:
            if int(part) >= len(value):
                return MISSING
            value = value[int(part)]
        else:
            return MISSING
    return value


def matches(text: str, pattern: str) -> bool:
    """Return whether the pattern matches the whole text.

    ``*`` matches any characters, ``?`` any single one.
    """
    head, *rest = [
        "".join("." if sign == "?" else re.escape(sign) for sign in piece)
        for piece in pattern.split("*")
    ]
    if rest:
        *middle, tail = rest
        # Atomic groups: each piece matches where it first fits and is not tried again elsewhere.
        # With backtracking, a pattern such as "*a" 127 times and "b" would practically never end.
        head += "".join(f"(?>.*?{piece})" for piece in middle) + f".*{tail}"
    return bool(re.fullmatch(head, text, re.DOTALL))


def _condition_holds(condition: Condition, arguments: Any) -> bool:
    found = look_up(arguments, condition.path)
    if condition.operator == "exists":
        return (found is not MISSING) is (condition.value is not False)
    return found is not MISSING and _OPERATORS[condition.operator](found, condition.value)


def _equal_as_json(found: Any, value: Any) -> bool:
    # Python says that True == 1, and JSON does not.
    return json.dumps(found, sort_keys=True) == json.dumps(value, sort_keys=True) or (
        is_number(found) and is_number(value) and found == value
    )


def _contains_value(found: Any, value: Any) -> bool:
    if isinstance(found, str):
        return isinstance(value, str) and value in found
    if isinstance(found, list):
        return any(_equal_as_json(item, value) for item in found)
    return isinstance(found, Mapping) and value in [*found]


def _matches_glob(found: Any, value: Any) -> bool:
    text = found if isinstance(found, str) else json.dumps(found)
    return len(text) <= MATCHED_CHARACTERS and matches(text, value)


def is_number(value: Any) -> bool:
    """Return whether the value is a number in JSON, where booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _equal_as_json,
    "contains": _contains_value,
    "matches": _matches_glob,
    "gt": lambda found, value: is_number(found) and found > value,
    "lt": lambda found, value: is_number(found) and found < value,
}


class _Filling:
    """Fills an output's placeholders with arguments, up to the allowed length of an output."""

    def __init__(self, arguments: Any) -> None:
        self._arguments = arguments
        self._left = limits.TOOL_OUTPUT_BYTES

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._fill_text(value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        return value

    def _fill_text(self, text: str) -> Any:
        # A text that is only a placeholder becomes the argument itself, with its type.
        if whole := _PLACEHOLDER.fullmatch(text):
            found = look_up(self._arguments, whole[1])
            self._as_bounded_text(found)
            return None if found is MISSING else found
        return _PLACEHOLDER.sub(self._replacement, text)

    def _replacement(self, place: re.Match[str]) -> str:
        return self._as_bounded_text(look_up(self._arguments, place[1]))

    def _as_bounded_text(self, found: Any | Missing) -> str:
        if found is MISSING:
            return ""
        text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        self._left -= len(text)
        if self._left < 0:
            raise _too_long()
        return text


def _too_long() -> InvalidRequest:
    return InvalidRequest(
        f"The mock's output is longer than {limits.TOOL_OUTPUT_BYTES} characters."
    )
