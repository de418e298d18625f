"""Forms for the result of a function: fields from a schema or an example, and back to JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.missing import MISSING

DEPTH = 3  # levels of objects; a deeper object becomes one field of JSON
FIELDS = 40  # the most fields of a form; a larger object has no form
TEXT, NUMBER, INTEGER, BOOLEAN = "text", "number", "integer", "boolean"
CHOICE, JSON = "choice", "json"
INVALID_FORM = "The form has invalid fields. Reload the page and try again."
KINDS = {"string": TEXT, "number": NUMBER, "integer": INTEGER, "boolean": BOOLEAN}


@dataclass(frozen=True, slots=True)
class Field:
    """One value of an object, at `path`. `text` is what the form shows for it, and `error` says
    why it was refused.
    """

    path: tuple[str, ...]
    kind: str
    required: bool = True
    choices: tuple[str, ...] = ()
    hint: str = ""
    text: str = ""
    error: str = ""

    @property
    def label(self) -> str:
        """Return the path as a person reads it."""
        return ".".join(self.path)

    @property
    def options(self) -> tuple[str, ...]:
        """Return the values that can be chosen, or none for a free text."""
        return ("true", "false") if self.kind == BOOLEAN else self.choices

    @property
    def is_number(self) -> bool:
        return self.kind in (NUMBER, INTEGER)

    @property
    def token(self) -> str:
        """Return a token that is sent with the form and says how to read the field's text."""
        # With it, the form can be read back without its schema.
        return json.dumps([self.kind, self.required, *self.path])


def fields_of_schema(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the fields of an object of this JSON schema, or none if a form doesn't suit it."""
    return _none_if_too_many(_fields_in_schema(schema, (), required=True))


def fields_of_example(example: Any) -> tuple[Field, ...]:
    """Return the fields of an object like this one, or none if a form doesn't suit it."""
    return (
        _none_if_too_many(_fields_in_example(example, ())) if isinstance(example, Mapping) else ()
    )


def filled(fields: Sequence[Field], value: Any) -> tuple[Field, ...] | None:
    """Return the fields with the object's values, or None if they can't show all of it."""
    # What the fields show must read back as the same object, or saving the form would lose data.
    shown = tuple(replace(field, text=_as_text(field, value)) for field in fields)
    try:
        same = compose([(field.token, field.text) for field in shown]) == value
    except InvalidRequest:
        return None
    return shown if same else None


def compose(entries: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the object that a form describes, from its fields' tokens and texts.

    An empty field that is not required is left out. Raises :class:`InvalidRequest` for a text that
    its field's kind doesn't allow.
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
                raise InvalidRequest(INVALID_FORM)
            place = inner
        place[path[-1]] = _parse_value(kind, ".".join(path), text)
    return composed


def faults_in(entries: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what is wrong with the texts of a form, by the labels of their fields."""
    faults = {}
    for entry in entries:
        try:
            compose([entry])
        except InvalidRequest as error:
            if error.param:
                faults[error.param] = error.message
    return faults


def read_token(token: str) -> tuple[str, bool, tuple[str, ...]]:
    """Return a token's kind, whether the field is required, and its path.

    Raises :class:`InvalidRequest` if it is no such token.
    """
    try:
        kind, required, *path = json.loads(token)
    except (ValueError, TypeError, RecursionError):
        path = []
    if not path or not all(isinstance(key, str) for key in path):
        raise InvalidRequest(INVALID_FORM)
    return kind, bool(required), tuple(path)


def _none_if_too_many(fields: Iterator[Field]) -> tuple[Field, ...]:
    found = tuple(fields)
    return found if len(found) <= FIELDS else ()


def _fields_in_schema(
    schema: Mapping[str, Any], path: tuple[str, ...], *, required: bool
) -> Iterator[Field]:
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and properties and len(path) < DEPTH:
        wanted = schema.get("required")
        names = wanted if isinstance(wanted, list) else []
        for name, inner in properties.items():
            below = inner if isinstance(inner, Mapping) else {}
            yield from _fields_in_schema(below, (*path, name), required=required and name in names)
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


def _fields_in_example(example: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Field]:
    for name, value in example.items():
        inner = (*path, name)
        if isinstance(value, Mapping) and value and len(inner) < DEPTH:
            yield from _fields_in_example(value, inner)
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


def _parse_value(kind: str, label: str, text: str) -> Any:
    if kind in (TEXT, CHOICE):
        return text
    try:
        # Python reads NaN and Infinity, which JSON doesn't have.
        value = json.loads(text, parse_constant=_refuse_constant)
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


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
