"""Import of functions from an OpenAPI 3 document, one for each operation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire.functions.names import plain_name
from assistants_app.wire.functions.openapi_schemas import Refused, Schemas
from assistants_app.wire.plain_documents import read_plain

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Headers and cookies are set by the program that makes the call, and not chosen by a model.
PLACES = ("path", "query")
BODY = "body"
DESCRIPTION_CHARACTERS = 1024
OPERATIONS = 1_000


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, with the function that it becomes or the `fault` that prevents it."""

    method: str
    path: str
    summary: str
    function: dict[str, Any] | None = None
    fault: str = ""


def read_operations(data: bytes) -> list[Operation]:
    """Return the operations of a JSON or YAML document in its order.

    Functions are named after ``operationId`` and get their parameters from path, query and body.
    Raises :class:`InvalidRequest` if the document is not OpenAPI 3.
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
    operations = list(islice(_read_all_operations(document), OPERATIONS + 1))
    if not operations:
        raise InvalidRequest("The document has no operations in 'paths'.")
    if len(operations) > OPERATIONS:
        raise InvalidRequest(f"The document has more than {OPERATIONS} operations.")
    return operations


def _read_all_operations(document: dict[str, Any]) -> Iterator[Operation]:
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
                # With `Schemas` of its own, which count what it expands to: if an operation is too
                # large, only this one is refused.
                yield _read_operation(Schemas(document), str(path), method, item, names)


def _read_operation(
    schemas: Schemas, path: str, method: str, item: Mapping[str, Any], names: set[str]
) -> Operation:
    details = item[method]
    summary = _stripped_text(details.get("summary"))
    name = _unique_name(_stripped_text(details.get("operationId")) or f"{method}_{path}", names)
    try:
        function = {
            "name": name,
            "description": _function_description(details, method, path),
            "parameters": _parameters_schema(schemas, item, details),
        }
    except Refused as error:
        return Operation(method.upper(), path, summary, fault=str(error))
    return Operation(method.upper(), path, summary, function)


def _unique_name(wanted: str, names: set[str]) -> str:
    plain = plain_name(wanted) or "operation"
    name, number = plain, 1
    while name in names:
        number += 1
        end = f"_{number}"
        name = f"{plain[: limits.FUNCTION_NAME - len(end)]}{end}"
    names.add(name)
    return name


def _function_description(details: Mapping[str, Any], method: str, path: str) -> str:
    # Some documents repeat the summary as the description.
    parts = dict.fromkeys(
        [_stripped_text(details.get("summary")), _stripped_text(details.get("description"))]
    )
    text = "\n\n".join(part for part in parts if part) or f"{method.upper()} {path}"
    is_long = len(text) > DESCRIPTION_CHARACTERS
    return f"{text[: DESCRIPTION_CHARACTERS - 1]}…" if is_long else text


def _parameters_schema(
    schemas: Schemas, item: Mapping[str, Any], details: Mapping[str, Any]
) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter in _declared_parameters(schemas, item, details):
        name = _stripped_text(parameter.get("name"))
        properties[name] = _schema_of(schemas, parameter)
        # Without its path parameters an operation has no URL.
        if parameter.get("required") or parameter.get("in") == "path":
            required.append(name)
    _add_body(schemas, details, properties, required)
    return {"type": "object", "properties": properties, "required": list(dict.fromkeys(required))}


def _declared_parameters(
    schemas: Schemas, item: Mapping[str, Any], details: Mapping[str, Any]
) -> list[dict[str, Any]]:
    # An operation's parameters override those of its path with the same place and name.
    declared: dict[tuple[str, str], dict[str, Any]] = {}
    for source in (item, details):
        listed = source.get("parameters")
        for entry in listed if isinstance(listed, list) else []:
            parameter = schemas.target(entry)
            place, name = _stripped_text(parameter.get("in")), _stripped_text(parameter.get("name"))
            if place in PLACES and name:
                declared[place, name] = parameter
    return list(declared.values())


def _schema_of(schemas: Schemas, parameter: Mapping[str, Any]) -> dict[str, Any]:
    given = parameter.get("schema")
    # OpenAPI allows either a `schema` or a `content` with one media type.
    if given is None:
        given = _preferred_media(parameter.get("content")).get("schema")
    schema = schemas.resolve({"type": "string"} if given is None else given)
    if description := _stripped_text(parameter.get("description")):
        schema = {**schema, "description": description}
    return schema


def _add_body(
    schemas: Schemas, details: Mapping[str, Any], properties: dict[str, Any], required: list[str]
) -> None:
    # The properties of the body become parameters beside the others. If a name is taken, or the
    # body is not a plain object, it becomes one parameter called "body".
    if "requestBody" not in details:
        return
    body = schemas.target(details["requestBody"])
    given = _preferred_media(body.get("content")).get("schema")
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


def _preferred_media(content: Any) -> Mapping[str, Any]:
    # JSON if the operation offers it, else its first media type.
    offered = {
        str(kind): media
        for kind, media in (content.items() if isinstance(content, dict) else ())
        if isinstance(media, dict)
    }
    json_kinds = [kind for kind in offered if "json" in kind.lower()]
    chosen = next(iter([*json_kinds, *offered]), None)
    return offered[chosen] if chosen else {}


def _stripped_text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
