"""Forms for what a function returns: their fields from a schema or an example, and back to JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.missing import MISSING

DEPTH = 3  # objects in objects; what lies deeper is one field of JSON
FIELDS = 40  # more than that is no form
TEXT, NUMBER, INTEGER, BOOLEAN = "text", "number", "integer", "boolean"
CHOICE, JSON = "choice", "json"
KINDS = {"string": TEXT, "number": NUMBER, "integer": INTEGER, "boolean": BOOLEAN}


@dataclass(frozen=True, slots=True)
class Field:
    """One value of an object, at the end of `path`. `text`: as it stands in the form."""

    path: tuple[str, ...]
    kind: str
    required: bool = True
    choices: tuple[str, ...] = ()
    hint: str = ""
    text: str = ""

    @property
    def label(self) -> str:
        """The path as a person reads it."""
        return ".".join(self.path)

    @property
    def options(self) -> tuple[str, ...]:
        """What can be chosen, where that is all."""
        return ("true", "false") if self.kind == BOOLEAN else self.choices

    @property
    def is_number(self) -> bool:
        return self.kind in (NUMBER, INTEGER)

    @property
    def token(self) -> str:
        """All that is needed to read the field's text: goes along with the form."""
        return json.dumps([self.kind, self.required, *self.path])


def fields_of_schema(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of an object of this JSON schema; none if there is no form for it."""
    return _bounded(_of_schema(schema, (), required=True))


def fields_of_example(example: Any) -> tuple[Field, ...]:
    """The fields of an object that is like this one; none if there is no form for it."""
    return _bounded(_of_example(example, ())) if isinstance(example, Mapping) else ()


def filled(fields: Sequence[Field], value: Any) -> tuple[Field, ...] | None:
    """The fields with what the object has; None if they cannot show all of it."""
    shown = tuple(replace(field, text=_as_text(field, value)) for field in fields)
    try:
        same = compose([(field.token, field.text) for field in shown]) == value
    except InvalidRequest:
        return None
    return shown if same else None


def compose(entries: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The object that a form says, from its fields' tokens and texts. An empty field that is not
    required is left out. Raises :class:`InvalidRequest` for a text that is not of its kind.
    """
    composed: dict[str, Any] = {}
    for token, text in entries:
        kind, required, path = read_token(token)
        if not text and not required:
            continue
        place = composed
        for key in path[:-1]:
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):
                raise InvalidRequest("These are not the fields of a form.")
            place = inner
        place[path[-1]] = _value(kind, ".".join(path), text)
    return composed


def read_token(token: str) -> tuple[str, bool, tuple[str, ...]]:
    """Kind, whether required, and path. Raises :class:`InvalidRequest`."""
    try:
        kind, required, *path = json.loads(token)
    except (ValueError, TypeError, RecursionError):
        path = []
    if not path or not all(isinstance(key, str) for key in path):
        raise InvalidRequest("These are not the fields of a form.")
    return kind, bool(required), tuple(path)


def _bounded(fields: Iterator[Field]) -> tuple[Field, ...]:
    found = tuple(fields)
    return found if len(found) <= FIELDS else ()


def _of_schema(
    schema: Mapping[str, Any], path: tuple[str, ...], *, required: bool
) -> Iterator[Field]:
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and properties and len(path) < DEPTH:
        wanted = schema.get("required")
        names = wanted if isinstance(wanted, list) else []
        for name, inner in properties.items():
            below = inner if isinstance(inner, Mapping) else {}
            yield from _of_schema(below, (*path, name), required=required and name in names)
    elif path:
        choices = schema.get("enum")
        kind = KINDS.get(_type_of(schema), JSON)
        if isinstance(choices, list) and all(isinstance(item, str) for item in choices):
            kind = CHOICE
        yield Field(
            path,
            kind,
            required,
            choices=tuple(choices or ()) if kind == CHOICE else (),
            hint=str(schema.get("description") or ""),
        )


def _type_of(schema: Mapping[str, Any]) -> str:
    return str(schema.get("type"))


def _of_example(example: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Field]:
    for name, value in example.items():
        inner = (*path, name)
        if isinstance(value, Mapping) and value and len(inner) < DEPTH:
            yield from _of_example(value, inner)
        elif isinstance(value, bool):
            yield Field(inner, BOOLEAN)
        elif isinstance(value, int | float):
            yield Field(inner, NUMBER)
        else:
            yield Field(inner, TEXT if isinstance(value, str) else JSON)


def _as_text(field: Field, value: Any) -> str:
    for key in field.path:
        value = value.get(key, MISSING) if isinstance(value, Mapping) else MISSING
    if value is MISSING:
        return ""
    is_text = field.kind in (TEXT, CHOICE) and isinstance(value, str)
    return value if is_text else json.dumps(value, ensure_ascii=False)


def _value(kind: str, label: str, text: str) -> Any:
    if kind in (TEXT, CHOICE):
        return text
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        value = MISSING
    fits = {
        NUMBER: isinstance(value, int | float) and not isinstance(value, bool),
        INTEGER: isinstance(value, int) and not isinstance(value, bool),
        BOOLEAN: isinstance(value, bool),
        JSON: value is not MISSING,
    }
    if not fits.get(kind):
        noun = {NUMBER: "a number", INTEGER: "an integer", BOOLEAN: "true or false"}
        raise InvalidRequest(
            f"Invalid '{label}': expected {noun.get(kind, 'JSON')}, but got '{text[:50]}' instead.",
            param=label,
        )
    return value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
