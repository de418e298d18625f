"""JSON of variables: their declarations in assistants, and their values in runs.

Both are fields of ours, which the vendor's objects don't have.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from assistants_app.domain import limits
from assistants_app.domain.configurations import variables
from assistants_app.domain.configurations.variables import Declaration, Declarations, declared
from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire import common
from assistants_app.wire.empty_objects import EmptyAsObject
from assistants_app.wire.validation import Nested, Params, kind_of, parse

FIELD = "variables"
# The vendor's words for the types of values.
_EXPECTED = {
    variables.TEXT: "a string",
    variables.CHOICE: "a string",
    variables.NUMBER: "a decimal",
    variables.BOOLEAN: "a boolean",
}
_PART = "content[0]"


class Variable(Nested):
    """A declaration. Without a default, or with null, each run needs a value."""

    name: Annotated[str, StringConstraints(pattern=rf"^{variables.NAME.pattern}$")]
    type: Literal["text", "number", "boolean", "choice", "image", "file"] = "text"
    default: Any = None
    description: Annotated[str, StringConstraints(max_length=limits.DESCRIPTION)] | None = None
    choices: (
        Annotated[
            list[
                Annotated[str, StringConstraints(min_length=1, max_length=limits.VARIABLE_CHOICE)]
            ],
            Field(max_length=limits.VARIABLE_CHOICES),
        ]
        | None
    ) = None


Variables = Annotated[list[Variable], Field(max_length=limits.VARIABLES)]
# Checked by :func:`check_values`, because the types are those of the declarations.
RunValues = Annotated[dict[str, Any], EmptyAsObject]


class FileReference(Params):
    file_id: str


class FilePart(Params):
    type: Literal["file"]
    file: FileReference


# As in the content of a message, for which the paths of faults are known (wire/validation.py).
class _Image(Params):
    content: list[
        Annotated[common.ImageFilePart | common.ImageUrlPart, Field(discriminator="type")]
    ]


class _File(Params):
    content: list[FilePart]


def stored_variables(given: Sequence[Variable] | None) -> list[dict[str, Any]]:
    """Return declarations as they are stored, without empty fields.

    Raises :class:`InvalidRequest` for a name that two have, for a choice without choices, and for a
    default that isn't of its variable's type.
    """
    stored: list[dict[str, Any]] = []
    for number, variable in enumerate(given or ()):
        at = f"{FIELD}[{number}]"
        if any(other["name"] == variable.name for other in stored):
            raise _invalid(f"{at}.name", f"another variable is named '{variable.name}'")
        stored.append(_stored(variable))
        _check_choices(variable, at)
        if variable.default not in (None, ""):
            [declaration] = declared(stored[-1:]).values()
            _check_value(declaration, variable.default, f"{at}.default")
    return stored


def _stored(variable: Variable) -> dict[str, Any]:
    item: dict[str, Any] = {"name": variable.name, "type": variable.type}
    if variable.default is not None:
        item["default"] = variable.default
    if variable.description:
        item["description"] = variable.description
    if variable.choices:
        item["choices"] = list(variable.choices)
    return item


def _check_choices(variable: Variable, at: str) -> None:
    choices = variable.choices or []
    if variable.type != variables.CHOICE:
        if choices:
            raise _invalid(f"{at}.choices", "only variables of the type 'choice' have choices")
    elif not choices:
        raise _invalid(f"{at}.choices", "a variable of the type 'choice' needs choices")
    elif len(set(choices)) < len(choices):
        raise _invalid(f"{at}.choices", "a choice is there twice")


def check_values(declarations: Declarations, values: Mapping[str, Any]) -> None:
    """Raise :class:`InvalidRequest` for the first value that is undeclared, missing or wrong."""
    for problem in value_problems(declarations, values).values():
        raise problem


def value_problems(
    declarations: Declarations, values: Mapping[str, Any]
) -> dict[str, InvalidRequest]:
    """Return the error of each value that is undeclared, missing or wrong, by the variable's name.

    Null counts as no value.
    """
    found: dict[str, InvalidRequest] = {}
    for name in variables.undeclared(declarations, values):
        param = f"{FIELD}.{name}"
        message = f"Unknown parameter: '{param}'."
        found[name] = InvalidRequest(message, param=param, code="unknown_parameter")
    for name in variables.missing(declarations, values):
        param = f"{FIELD}.{name}"
        message = f"Missing required parameter: '{param}'."
        found[name] = InvalidRequest(message, param=param, code="missing_required_parameter")
    for name, declaration in declarations.items():
        if values.get(name) is None:
            continue
        try:
            _check_value(declaration, values[name], f"{FIELD}.{name}")
        except InvalidRequest as problem:
            found[name] = problem
    return found


def _check_value(declaration: Declaration, value: Any, param: str) -> None:
    if declaration.type == variables.IMAGE:
        _check_part(_Image, value, param)
    elif declaration.type == variables.FILE:
        _check_part(_File, value, param)
    elif not _has_type(declaration.type, value):
        raise InvalidRequest(
            f"Invalid type for '{param}': expected {_EXPECTED[declaration.type]}, "
            f"but got {kind_of(value)} instead.",
            param=param,
            code="invalid_type",
        )
    elif declaration.type == variables.CHOICE and value not in declaration.choices:
        listed = ", ".join(f"'{choice}'" for choice in declaration.choices)
        raise InvalidRequest(
            f"Invalid value: '{value}'. Supported values are: {listed}.",
            param=param,
            code="invalid_value",
        )
    elif isinstance(value, str) and len(value) > limits.MESSAGE_TEXT:
        raise InvalidRequest(
            f"Invalid '{param}': string too long. Expected a string with maximum length "
            f"{limits.MESSAGE_TEXT}, but got a string with length {len(value)} instead.",
            param=param,
            code="string_above_max_length",
        )


def _has_type(kind: str, value: Any) -> bool:
    # A boolean is an integer in Python.
    if kind == variables.BOOLEAN:
        return isinstance(value, bool)
    if kind == variables.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _check_part(params: type[Params], value: Any, param: str) -> None:
    try:
        parse(params, {"content": [value]})
    except InvalidRequest as problem:
        path = (problem.param or "").removeprefix(_PART)
        message = problem.message.replace(f"'{_PART}", f"'{param}", 1)
        raise InvalidRequest(message, param=f"{param}{path}", code=problem.code) from None


def _invalid(param: str, why: str) -> InvalidRequest:
    return InvalidRequest(f"Invalid '{param}': {why}.", param=param, code="invalid_value")
