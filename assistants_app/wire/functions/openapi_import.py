"""Functions from an OpenAPI 3 document: one for each of its operations."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire.functions.openapi_schemas import Refused, Schemas
from assistants_app.wire.plain_documents import read_plain

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Headers and cookies are for whoever makes the call, not for a model to choose.
PLACES = ("path", "query")
BODY = "body"
DESCRIPTION_CHARACTERS = 1024
OPERATIONS = 1_000


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `function`: what it becomes, or None with `fault`, the reason why not."""

    method: str
    path: str
    summary: str
    function: dict[str, Any] | None = None
    fault: str = ""


def read_operations(data: bytes) -> list[Operation]:
    """The operations of an OpenAPI 3 document, JSON or YAML, in its order.

    Names come from ``operationId``, parameters from path, query and body. Raises
    :class:`InvalidRequest` for what is no such document.
    """
    document = read_plain(data)
    if not isinstance(document, dict):
        raise InvalidRequest("This isn't an OpenAPI document: it must be an object.")
    if "swagger" in document:
        raise InvalidRequest(
            f"Swagger {document['swagger']} isn't supported. Convert the document to OpenAPI 3."
        )
    version = str(document.get("openapi", ""))
    if not version.startswith("3."):
        found = f"'openapi: {version}'" if version else "no 'openapi' version"
        raise InvalidRequest(f"This isn't an OpenAPI 3 document: it has {found}.")
    operations = list(_operations(document))
    if not operations:
        raise InvalidRequest("The document has no operations in 'paths'.")
    if len(operations) > OPERATIONS:
        raise InvalidRequest(f"The document has more than {OPERATIONS} operations.")
    return operations


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    names: set[str] = set()
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        schemas = Schemas(document)
        try:
            item = schemas.target(item)
        except Refused as error:
            yield Operation("", str(path), "", fault=str(error))
            continue
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield _operation(Schemas(document), str(path), method, item, names)


def _operation(
    schemas: Schemas, path: str, method: str, item: Mapping[str, Any], names: set[str]
) -> Operation:
    asked = item[method]
    summary = _text(asked.get("summary"))
    name = _name(_text(asked.get("operationId")) or f"{method}_{path}", names)
    try:
        function = {
            "name": name,
            "description": _description(asked, method, path),
            "parameters": _parameters(schemas, item, asked),
        }
    except Refused as error:
        return Operation(method.upper(), path, summary, fault=str(error))
    return Operation(method.upper(), path, summary, function)


def _name(wanted: str, names: set[str]) -> str:
    """A name that the API takes and that no other operation has."""
    plain = re.sub(r"_+", "_", re.sub(r"[^a-zA-Z0-9_-]", "_", wanted)).strip("_") or "operation"
    name, number = plain[: limits.FUNCTION_NAME], 1
    while name in names:
        number += 1
        end = f"_{number}"
        name = f"{plain[: limits.FUNCTION_NAME - len(end)]}{end}"
    names.add(name)
    return name


def _description(asked: Mapping[str, Any], method: str, path: str) -> str:
    parts = dict.fromkeys([_text(asked.get("summary")), _text(asked.get("description"))])
    told = "\n\n".join(part for part in parts if part) or f"{method.upper()} {path}"
    cut = len(told) > DESCRIPTION_CHARACTERS
    return f"{told[: DESCRIPTION_CHARACTERS - 1]}…" if cut else told


def _parameters(
    schemas: Schemas, item: Mapping[str, Any], asked: Mapping[str, Any]
) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter in _declared(schemas, item, asked):
        name = _text(parameter.get("name"))
        properties[name] = _schema_of(schemas, parameter)
        if parameter.get("required") or parameter.get("in") == "path":
            required.append(name)
    _add_body(schemas, asked, properties, required)
    return {"type": "object", "properties": properties, "required": list(dict.fromkeys(required))}


def _declared(
    schemas: Schemas, item: Mapping[str, Any], asked: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Of the path and of the operation; the operation's own stand for the path's."""
    declared: dict[tuple[str, str], dict[str, Any]] = {}
    for source in (item, asked):
        listed = source.get("parameters")
        for entry in listed if isinstance(listed, list) else []:
            parameter = schemas.target(entry)
            place, name = _text(parameter.get("in")), _text(parameter.get("name"))
            if place in PLACES and name:
                declared[place, name] = parameter
    return list(declared.values())


def _schema_of(schemas: Schemas, parameter: Mapping[str, Any]) -> dict[str, Any]:
    given = parameter.get("schema")
    if given is None:
        given = _media(parameter.get("content")).get("schema")
    schema = schemas.resolve({"type": "string"} if given is None else given)
    if told := _text(parameter.get("description")):
        schema = {**schema, "description": told}
    return schema


def _add_body(
    schemas: Schemas, asked: Mapping[str, Any], properties: dict[str, Any], required: list[str]
) -> None:
    """An object's properties stand beside the parameters, unless a name is taken or it is no
    plain object: then they stand in one called ``body``.
    """
    if "requestBody" not in asked:
        return
    body = schemas.target(asked["requestBody"])
    given = _media(body.get("content")).get("schema")
    if given is None:
        return
    schema = schemas.resolve(given)
    demanded = body.get("required") is True
    inner = schema.get("properties")
    composed = {"allOf", "anyOf", "oneOf"} & set(schema)
    if isinstance(inner, dict) and inner and not composed and not set(inner) & set(properties):
        properties.update(inner)
        if demanded:
            required += schema.get("required") or []
        return
    name = BODY
    while name in properties:
        name = f"request_{name}"
    properties[name] = schema
    if demanded:
        required.append(name)


def _media(content: Any) -> Mapping[str, Any]:
    """JSON if it is offered, else the first that there is."""
    offered = {
        str(kind): media
        for kind, media in (content.items() if isinstance(content, dict) else ())
        if isinstance(media, dict)
    }
    json_kinds = [kind for kind in offered if "json" in kind.lower()]
    chosen = next(iter([*json_kinds, *offered]), None)
    return offered[chosen] if chosen else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
