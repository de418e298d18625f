"""An OpenAPI document of this server: the vendor's, without what is missing here, plus errors.

Paths and methods come from the server's URLs, and all schemas from the vendor but for our own
routes (`own_routes.py`).
"""

import copy
from typing import Any

from assistants_app.api.urls import router
from tests.contract.openapi import OUR_LIST_SCHEMA, vendor_document

ERRORS = {
    "400": "A parameter is missing, unknown, of the wrong type or out of range.",
    "401": "The API key is missing or incorrect.",
    "404": "There is no such object.",
    "405": "The URL does not support this method.",
    "408": "The request body came too slowly.",
    "409": "The Idempotency-Key was used for another request.",
    "413": "The request body is too large.",
    "429": "There were too many requests.",
    "503": "A service that this server needs is unavailable.",
}
# Headers of every response, as the vendor sets them.
HEADERS = {
    "x-request-id": {"required": True, "schema": {"type": "string", "pattern": "^req_"}},
    "openai-processing-ms": {"required": True, "schema": {"type": "integer", "minimum": 0}},
}
# With `stream`, these respond with events. The vendor's document only mentions JSON.
STREAMS = ("createRun", "createThreadAndRun", "submitToolOuputsToRun")
# This one responds with a file's bytes. The vendor's document has a string as JSON.
BYTES = ("downloadFile",)
# The format of the data depends on the event's name. tests.contract.openapi.check_event checks it.
EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["event", "data"],
}


def our_document() -> dict[str, Any]:
    """Return the document that describes this server."""
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
    schema = {"$ref": f"#{OUR_LIST_SCHEMA}"}
    answer = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    return {**vendors, "operationId": "listThreads", "responses": {"200": answer}}


def methods_of(path: str) -> set[str]:
    """Return the methods that this server has for a path of the vendor, in lower case."""
    match = router.find(f"/v1{path.replace('{', '').replace('}', '')}")
    return {method.lower() for method in match.route.views} if match else set()


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
