"""JSON of mocks: how they are checked, stored and read for evaluation."""

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
    # The time to match a pattern is limited by its length (domain/mocks.py).
    return isinstance(value, str) and len(value) <= limits.MOCK_TEXT


class MockRule(Params):
    when: Annotated[list[MockCondition], Field(max_length=limits.MOCK_CONDITIONS)] = []
    output: Any


class MockParams(Params):
    """A mock in a document or form.

    `output` belongs to the kind ``static``, `rules` and the optional `default` to ``rules``.
    """

    function: FunctionName
    kind: Literal["static", "rules"]
    output: Any = None
    rules: Annotated[list[MockRule], Field(max_length=limits.MOCK_RULES)] = []
    default: Any = None
    result_schema: dict[str, Any] | None = None
    at_once: bool = False

    @property
    def definition(self) -> dict[str, Any]:
        """The column `definition`. Raises :class:`InvalidRequest` if it is too long."""
        # An output or default of null differs from none, so only fields that were given are stored.
        names = ("output",) if self.kind == "static" else ("rules", "default")
        given = self.given()
        kept = {name: given[name] for name in names if name in given}
        # The schema of results is stored too, so it counts.
        size = len(json.dumps([kept, self.result_schema], ensure_ascii=False))
        if size > limits.MOCK_CHARACTERS:
            raise InvalidRequest(
                f"A mock can have up to {limits.MOCK_CHARACTERS} characters. This one has {size}."
            )
        return kept


class MocksParams(Params):
    """The mocks of one assistant, at most one for each function."""

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
    """Return the columns of the mock's row, without its assistant.

    Raises :class:`InvalidRequest` if the mock is too long.
    """
    return {
        "function": mock.function,
        "kind": mock.kind,
        "definition": mock.definition,
        "result_schema": mock.result_schema,
        "at_once": mock.at_once,
    }


def mock_document(mock: FunctionMock) -> dict[str, Any]:
    """Return a stored mock in the form that :class:`MockParams` reads."""
    return {
        "function": mock.function,
        "kind": mock.kind,
        **mock.definition,
        **({"result_schema": mock.result_schema} if mock.result_schema else {}),
        "at_once": mock.at_once,
    }


def mock_of(definition: Mapping[str, Any]) -> Mock:
    """Return a stored definition as a mock that can be evaluated."""
    rules = tuple(
        Rule(tuple(_condition_of(item) for item in rule.get("when", ())), rule["output"])
        for rule in definition.get("rules", ())
    )
    return Mock(rules, definition.get("output", definition.get("default", MISSING)))


def _condition_of(item: Mapping[str, Any]) -> Condition:
    return Condition(item["path"], item.get("operator", "equals"), item.get("value"))


def arguments_of(text: str) -> dict[str, Any]:
    """Return the arguments that the model wrote, or an empty object if they are not valid JSON."""
    try:
        return read_json(text.encode(errors="replace"))
    except InvalidRequest:
        return {}


def value_of(text: str) -> Any:
    """Return what a person typed as an output: the value if it is JSON, else the text itself."""
    try:
        # Two checks: `read_json` refuses values that the database can't store, and needs an object.
        # Inside that object, `1, "a": 2` would pass, so the text itself must be JSON too.
        read_json(b'{"_":%s}' % text.encode(errors="replace"))
        return json.loads(text)
    except (InvalidRequest, ValueError):
        return text


def text_of(value: Any) -> str:
    """Return an output for people to read: texts unchanged, other values as indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
