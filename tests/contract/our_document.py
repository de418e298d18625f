"""Our own OpenAPI document: the vendor's, cut to what this server serves, with its errors added.

There is one source: paths and methods are asked of the server, all shapes are the vendor's.
"""

import copy
from typing import Any

from django.test import RequestFactory
from django.urls import resolve

from assistants_app.api.http import unknown_url
from tests.contract.openapi import OUR_LIST_SCHEMA, vendor_document

ERRORS = {
    "400": "A parameter is missing, unknown, of a wrong type or out of range.",
    "401": "No key, or a wrong one.",
    "404": "No such object.",
    "405": "A method that this URL does not have.",
    "409": "The Idempotency-Key was used for another request.",
    "413": "The body is too large.",
    "429": "Too many requests.",
    "503": "A service that this one needs is away.",
}
# On every answer, as the vendor sets them.
HEADERS = {
    "x-request-id": {"required": True, "schema": {"type": "string", "pattern": "^req_"}},
    "openai-processing-ms": {"required": True, "schema": {"type": "integer", "minimum": 0}},
}
# The vendor's document names JSON alone: these answer with events where `stream` is true.
STREAMS = ("createRun", "createThreadAndRun", "submitToolOuputsToRun")
# It has a text as JSON where the service answers with the file's bytes.
BYTES = ("downloadFile",)
# What the data of an event must be depends on its name: tests.contract.openapi.check_event.
EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["event", "data"],
}


def our_document() -> dict[str, Any]:
    """The document that describes this server."""
    document = copy.deepcopy(vendor_document())
    document["servers"] = [{"url": "/v1"}]
    document["paths"]["/threads"]["get"] = _list_of_threads(document["paths"]["/assistants"]["get"])
    paths = {}
    for path, operations in document["paths"].items():
        served = {method: operations[method] for method in methods_of(path) & set(operations)}
        for operation in served.values():
            _describe_answers(operation)
        if served:
            paths[path] = served
    document["paths"] = paths
    return document


def _list_of_threads(vendors: dict[str, Any]) -> dict[str, Any]:
    """The one list that the vendor never had, after the pattern of its others."""
    schema = {"$ref": f"#{OUR_LIST_SCHEMA}"}
    answer = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    return {**vendors, "operationId": "listThreads", "responses": {"200": answer}}


def methods_of(path: str) -> set[str]:
    """The methods that this server has for a path of the vendor's, in small letters."""
    url = f"/v1{path.replace('{', '').replace('}', '')}"
    view, arguments, named = resolve(url)
    if view is unknown_url:
        return set()
    answer = view(RequestFactory().generic("TRACE", url), *arguments, **named)
    return {name.strip().lower() for name in answer.headers["Allow"].split(",")}


def _describe_answers(operation: dict[str, Any]) -> None:
    answers = {"200": operation["responses"]["200"]}
    if operation["operationId"] in STREAMS:
        answers["200"]["content"]["text/event-stream"] = {"schema": EVENT}
    if operation["operationId"] in BYTES:
        answers["200"]["content"] = {"application/octet-stream": {}}
    for status, description in ERRORS.items():
        schema = {"$ref": "#/components/schemas/ErrorResponse"}
        content = {"application/json": {"schema": schema}}
        answers[status] = {"description": description, "content": content}
    for answer in answers.values():
        answer["headers"] = HEADERS
    operation["responses"] = answers
