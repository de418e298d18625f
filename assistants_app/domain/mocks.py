"""What a mock answers to a function call: the first rule whose conditions all hold, else a default.

Nothing here can run for long: patterns are globs, matched in time that grows with the product of
the two lengths, and both are bounded; what is put into an output is bounded as well.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.missing import MISSING, Missing

MATCHED_CHARACTERS = 4_000  # of an argument; a longer one matches nothing
_PLACEHOLDER = re.compile(r"\{\{\s*([\w.-]{1,256})\s*\}\}")


@dataclass(frozen=True, slots=True)
class Condition:
    """`path`: keys and indexes with dots between them, into the arguments; "" is all of them."""

    path: str
    operator: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds if all conditions do."""

    when: tuple[Condition, ...]
    output: Any


@dataclass(frozen=True, slots=True)
class Mock:
    """`default`: the output if no rule holds. Outputs are JSON values with ``{{ path }}`` in
    their texts.
    """

    rules: tuple[Rule, ...] = ()
    default: Any | Missing = MISSING


def answer(mock: Mock, arguments: Any) -> str | None:
    """The output for these arguments, a text as it is and the rest as JSON; None if there is none.

    Raises :class:`InvalidRequest` for one that gets longer than an output may be.
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
    """Whether all conditions of the rule hold."""
    return all(_holds(condition, arguments) for condition in rule.when)


def look_up(arguments: Any, path: str) -> Any | Missing:
    """What stands at the path."""
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
    """Whether all of the text is as the pattern has it: ``*`` any characters, ``?`` any one."""
    head, *rest = [
        "".join("." if sign == "?" else re.escape(sign) for sign in piece)
        for piece in pattern.split("*")
    ]
    if rest:
        *middle, tail = rest
        # Atomic groups: each piece is taken where it first fits, and not tried elsewhere again.
        head += "".join(f"(?>.*?{piece})" for piece in middle) + f".*{tail}"
    return bool(re.fullmatch(head, text, re.DOTALL))


def _holds(condition: Condition, arguments: Any) -> bool:
    found = look_up(arguments, condition.path)
    if condition.operator == "exists":
        return (found is not MISSING) is (condition.value is not False)
    return found is not MISSING and _OPERATORS[condition.operator](found, condition.value)


def _same(found: Any, value: Any) -> bool:
    """Equal as JSON, where true is not 1."""
    return json.dumps(found, sort_keys=True) == json.dumps(value, sort_keys=True) or (
        is_number(found) and is_number(value) and found == value
    )


def _contains(found: Any, value: Any) -> bool:
    if isinstance(found, str):
        return isinstance(value, str) and value in found
    if isinstance(found, list):
        return any(_same(item, value) for item in found)
    return isinstance(found, Mapping) and value in [*found]


def _matches(found: Any, value: Any) -> bool:
    text = found if isinstance(found, str) else json.dumps(found)
    return len(text) <= MATCHED_CHARACTERS and matches(text, value)


def is_number(value: Any) -> bool:
    """A number of JSON."""
    return isinstance(value, int | float) and not isinstance(value, bool)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _same,
    "contains": _contains,
    "matches": _matches,
    "gt": lambda found, value: is_number(found) and found > value,
    "lt": lambda found, value: is_number(found) and found < value,
}


class _Filling:
    """Puts arguments into an output, up to the length that an output may have."""

    def __init__(self, arguments: Any) -> None:
        self._arguments = arguments
        self._left = limits.TOOL_OUTPUT_BYTES

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        return value

    def _text(self, text: str) -> Any:
        """A text that is nothing but a placeholder becomes the argument, whatever its type."""
        if whole := _PLACEHOLDER.fullmatch(text):
            found = look_up(self._arguments, whole[1])
            self._take(found)
            return None if found is MISSING else found
        return _PLACEHOLDER.sub(self._piece, text)

    def _piece(self, place: re.Match[str]) -> str:
        return self._take(look_up(self._arguments, place[1]))

    def _take(self, found: Any | Missing) -> str:
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
