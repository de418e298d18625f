"""Checks of responses against the vendor's own OpenAPI document."""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from assistants_app.domain import limits
from tests.contract.examples import missing_in
from tests.contract.own_routes import OWN_PATHS, OWN_SCHEMAS

DOCUMENT = Path(__file__).with_name("openai-assistants-v2.openapi.yaml")
URI = "urn:openai"

# Our own list of threads, in the format of the vendor's other lists.
OUR_LIST, OUR_LIST_SCHEMA = ("GET", "/threads"), "/components/schemas/ListThreadsResponse"
# Purposes that the document accepts in requests but leaves out of the file object.
PURPOSES_LEFT_OUT = ("evals",)
# The document is stricter than the service, which sent null for both if a list was empty.
EMPTY_LISTS_HAVE_NO_IDS = ("first_id", "last_id")
# Limits that this server widens for clients that exceed them (domain/limits.py), and for which the
# objects then have the values that were given.
WIDER_LIMITS = {
    ("max_prompt_tokens", "minimum"): limits.MIN_RUN_TOKENS,
    ("max_completion_tokens", "minimum"): limits.MIN_RUN_TOKENS,
    ("tools", "maxItems"): limits.RUN_TOOLS,
}


@functools.cache
def vendor_document() -> dict[str, Any]:
    """Return the vendor's document as pure OpenAPI 3.1, with the differences explained above.

    Our own routes are in it, too.
    """
    document = yaml.load(DOCUMENT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for name, schema in document["components"]["schemas"].items():
        if name.startswith("List"):
            for field in EMPTY_LISTS_HAVE_NO_IDS:
                schema.get("properties", {}).get(field, {})["nullable"] = True
    schemas = document["components"]["schemas"]
    # The service sends null for a file that doesn't expire.
    schemas["OpenAIFile"]["properties"]["expires_at"]["nullable"] = True
    for purpose in PURPOSES_LEFT_OUT:
        schemas["OpenAIFile"]["properties"]["purpose"]["enum"].append(purpose)
    for name in ("RunObject", "CreateRunRequest", "CreateThreadAndRunRequest"):
        _widen_limits(schemas[name]["properties"])
    schemas[OUR_LIST_SCHEMA.rpartition("/")[2]] = _list_of(schemas["ListAssistantsResponse"])
    document["paths"].update(OWN_PATHS)
    schemas.update(OWN_SCHEMAS)
    return _nullable_as_type(document)  # type: ignore[no-any-return]


def _widen_limits(properties: dict[str, Any]) -> None:
    for (field, keyword), limit in WIDER_LIMITS.items():
        for schema in (properties[field], *properties[field].get("anyOf", ())):
            if keyword in schema:
                schema[keyword] = limit


def _list_of(vendors: dict[str, Any]) -> dict[str, Any]:
    threads = {"type": "array", "items": {"$ref": "#/components/schemas/ThreadObject"}}
    return {**vendors, "properties": {**vendors["properties"], "data": threads}}


def _nullable_as_type(node: Any) -> Any:
    # The document still uses `nullable` of OpenAPI 3.0, which JSON Schema does not know.
    if isinstance(node, list):
        return [_nullable_as_type(item) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {name: _nullable_as_type(value) for name, value in node.items() if name != "nullable"}
    if node.get("nullable") is True and copy:
        return {"anyOf": [copy, {"type": "null"}]}
    return copy


@functools.cache
def _registry() -> Registry[Any]:
    resource: Resource[Any] = DRAFT202012.create_resource(vendor_document())
    registry: Registry[Any] = Registry().with_resource(URI, resource)
    return registry


@functools.cache
def _validator(pointer: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"{URI}#{pointer}"}, registry=_registry())


@functools.cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    # Fixed paths come before those with parameters, so that /threads/runs is not a thread.
    paths = sorted(vendor_document()["paths"], key=lambda path: (path.count("{"), path))
    return [
        (re.compile("^/v1" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path) for path in paths
    ]


def template_of(path: str) -> str | None:
    """Return the document's path for the path of a request, or None."""
    return next((template for pattern, template in _paths() if pattern.match(path)), None)


def check_answer(method: str, path: str, status: int, body: Any) -> None:
    """Fail unless `body` is what the document promises for this request.

    Its objects must also have the fields that they have in the vendor's examples.
    """
    if status >= 400:
        problems = list(_validator("/components/schemas/ErrorResponse").iter_errors(body))
    else:
        problems = list(_validator(_schema_of_answer(method, path)).iter_errors(body))
    assert not problems, f"{method} {path}: {_describe(problems)}"
    missing = missing_in(body, template_of(path))
    assert not missing, f"{method} {path}: the vendor's examples have {sorted(missing)}"


def _schema_of_answer(method: str, path: str) -> str:
    template = template_of(path)
    assert template, f"{path} is not in the document"
    if (method, template) == OUR_LIST:
        return OUR_LIST_SCHEMA
    schema = template.replace("~", "~0").replace("/", "~1")
    return f"/paths/{schema}/{method.lower()}/responses/200/content/application~1json/schema"


def check_event(name: str, data: str) -> None:
    """Fail unless this server-sent event is one of the vendor's."""
    content: Any = data if name == "done" else json.loads(data)
    event = {"event": name, "data": content}
    problems = list(_validator(f"/components/schemas/{_event_schema(name)}").iter_errors(event))
    assert not problems, f"{name}: {_describe(problems)}"
    missing = missing_in(content)
    assert not missing, f"{name}: the vendor's examples have {sorted(missing)}"


def _event_schema(name: str) -> str:
    for prefix, schema in (
        ("thread.run.step.", "RunStepStreamEvent"),
        ("thread.run.", "RunStreamEvent"),
        ("thread.message.", "MessageStreamEvent"),
        ("thread.", "ThreadStreamEvent"),
        ("error", "ErrorEvent"),
        ("done", "DoneEvent"),
    ):
        if name.startswith(prefix):
            return schema
    raise AssertionError(f"{name} is not an event of the vendor's")


def events_of(stream: str) -> Iterator[tuple[str, str]]:
    """Yield the name and data of each server-sent event, without comments."""
    for block in stream.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
        )
        if fields:
            yield fields["event"], fields["data"]


def _describe(problems: list[Any]) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem.absolute_path))}: {problem.message[:300]}"
        for problem in problems[:5]
    )
