"""Mocks of functions as documents: checked, kept, and read for their evaluation."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.missing import MISSING
from assistants_app.domain.mocks import Condition, Mock, Rule, is_number
from assistants_app.models import FunctionMock
from assistants_app.wire.json_bodies import read_json
from assistants_app.wire.validation import Params, refusal

FunctionName = Annotated[
    str, StringConstraints(max_length=limits.FUNCTION_NAME, pattern=limits.FUNCTION_NAME_PATTERN)
]
Path = Annotated[str, StringConstraints(max_length=limits.MOCK_TEXT)]


class MockCondition(Params):
    path: Path
    operator: Literal["equals", "contains", "matches", "exists", "gt", "lt"] = "equals"
    value: Any = None

    @model_validator(mode="after")
    def _can_be_compared(self) -> Self:
        expected = ""
        if self.operator in ("gt", "lt") and not is_number(self.value):
            expected = "a number"
        if self.operator == "matches" and not _is_pattern(self.value):
            expected = f"a pattern of at most {limits.MOCK_TEXT} characters"
        if expected:
            words = f"Invalid value for '{self.operator}': expected {expected}."
            raise refusal(words, code="invalid_value", at="value")
        return self


def _is_pattern(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= limits.MOCK_TEXT


class MockRule(Params):
    when: Annotated[list[MockCondition], Field(max_length=limits.MOCK_CONDITIONS)] = []
    output: Any


class MockParams(Params):
    """`output` is of a static mock; `rules` and `default`, which may be absent, of the other."""

    function: FunctionName
    kind: Literal["static", "rules"]
    output: Any = None
    rules: Annotated[list[MockRule], Field(max_length=limits.MOCK_RULES)] = []
    default: Any = None
    result_schema: dict[str, Any] | None = None
    at_once: bool = False

    @property
    def definition(self) -> dict[str, Any]:
        """What is kept of it. Raises :class:`InvalidRequest` for one that is too long."""
        names = ("output",) if self.kind == "static" else ("rules", "default")
        given = self.given()
        kept = {name: given[name] for name in names if name in given}
        size = len(json.dumps([kept, self.result_schema], ensure_ascii=False))
        if size > limits.MOCK_CHARACTERS:
            raise InvalidRequest(
                f"A mock can have up to {limits.MOCK_CHARACTERS} characters. This one has {size}."
            )
        return kept


class MocksParams(Params):
    """The mocks of one assistant."""

    mocks: Annotated[list[MockParams], Field(max_length=limits.ASSISTANT_TOOLS)] = []

    @model_validator(mode="after")
    def _are_of_different_functions(self) -> Self:
        names = [mock.function for mock in self.mocks]
        for number, name in enumerate(names):
            if name in names[:number]:
                words = f"The function '{name}' has two mocks."
                raise refusal(words, code="invalid_value", at=f"mocks[{number}].function")
        return self


def columns_of(mock: FunctionMock | MockParams) -> dict[str, Any]:
    """What a mock is, whichever assistant has it. Raises :class:`InvalidRequest` for what cannot be
    kept.
    """
    return {
        "function": mock.function,
        "kind": mock.kind,
        "definition": mock.definition,
        "result_schema": mock.result_schema,
        "at_once": mock.at_once,
    }


def mock_document(mock: FunctionMock) -> dict[str, Any]:
    """A kept mock as :class:`MockParams` reads it."""
    return {
        "function": mock.function,
        "kind": mock.kind,
        **mock.definition,
        **({"result_schema": mock.result_schema} if mock.result_schema else {}),
        "at_once": mock.at_once,
    }


def mock_of(definition: Mapping[str, Any]) -> Mock:
    """A kept definition as it is evaluated."""
    rules = tuple(
        Rule(tuple(_condition(item) for item in rule.get("when", ())), rule["output"])
        for rule in definition.get("rules", ())
    )
    return Mock(rules, definition.get("output", definition.get("default", MISSING)))


def _condition(item: Mapping[str, Any]) -> Condition:
    return Condition(item["path"], item.get("operator", "equals"), item.get("value"))


def arguments_of(text: str) -> dict[str, Any]:
    """A call's arguments, as the model wrote them; what is no good object has nothing in it."""
    try:
        return read_json(text.encode(errors="replace"))
    except InvalidRequest:
        return {}


def value_of(text: str) -> Any:
    """An output that a person typed: JSON as a value, anything else as the text that it is."""
    try:
        read_json(b'{"_":%s}' % text.encode(errors="replace"))
        return json.loads(text)
    except (InvalidRequest, ValueError):
        return text


def text_of(value: Any) -> str:
    """An output as a person reads it."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
