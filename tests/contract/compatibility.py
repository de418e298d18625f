"""Writes docs/compatibility.md: the vendor's document line by line, each with its test."""

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.clients.catalogue import shown
from tests.contract.clients import section as clients_and_versions
from tests.contract.files_and_languages import section as files_and_languages
from tests.contract.openapi import vendor_document
from tests.contract.record import Fact
from tests.retrieval.corpus.cases import corpora

MISSING = "missing"
SECTIONS = ("Assistants", "Models", "Files", "Uploads", "Vector stores")
EVENT_SCHEMAS = (
    *("ThreadStreamEvent", "RunStreamEvent", "RunStepStreamEvent", "MessageStreamEvent"),
    *("ErrorEvent", "DoneEvent"),
)
INTRODUCTION = """\
# Compatibility

Which parts of OpenAI's Assistants API v2 does a test cover? This page lists every method, parameter
and event of OpenAI's OpenAPI document, and the errors that clients meet.

Each line names the first test in which a client sends it and gets an answer in OpenAI's format.
**missing** means that no test does. That doesn't mean that it doesn't work.

Chat completions and embeddings pass to the endpoint of their model as they are
([api.md](api.md#chat-completions-and-embeddings)), so what they support is up to that endpoint.
`api/direct/test_passing.py` and `sdk/test_direct.py` cover them.

Experiments at `/v1/playground` are this server's own ([api.md](api.md#experiments)).
`api/experiments/test_experiments.py` covers them.

The tests write this page (`UPDATE_COMPATIBILITY=1 make test`) from what their clients sent and
received. A whole test run fails if the page is out of date.
"""


@dataclass(frozen=True, slots=True)
class KnownError:
    """An error that the vendor's clients meet. `says` is a pattern for the start of its message."""

    what: str
    status: int
    says: str
    code: str | None = None


ERRORS = (
    KnownError("No API key", 401, "You didn't provide an API key"),
    KnownError("An incorrect API key", 401, "Incorrect API key provided", "invalid_api_key"),
    KnownError("No beta header", 400, "You must provide the 'OpenAI-Beta' header", "invalid_beta"),
    KnownError("A body that isn't JSON", 400, "We could not parse the JSON body"),
    KnownError("A missing parameter", 400, "Missing required", "missing_required_parameter"),
    KnownError("An unknown parameter", 400, "Unknown parameter", "unknown_parameter"),
    KnownError("A wrong type", 400, "Invalid type for", "invalid_type"),
    KnownError("A value that isn't allowed", 400, "Invalid value", "invalid_value"),
    KnownError("A string that is too long", 400, "Invalid '", "string_above_max_length"),
    KnownError("An array that is too long", 400, "Invalid '", "array_above_max_length"),
    KnownError("Too many metadata pairs", 400, "Invalid '", "object_above_max_properties"),
    KnownError("A metadata key that is too long", 400, "Inv", "property_name_above_max_length"),
    KnownError("A number that is too large", 400, "Invalid '", "decimal_above_max_value"),
    KnownError("A number that is too small", 400, "Invalid '", "integer_below_min_value"),
    KnownError("A limit above 100", 400, "Invalid 'limit'", "integer_above_max_value"),
    KnownError("A function name with invalid characters", 400, "Invalid 'tools.*pattern"),
    KnownError(
        "An invalid strict schema of a function", 400, "Invalid sch", "invalid_function_parameters"
    ),
    KnownError(
        "An invalid strict schema of a response format", 400, "Invalid schema for response_format"
    ),
    KnownError("A second run on a busy thread", 400, "Thread thread_.* already has an active run"),
    KnownError("A message to a busy thread", 400, "Can't add messages to thread_"),
    KnownError("Cancelling a run that has ended", 400, "Cannot cancel run with status"),
    KnownError("Tool outputs for a run that isn't waiting for them", 400, "Runs in status"),
    KnownError("Tool outputs for the wrong calls", 400, "Expected tool outputs for call_ids"),
    KnownError("An unknown assistant", 404, "No assistant found with id"),
    KnownError("An unknown thread", 404, "No thread found with id"),
    KnownError("An unknown message", 404, "No message found with id"),
    KnownError("An unknown run", 404, "No run found with id"),
    KnownError("An unknown run step", 404, "No run step found with id"),
    KnownError("An unknown file", 404, "No file found with id"),
    KnownError("An unknown vector store", 404, "No vector store found with id"),
    KnownError("An unknown model", 404, "The model '.*' does not exist", "model_not_found"),
    KnownError("An unknown URL", 404, "Invalid URL"),
    KnownError("A method that isn't allowed", 405, "Not allowed to", "method_not_supported"),
    KnownError("An idempotency key reused for another request", 409, ""),
    KnownError("A body that is too large", 413, ""),
    KnownError("Too many requests", 429, ""),
    KnownError("The event log is unavailable", 503, "The event log is not available"),
)


