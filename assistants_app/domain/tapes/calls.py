"""Recorded calls, and arguments in a form that can be compared."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, DecimalException, Inexact
from typing import Any

from assistants_app.domain.missing import MISSING
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION

MOST_DIFFERENCES = 20  # that are listed of two calls
SHOWN_CHARACTERS = 200  # of a value in such a list
# What models and servers write for no arguments.
NOTHING = ("", "null", "None", "undefined")
# The usual context rounds numbers to 28 digits, so two long ones would be equal that aren't.
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """The copy of a file: its storage key, and what the original was like."""

    key: str
    filename: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call on a tape.

    `arguments` are as the model wrote them: the JSON of a function, the code, or the query.
    `output` is what the model was shown. `details` is the call in ``step_details``. `citations`
    are the chunks that a search found, as columns of the table of citations.
    """

    position: int
    tool: str
    name: str
    arguments: str
    output: str
    details: Mapping[str, Any] = field(default_factory=dict)
    citations: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class RecordedTape:
    """The calls of a tape, with copies of files.

    `made` are those that code made, by the ids of the originals. `inputs` are those that it was
    given, by their names in the session.
    """

    calls: Sequence[RecordedCall] = ()
    made: Mapping[str, RecordedFile] = field(default_factory=dict)
    inputs: Mapping[str, RecordedFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """A place at which two calls have different arguments. None stands for no value there."""

    path: str
    recorded: str | None
    given: str | None

    def as_json(self) -> dict[str, str | None]:
        """Return the difference as it is stored with its call."""
        return {"path": self.path, "recorded": self.recorded, "given": self.given}


def canonical(tool: str, arguments: str) -> str:
    """Return arguments of a tool in a form that is equal if the arguments are.

    In JSON, the order of keys, white space and the spelling of numbers don't count. In code and
    queries, white space at the ends doesn't.
    """
    if tool != FUNCTION:
        return _without_ends(tool, arguments)
    value = _read(arguments)
    try:
        return arguments.strip() if value is MISSING else "".join(_written(value))
    except RecursionError:
        return arguments.strip()


def drift(tool: str, recorded: str, given: str) -> list[Difference]:
    """Return where the arguments of two calls of a tool differ, up to `MOST_DIFFERENCES` places."""
    if canonical(tool, recorded) == canonical(tool, given):
        return []
    old, new = (_read(text) if tool == FUNCTION else MISSING for text in (recorded, given))
    if old is MISSING or new is MISSING:
        return [Difference("", _shortened(recorded), _shortened(given))]
    found: list[Difference] = []
    try:
        for difference in _differences("", old, new):
            found.append(difference)
            if len(found) == MOST_DIFFERENCES:
                break
    except RecursionError:
        return [Difference("", _shortened(recorded), _shortened(given))]
    return found


def _without_ends(tool: str, text: str) -> str:
    # The indentation of the first line belongs to the code.
    return text.rstrip().lstrip("\r\n") if tool == CODE_INTERPRETER else text.strip()


def _read(text: str) -> Any:
    if text.strip() in NOTHING:
        return {}
    try:
        # Not strict: many models write line breaks in strings as they are.
        return json.loads(text, strict=False, parse_int=_number, parse_float=_number)
    except (ValueError, RecursionError):
        return MISSING


def _number(text: str) -> Decimal:
    try:
        return _EXACT.create_decimal(text)
    except DecimalException as error:  # an exponent that no number has
        raise ValueError(text) from error


def _written(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for place, key in enumerate(sorted(value)):
            yield f"{',' if place else '{'}{json.dumps(key)}:"
            yield from _written(value[key])
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield "," if place else "["
            yield from _written(item)
        yield "]" if value else "[]"
    elif isinstance(value, Decimal):
        # -0 equals 0.
        yield str(value.normalize(_EXACT)) if value else "0"
    else:
        yield json.dumps(value)


def _differences(path: str, old: Any, new: Any) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            at = f"{path}.{key}" if path else key
            yield from _differences(at, old.get(key, MISSING), new.get(key, MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        for place in range(max(len(old), len(new))):
            at = f"{path}.{place}" if path else str(place)
            sides = (side[place] if place < len(side) else MISSING for side in (old, new))
            yield from _differences(at, *sides)
    elif old is MISSING or new is MISSING or "".join(_written(old)) != "".join(_written(new)):
        yield Difference(path, _shown(old), _shown(new))


def _shown(value: Any) -> str | None:
    return None if value is MISSING else _shortened("".join(_written(value)))


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def label(tool: str, name: str, arguments: str) -> str:
    """Return a call in words for a message, such as ``get_weather({"city":"Oslo"})``."""
    if tool == FUNCTION:
        return f"{name}({_shortened(canonical(tool, arguments))})"
    if tool == FILE_SEARCH:
        return f"the search for “{_shortened(arguments.strip())}”"
    return "this code" if tool == CODE_INTERPRETER else name
