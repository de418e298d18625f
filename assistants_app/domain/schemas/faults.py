"""Check values against JSON schemas that people write, in bounded time."""

import json
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema.exceptions import UnknownType, best_match
from jsonschema.exceptions import ValidationError as SchemaFault
from jsonschema.validators import Draft202012Validator, extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from assistants_app.domain.configurations.canonical import canonical_json
from assistants_app.domain.errors import PlaygroundError
from assistants_app.domain.schemas.patterns import PatternRefused, check_pattern, is_match

FAULTS = 20  # the most that are reported
# References that are followed for one value. Thirty definitions that refer to the next one twice
# would make a billion.
MOST_REFERENCES = 20_000
# Keywords that are applied for one value, which takes 20 µs for each. A thousand alternatives for
# each of a thousand items would take half a minute.
MOST_STEPS = 100_000
VALUES_A_STEP = 20  # of an `enum`
LONGEST_SCHEMA = 100_000  # characters


class SchemaRefused(PlaygroundError):
    """Raised for a schema that can't be used. The message says why."""


@dataclass
class _Checking:
    # `strict` raises :class:`SchemaRefused` for patterns that the engine doesn't support. Without
    # it, they match everything.
    strict: bool
    followed: int = 0
    steps: int = 0


_checking: ContextVar[_Checking] = ContextVar("checking")