class Evidence:
    """The test for each fact. Tests of the SDK come before others, then by name."""

    def __init__(self, facts: Mapping[str, Iterable[Fact]]) -> None:
        self._tests: dict[Fact, str] = {}
        for test in sorted(facts, key=lambda test: (not test.startswith("tests/sdk/"), test)):
            for fact in facts[test]:
                self._tests.setdefault(fact, test)

    def of(self, kind: str, name: str) -> str:
        """Return the test's name as the page shows it, or "missing"."""
        return _shown(self._tests.get(Fact(kind, name)))

    def of_error(self, error: KnownError) -> str:
        """Return the name of the first test that received this error, or "missing"."""
        fits = (test for fact, test in self._tests.items() if _is_of(fact, error))
        return _shown(min(fits, default=None, key=lambda test: (test[:10] != "tests/sdk/", test)))


def _shown(test: str | None) -> str:
    return f"`{test.removeprefix('tests/')}`" if test else f"**{MISSING}**"


def _is_of(fact: Fact, error: KnownError) -> bool:
    if fact.kind != "error":
        return False
    seen = json.loads(fact.name)
    return (
        seen["status"] == error.status
        and error.code in {None, seen["code"]}
        and bool(re.match(error.says, seen["message"]))
    )


def page(facts: Mapping[str, Iterable[Fact]]) -> str:
    """Return the whole page, given the facts that each test has seen."""
    evidence = Evidence(facts)
    lines = [INTRODUCTION]
    for section in SECTIONS:
        lines += [f"## {section}", ""]
        for operation, parameters in _operations(section):
            lines += _operation_lines(operation, parameters, evidence)
    lines += ["## Events", "", "| event | test |", "|---|---|"]
    lines += [f"| `{name}` | {evidence.of('event', name)} |" for name in event_names()]
    lines += ["", "## Errors", "", "| error | status | code | test |", "|---|---|---|---|"]
    for error in ERRORS:
        code = f"`{error.code}`" if error.code else ""
        lines.append(f"| {error.what} | {error.status} | {code} | {evidence.of_error(error)} |")
    lines += ["", *clients_and_versions(shown())]
    lines += ["", *files_and_languages(corpora())]
    return "\n".join([*lines, ""])


def _operation_lines(operation: str, parameters: list[str], evidence: Evidence) -> Iterator[str]:
    shown = evidence.of("operation", operation)
    yield from (f"### {operation}", "", f"Test: {shown}", "")
    if parameters and MISSING not in shown:
        yield from ("| parameter | test |", "|---|---|")
        for name in parameters:
            yield f"| `{name}` | {evidence.of('parameter', f'{operation} {name}')} |"
        yield ""


def _operations(section: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each operation of a section of the vendor's reference, with its parameters in order."""
    for path, methods in vendor_document()["paths"].items():
        for method, operation in methods.items():
            if section in operation["tags"]:
                yield f"{method.upper()} {path}", list(dict.fromkeys(_parameters(operation)))


def _parameters(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            yield parameter["name"]
            yield from _values(parameter["schema"], parameter["name"])
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from _fields(content["schema"], "", ())


def _fields(schema: dict[str, Any], name: str, above: tuple[str, ...]) -> Iterator[str]:
    """Yield the dotted names below a schema in its order, alternatives side by side."""
    if reference := schema.get("$ref"):
        if reference not in above:
            yield from _fields(_resolved(reference), name, (*above, reference))
        return
    for alternatives in ("allOf", "anyOf", "oneOf"):
        for alternative in schema.get(alternatives, []):
            yield from _fields(alternative, name, above)
    yield from _values(schema, name)
    for key, inner in schema.get("properties", {}).items():
        field = f"{name}.{key}" if name else key
        yield field
        yield from _fields(inner, field, above)
    if "items" in schema:
        yield from _fields(schema["items"], f"{name}[]", above)


def _values(schema: dict[str, Any], name: str) -> Iterator[str]:
    """Yield ``role = "user"`` and so on for strings with a few known values."""
    # A model may have any name, so its examples are no list of values.
    values = [value for value in schema.get("enum", []) if isinstance(value, str)]
    if name.rpartition(".")[2] != "model":
        yield from (f'{name} = "{value}"' for value in values)


def _resolved(reference: str) -> dict[str, Any]:
    node: Any = vendor_document()
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    assert isinstance(node, dict)
    return node


@functools.cache
def event_names() -> tuple[str, ...]:
    """Return the names of the vendor's 24 events, and `done`."""
    names = (name for schema in EVENT_SCHEMAS for name in _events_of(_resolved_schema(schema)))
    return tuple(dict.fromkeys(names))


def _resolved_schema(name: str) -> dict[str, Any]:
    return _resolved(f"#/components/schemas/{name}")


def _events_of(schema: dict[str, Any]) -> Iterator[str]:
    event = schema.get("properties", {}).get("event", {})
    yield from event.get("enum", [])
    for alternative in (*schema.get("oneOf", []), *schema.get("anyOf", [])):
        yield from _events_of(alternative)
