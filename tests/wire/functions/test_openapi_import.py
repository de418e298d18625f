"""Import of functions from OpenAPI documents: names, parameters and refused documents."""

import json
from typing import Any

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire.functions.checks import remarks_on_function
from assistants_app.wire.functions.openapi_import import Operation, read_operations

PETS = """
openapi: 3.0.3
info: {title: Pets, version: 2025-01-01}
paths:
  /pets/{petId}:
    parameters:
      - {name: petId, in: path, required: true, schema: {type: integer, format: int64}}
      - {name: trace, in: header, schema: {type: string}}
    get:
      operationId: showPet
      summary: One pet
      description: With all that is known of it.
      parameters:
        - $ref: '#/components/parameters/Fields'
      responses: {200: {description: ok}}
    put:
      operationId: pets.update!
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Pet'}}
      responses: {200: {description: ok}}
  /pets:
    post:
      requestBody:
        content:
          application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}
      responses: {200: {description: ok}}
components:
  parameters:
    Fields:
      name: fields
      in: query
      description: Which ones
      schema: {type: array, items: {type: string, enum: [name, age]}, maxItems: 2}
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, example: Rex, x-order: 1}
        weight: {type: number, minimum: 0, exclusiveMinimum: true, nullable: true}
        parent: {$ref: '#/components/schemas/Pet'}
"""


def operations(document: Any) -> list[Operation]:
    return read_operations(json.dumps(document).encode())


def of(path_item: Any, **more: Any) -> list[Operation]:
    return operations({"openapi": "3.1.0", "paths": {"/x": path_item}, **more})


def body(schema: Any, **more: Any) -> dict[str, Any]:
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}, **more}}}


def function(found: Operation) -> dict[str, Any]:
    assert found.function is not None, found.fault
    return found.function


def test_operations_become_functions_that_the_api_accepts() -> None:
    show, update, create = read_operations(PETS.encode())
    assert (show.method, show.path, show.summary) == ("GET", "/pets/{petId}", "One pet")
    assert function(show) == {
        "name": "showPet",
        "description": "One pet\n\nWith all that is known of it.",
        "parameters": {
            "type": "object",
            "properties": {
                "petId": {"type": "integer", "format": "int64"},
                "fields": {
                    "type": "array",
                    "items": {"type": "string", "enum": ["name", "age"]},
                    "maxItems": 2,
                    "description": "Which ones",
                },
            },
            "required": ["petId"],
        },
    }
    changed = function(update)
    assert changed["name"] == "pets_update"
    assert changed["parameters"]["required"] == ["petId", "name"]
    assert changed["parameters"]["properties"]["name"] == {"type": "string"}
    assert changed["parameters"]["properties"]["weight"] == {
        "type": ["number", "null"],
        "exclusiveMinimum": 0,
    }
    assert "id" not in changed["parameters"]["properties"]
    made = function(create)
    assert made["name"] == "post_pets"
    assert made["description"] == "POST /pets"
    assert made["parameters"]["properties"]["body"]["type"] == "array"
    assert made["parameters"]["required"] == []
    for operation in (show, update, create):
        assert remarks_on_function(function(operation)) == []


def test_a_recursive_schema_ends() -> None:
    update = function(read_operations(PETS.encode())[1])
    parent = update["parameters"]["properties"]["parent"]
    assert parent == {"description": "Another Pet."}


def test_an_operation_that_expands_too_far_is_refused_without_the_others() -> None:
    doubling = {
        f"S{level}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/components/schemas/S{level + 1}"} for name in "ab"},
        }
        for level in range(14)
    }
    doubling["S14"] = {"type": "string"}
    found = of(
        {**body({"$ref": "#/components/schemas/S0"}), "get": {"operationId": "fine"}},
        components={"schemas": doubling},
    )
    assert [item.function is not None for item in found] == [True, False]
    assert "more than 5000 schemas" in found[1].fault


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("#/components/schemas/Gone", "points to nothing"),
        ("other.yaml#/Pet", "points to another document"),
        ("https://example.com/pet.json", "points to another document"),
    ],
)
def test_references_that_cannot_be_followed_are_named(reference: str, reason: str) -> None:
    [operation] = of(body({"type": "object", "properties": {"a": {"$ref": reference}}}))
    assert operation.function is None
    assert reference in operation.fault
    assert reason in operation.fault


def test_a_path_that_refers_to_itself_is_reported() -> None:
    [operation] = of({"$ref": "#/paths/~1x"})
    assert "points to itself" in operation.fault


def test_names_are_short_and_unique() -> None:
    same = {"operationId": "do it" * 30}
    names = [function(item)["name"] for item in of({"get": same, "put": same, "post": same})]
    assert len(set(names)) == 3
    assert all(len(name) <= 64 for name in names)


def test_a_body_whose_names_are_taken_becomes_one_parameter() -> None:
    item = body({"type": "object", "properties": {"id": {"type": "string"}}}, required=True)
    item["post"]["parameters"] = [{"name": "id", "in": "query", "schema": {"type": "integer"}}]
    [operation] = of(item)
    parameters = function(operation)["parameters"]
    assert parameters["properties"]["id"] == {"type": "integer"}
    assert parameters["properties"]["body"]["properties"] == {"id": {"type": "string"}}
    assert parameters["required"] == ["body"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "isn't an OpenAPI document"),
        (b"[1]", "isn't an OpenAPI document"),
        (b'{"openapi": "3.0.0"', "isn't valid JSON"),
        (b'{"swagger": "2.0"}', "Swagger 2.0"),
        (b'{"openapi": "2.9"}', "'openapi: 2.9'"),
        (b'{"info": {}}', "no 'openapi' version"),
        (b'{"openapi": "3.0.0", "paths": {}}', "no operations"),
        (b"openapi: 3.0.0\npaths: &a {}\nx: *a", "aliases"),
        (b"\xff\xfe", "isn't UTF-8 text"),
    ],
)
def test_other_documents_are_refused_with_the_reason(document: bytes, reason: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_operations(document)
    assert reason in refused.value.message


@pytest.mark.parametrize(
    "item",
    [
        {"get": {"parameters": [7]}},
        {"get": {"parameters": [{"name": "a", "in": "query", "schema": "text"}]}},
        {"get": {"requestBody": 3}},
        body(4),
        7,
    ],
)
def test_broken_operations_are_reported(item: Any) -> None:
    [operation] = of(item)
    assert operation.function is None
    assert operation.fault
