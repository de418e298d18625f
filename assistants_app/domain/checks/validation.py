"""What is wrong with a check that somebody writes or imports."""

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.checks import kinds
from assistants_app.domain.checks.check import COMMON
from assistants_app.domain.checks.kinds import KINDS, Field, Kind
from assistants_app.domain.checks.tool_use import SCHEMA
from assistants_app.domain.schemas.faults import SchemaRefused, check_schema
from assistants_app.domain.schemas.patterns import PatternRefused, check_pattern

LONGEST_TEXT = 100_000  # characters of a field
LONGEST_CODE = 20_000
MOST_LINES = 500
MOST_WEIGHT = 1_000.0
MOST_NUMBER = 10**15
LONGEST_METRIC = 100
MOST_CHECKS = 100  # of a row
# Levels of a JSON value. Deeper ones couldn't be compared or stored.
DEEPEST = 60
_MARKED = re.compile(r"\{\{\s*[\w.-]+\s*\}\}")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a check. `param` is the field, or "kind"."""

    param: str
    message: str


def validate_checks(stored: Any) -> list[tuple[int, Problem]]:
    """Return what is wrong with the checks of a row, each with the place of its check."""
    if not isinstance(stored, list):
        return [(0, Problem("checks", "Checks must be a list."))]
    if len(stored) > MOST_CHECKS:
        return [(MOST_CHECKS, Problem("checks", f"A row has at most {MOST_CHECKS} checks."))]
    return [(at, problem) for at, check in enumerate(stored) for problem in validate_check(check)]


def validate_check(stored: Any) -> list[Problem]:
    """Return what is wrong with a check, nothing if it can be stored and run."""
    if not isinstance(stored, Mapping):
        return [Problem("kind", "A check must be an object with a kind.")]
    name = stored.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        known = ", ".join(KINDS)
        return [Problem("kind", f"There is no such kind of check. Use one of: {known}.")]
    problems = [*_common_problems(stored, kind), *_field_problems(stored, kind)]
    return problems or list(_own_problems(stored, kind))


def _common_problems(stored: Mapping[str, Any], kind: Kind) -> Iterator[Problem]:
    if not isinstance(stored.get("not", False), bool):
        yield Problem("not", "This must be true or false.")
    weight = stored.get("weight", 1)
    if not _is_number(weight) or not 0 <= weight <= MOST_WEIGHT:
        yield Problem("weight", f"Enter a number from 0 to {MOST_WEIGHT:,.0f}.")
    threshold = stored.get("threshold")
    if threshold is not None and not kind.is_graded:
        yield Problem(
            "threshold", "This kind of check has no threshold: a reply passes it or doesn't."
        )
    elif threshold is not None and not (_is_number(threshold) and 0 <= threshold <= 1):
        yield Problem("threshold", "Enter a number from 0 to 1.")
    metric = stored.get("metric", "")
    if not isinstance(metric, str) or len(metric) > LONGEST_METRIC:
        yield Problem("metric", f"Enter a name of at most {LONGEST_METRIC} characters.")


def _field_problems(stored: Mapping[str, Any], kind: Kind) -> Iterator[Problem]:
    for name in stored:
        if name not in COMMON and kind.field(name) is None:
            yield Problem(str(name), f"“{kind.label}” has no field with this name.")
    for field in kind.fields:
        if field.name not in stored:
            if field.required:
                yield Problem(field.name, "This field is required.")
        elif field.required and stored[field.name] is None and field.type != kinds.VALUE:
            yield Problem(field.name, "This field is required.")
        elif problem := _TYPES[field.type](stored[field.name], field):
            yield Problem(field.name, problem)
    if kind.one_of and not any(stored.get(name) is not None for name in kind.one_of):
        labels = " or ".join(field.label for field in kind.fields if field.name in kind.one_of)
        yield Problem(kind.one_of[0], f"Fill in “{labels}”.")


# --- values of fields -----------------------------------------------------------------------------


def _text(value: Any, field: Field) -> str:
    if not isinstance(value, str):
        return "This must be text."
    if field.required and not value.strip():
        return "This field is required."
    return _too_long(value, LONGEST_TEXT)


def _code(value: Any, field: Field) -> str:
    return _text(value, field) or _too_long(value, LONGEST_CODE)


def _too_long(value: str, most: int) -> str:
    if "\0" in value:
        return "This text has a NUL character. Remove it."
    return f"Use at most {most:,} characters." if len(value) > most else ""


def _lines(value: Any, field: Field) -> str:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        return "This must be a list of texts."
    if field.required and not value:
        return "Enter at least one."
    if not all(line.strip() for line in value):
        return "Remove the empty text."
    if len(value) > MOST_LINES:
        return f"Enter at most {MOST_LINES}."
    return next(filter(None, (_too_long(line, LONGEST_TEXT) for line in value)), "")


def _value(value: Any, field: Field) -> str:
    if isinstance(value, str):
        return _text(value, field)
    return "" if _is_json(value, DEEPEST) else "This must be a JSON value, not nested too deeply."


def _object(value: Any, field: Field) -> str:
    if isinstance(value, str) and _MARKED.fullmatch(value.strip()):
        # The row has it.
        return ""
    if not isinstance(value, Mapping):
        return "This must be a JSON object."
    return _value(value, field)


def _is_json(value: Any, levels: int) -> bool:
    if not levels:
        return False
    if isinstance(value, Mapping):
        return all(
            isinstance(key, str) and _is_json(inner, levels - 1) for key, inner in value.items()
        )
    if isinstance(value, list):
        return all(_is_json(inner, levels - 1) for inner in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int | bool)


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        # A whole number with more digits than a float can hold can't be compared with one.
        return not isinstance(value, bool) and abs(value) <= MOST_NUMBER
    return isinstance(value, float) and math.isfinite(value)


def _number(value: Any, _field: Field) -> str:
    if value is None or (_is_number(value) and value >= 0):
        return ""
    return "Enter a number that isn't negative."


def _integer(value: Any, _field: Field) -> str:
    if value is None or (isinstance(value, int) and _is_number(value) and value >= 0):
        return ""
    return "Enter a whole number that isn't negative."


def _flag(value: Any, _field: Field) -> str:
    return "" if isinstance(value, bool) else "This must be true or false."


def _choice(value: Any, field: Field) -> str:
    known = [name for name, _ in field.choices]
    return "" if value in known else f"Use one of: {', '.join(known)}."


_TYPES: Mapping[str, Callable[[Any, Field], str]] = {
    kinds.TEXT: _text,
    kinds.LONG_TEXT: _text,
    kinds.MODEL: _text,
    kinds.TOOL: _text,
    kinds.CODE: _code,
    kinds.LINES: _lines,
    kinds.TOOLS: _lines,
    kinds.VALUE: _value,
    kinds.OBJECT: _object,
    kinds.NUMBER: _number,
    kinds.INTEGER: _integer,
    kinds.FLAG: _flag,
    kinds.CHOICE: _choice,
}

# --- what only some kinds need --------------------------------------------------------------------


def _own_problems(stored: Mapping[str, Any], kind: Kind) -> Iterator[Problem]:
    least, most = stored.get("least"), stored.get("most")
    if least is not None and most is not None and least > most:
        yield Problem("most", "This is less than “At least”.")
    if kind.name in _OWN:
        yield from _OWN[kind.name](stored)


def _pattern_problems(stored: Mapping[str, Any]) -> Sequence[Problem]:
    try:
        # Marks of the row stand for literal texts.
        check_pattern(_MARKED.sub("x", stored["pattern"]))
    except PatternRefused as refused:
        return [Problem("pattern", str(refused))]
    return []


def _schema_problems(stored: Mapping[str, Any], param: str = "schema") -> Sequence[Problem]:
    schema = stored[param]
    if isinstance(schema, str):
        return []
    try:
        check_schema(schema)
    except SchemaRefused as refused:
        return [Problem(param, str(refused))]
    return []


def _arguments_problems(stored: Mapping[str, Any]) -> Sequence[Problem]:
    return _schema_problems(stored, "arguments") if stored.get("match") == SCHEMA else []


def _label_problems(stored: Mapping[str, Any]) -> Sequence[Problem]:
    labels = stored["labels"]
    if len({label.strip().casefold() for label in labels}) < max(len(labels), 2):
        return [Problem("labels", "Enter at least two labels that differ.")]
    return _unknown(stored["passing"], labels)


def _fact_problems(stored: Mapping[str, Any]) -> Sequence[Problem]:
    return _unknown(stored.get("passing", []), kinds.RELATIONS)


def _unknown(passing: Sequence[str], known: Sequence[str]) -> Sequence[Problem]:
    strange = [label for label in passing if label not in known]
    if strange:
        return [Problem("passing", f"“{strange[0]}” is not one of: {', '.join(known)}.")]
    return []


def _python_problems(stored: Mapping[str, Any]) -> Sequence[Problem]:
    try:
        ast.parse(stored["code"])
    except SyntaxError as error:
        line = f" in line {error.lineno}" if error.lineno else ""
        return [Problem("code", f"This is not valid Python: {error.msg}{line}.")]
    except (ValueError, RecursionError, MemoryError):
        return [Problem("code", "This is not valid Python: it is nested too deeply.")]
    return []


def _foreign_problems(stored: Mapping[str, Any]) -> Sequence[Problem]:
    # What is kept is never filled in.
    kept = stored["kept"]
    return [Problem("kept", "This must be a JSON object.")] if isinstance(kept, str) else []


_OWN: Mapping[str, Callable[[Mapping[str, Any]], Sequence[Problem]]] = {
    "regex": _pattern_problems,
    "json_schema": _schema_problems,
    "tool_arguments": _arguments_problems,
    kinds.LABELS: _label_problems,
    kinds.FACTS: _fact_problems,
    kinds.CODE_CHECK: _python_problems,
    kinds.FOREIGN: _foreign_problems,
}