def faults_of(value: Any, schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return where and why the value does not fit the schema, at most `FAULTS` problems.

    An item is ``("people[0].age", "'x' is not of type 'integer'")``, for example. A schema that
    can't be used is a problem, too.
    """
    try:
        return _faults_of(value, schema, _Checking(strict=False))
    except SchemaRefused as refused:
        return [("", str(refused))]


def checked_faults(value: Any, schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Like :func:`faults_of`, but raise :class:`SchemaRefused` for a schema that can't be used."""
    return _faults_of(value, schema, _Checking(strict=True))


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raise :class:`SchemaRefused` if the schema or one of its patterns can't be used."""
    text = json.dumps(schema, ensure_ascii=False)
    if len(text) > LONGEST_SCHEMA:
        raise SchemaRefused(f"Use a schema of at most {LONGEST_SCHEMA:,} characters.")
    _check_text(text)


# A schema takes a millisecond for each of its properties, and the rows of a test set share theirs.
@lru_cache(maxsize=64)
def _check_text(text: str) -> None:
    schema = json.loads(text)
    fault = best_match(_META.iter_errors(schema))
    if fault is not None:
        place = ".".join(str(part) for part in fault.absolute_path)
        where = f" at {place}" if place else ""
        raise SchemaRefused(f"This is not a valid JSON schema{where}: {fault.message}.")
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            named = part.get("patternProperties")
            patterns = [part.get("pattern"), *(named if isinstance(named, Mapping) else ())]
            for pattern in patterns:
                if isinstance(pattern, str):
                    _check_usable(pattern)
        inner = part.values() if isinstance(part, Mapping) else part
        waiting += [each for each in inner if isinstance(each, Mapping | list)]


def _check_usable(pattern: str) -> None:
    try:
        check_pattern(pattern)
    except PatternRefused as refused:
        raise SchemaRefused(
            f"The schema's pattern {pattern[:60]!r} can't be used. {refused}"
        ) from None


def _faults_of(value: Any, schema: Mapping[str, Any], checking: _Checking) -> list[tuple[str, str]]:
    # An empty registry follows no reference out of the schema.
    validator = _Validator(
        _without_dialect(schema), registry=Registry(), format_checker=_Validator.FORMAT_CHECKER
    )
    token = _checking.set(checking)
    try:
        found = list(_best_faults(validator.iter_errors(value)))
    except Unresolvable as error:
        raise SchemaRefused(f"The schema's reference '{error.ref}' points to nothing.") from None
    except RecursionError:
        raise SchemaRefused("The schema refers to itself endlessly.") from None
    except (UnknownType, TypeError, ValueError, AttributeError, ArithmeticError):
        raise SchemaRefused("This is not a valid JSON schema.") from None
    finally:
        _checking.reset(token)
    return [(_place_of(fault), fault.message) for fault in found]


def _without_dialect(value: Any) -> Any:
    # Without `$schema`, for which the library would choose another validator than ours, one that
    # matches patterns with Python's engine.
    if isinstance(value, dict):
        return {
            key: _without_dialect(inner)
            for key, inner in value.items()
            if not (key == "$schema" and isinstance(inner, str))
        }
    return [_without_dialect(inner) for inner in value] if isinstance(value, list) else value


def _best_faults(faults: Iterator[SchemaFault]) -> Iterator[SchemaFault]:
    # Of a union such as `anyOf`, the fault of the branch that fits best says more than the union's.
    for _index, fault in zip(range(FAULTS), faults, strict=False):
        deepest = best_match([fault])
        yield deepest if deepest is not None else fault


def _place_of(fault: SchemaFault) -> str:
    place = ""
    for part in fault.absolute_path:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    return place


def _fits_pattern(pattern: str, text: str) -> bool:
    try:
        return is_match(pattern, text)
    except PatternRefused as refused:
        if _checking.get().strict:
            raise SchemaRefused(str(refused)) from None
        return True


def _check_pattern(
    _validator: Any, pattern: Any, value: Any, _schema: Any
) -> Iterator[SchemaFault]:
    if isinstance(value, str) and isinstance(pattern, str) and not _fits_pattern(pattern, value):
        yield SchemaFault(f"{value!r} does not match {pattern!r}")


def _check_pattern_properties(
    validator: Any, patterns: Any, value: Any, _schema: Any
) -> Iterator[SchemaFault]:
    if not isinstance(value, dict) or not isinstance(patterns, dict):
        return
    for pattern, inner in patterns.items():
        for name, held in value.items():
            if _fits_pattern(pattern, name):
                yield from validator.descend(held, inner, path=name, schema_path=pattern)


def _check_additional_properties(
    validator: Any, allowed: Any, value: Any, schema: Any
) -> Iterator[SchemaFault]:
    if not isinstance(value, dict):
        return
    patterns = schema.get("patternProperties")
    known = schema.get("properties")
    for name, held in value.items():
        if isinstance(known, dict) and name in known:
            continue
        if isinstance(patterns, dict) and any(_fits_pattern(pattern, name) for pattern in patterns):
            continue
        if allowed is False:
            yield SchemaFault(f"Additional properties are not allowed ({name!r} was unexpected)")
        elif isinstance(allowed, dict):
            yield from validator.descend(held, allowed, path=name)


def _check_reference(
    validator: Any, reference: Any, value: Any, schema: Any
) -> Iterator[SchemaFault]:
    _count_reference()
    yield from Draft202012Validator.VALIDATORS["$ref"](validator, reference, value, schema)


def _check_dynamic_reference(
    validator: Any, reference: Any, value: Any, schema: Any
) -> Iterator[SchemaFault]:
    _count_reference()
    yield from Draft202012Validator.VALIDATORS["$dynamicRef"](validator, reference, value, schema)


def _count_reference() -> None:
    checking = _checking.get()
    checking.followed += 1
    if checking.followed > MOST_REFERENCES:
        raise SchemaRefused("The schema has too many references to check this value.")


def _check_unique(_validator: Any, unique: Any, value: Any, _schema: Any) -> Iterator[SchemaFault]:
    # The library compares objects with each other: ten thousand of them, fifty million times.
    if unique is True and isinstance(value, list):
        seen = {canonical_json(item) for item in value}
        if len(seen) < len(value):
            yield SchemaFault("The array has the same item more than once")


def _accept_anything(
    _validator: Any, _value: Any, _held: Any, _schema: Any
) -> Iterator[SchemaFault]:
    return iter(())


def _counted(check: Any) -> Any:
    def counted(validator: Any, keyword: Any, value: Any, schema: Any) -> Any:
        checking = _checking.get()
        checking.steps += 1 + (len(keyword) // VALUES_A_STEP if isinstance(keyword, list) else 0)
        if checking.steps > MOST_STEPS:
            raise SchemaRefused("The schema takes too long to check this value.")
        return check(validator, keyword, value, schema)

    return counted


_OWN: Mapping[str, Any] = {
    **Draft202012Validator.VALIDATORS,
    **{
        "$ref": _check_reference,
        "$dynamicRef": _check_dynamic_reference,
        "uniqueItems": _check_unique,
        "pattern": _check_pattern,
        "patternProperties": _check_pattern_properties,
        "additionalProperties": _check_additional_properties,
        # For this one the library would match the patterns of `patternProperties` itself.
        "unevaluatedProperties": _accept_anything,
    },
}
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {name: _counted(check) for name, check in _OWN.items()}
)
_META = Draft202012Validator(Draft202012Validator.META_SCHEMA)
