"""`variables`, fields of ours: declared in assistants, with values in runs."""

from typing import Any

import pytest

from assistants_app.domain import limits
from assistants_app.models import AssistantVersion, Run
from tests.cast import Cast, api_client, make_file

Json = dict[str, Any]
CITY = {"name": "city", "type": "text", "description": "Where the user lives"}
TONE = {"name": "tone", "type": "choice", "default": "kind", "choices": ["kind", "short"]}
DAYS = {"name": "days", "type": "number", "default": 3}
WARM = {"name": "warm", "type": "boolean", "default": False}
ALL = [CITY, TONE, DAYS, WARM]


def post(cast: Cast, path: str, body: Json, status: int = 200) -> Json:
    answer = api_client(cast.key).post(f"/v1/{path}", body, "application/json")
    assert answer.status_code == status, answer.json()
    made: Json = answer.json()
    return made


def refusal(cast: Cast, path: str, body: Json) -> tuple[str, str | None, str | None]:
    error = post(cast, path, body, 400)["error"]
    assert error["type"] == "invalid_request_error"
    return error["message"], error["param"], error["code"]


@pytest.fixture
def assistant_id(cast: Cast) -> str:
    body = {"model": "m", "instructions": "Be {{tone}} in {{city}}.", "variables": ALL}
    return str(post(cast, "assistants", body)["id"])


def run(cast: Cast, assistant_id: str, **body: Any) -> Json:
    return post(cast, "threads/runs", {"assistant_id": assistant_id, **body})


def test_declarations_are_returned_as_they_were_sent(cast: Cast, assistant_id: str) -> None:
    client = api_client(cast.key)
    assert client.get(f"/v1/assistants/{assistant_id}").json()["variables"] == ALL
    # What is left out, null or empty has no place in the answer. An object sent back changes
    # nothing.
    odd = {"name": "x", "default": None, "description": "", "choices": None}
    made = post(cast, "assistants", {"model": "m", "variables": [odd, {"name": "größe.1-a"}]})
    assert made["variables"] == [
        {"name": "x", "type": "text"},
        {"name": "größe.1-a", "type": "text"},
    ]
    again = post(cast, f"assistants/{made['id']}", {"variables": made["variables"]})
    assert again["variables"] == made["variables"]
    assert AssistantVersion.objects.filter(assistant_id=made["id"]).count() == 1


@pytest.mark.parametrize("empty", [None, []])
def test_declarations_are_removed_and_an_assistant_without_any_is_the_vendors(
    cast: Cast, assistant_id: str, empty: Any
) -> None:
    changed = post(cast, f"assistants/{assistant_id}", {"variables": empty})
    assert "variables" not in changed
    versions = AssistantVersion.objects.filter(assistant_id=assistant_id).order_by("number")
    assert [version.configuration["variables"] for version in versions] == [ALL, []]
    assert "variables" not in run(cast, assistant_id)


@pytest.mark.parametrize(
    ("variable", "param", "code"),
    [
        ({}, "variables[0].name", "missing_required_parameter"),
        ({"name": ""}, "variables[0].name", "invalid_value"),
        ({"name": "x y"}, "variables[0].name", "invalid_value"),
        ({"name": "1x"}, "variables[0].name", "invalid_value"),
        ({"name": "x\n"}, "variables[0].name", "invalid_value"),
        ({"name": "x" * 65}, "variables[0].name", "invalid_value"),
        ({"name": 3}, "variables[0].name", "invalid_type"),
        ({"name": "x", "type": "date"}, "variables[0].type", "invalid_value"),
        ({"name": "x", "required": True}, "variables[0].required", "unknown_parameter"),
        ({"name": "x", "default": 3}, "variables[0].default", "invalid_type"),
        (
            {"name": "x", "type": "number", "default": "3"},
            "variables[0].default",
            "invalid_type",
        ),
        (
            {"name": "x", "type": "number", "default": True},
            "variables[0].default",
            "invalid_type",
        ),
        ({"name": "x", "type": "boolean", "default": 1}, "variables[0].default", "invalid_type"),
        ({"name": "x", "type": "choice"}, "variables[0].choices", "invalid_value"),
        (
            {"name": "x", "type": "choice", "choices": ["a", "a"]},
            "variables[0].choices",
            "invalid_value",
        ),
        (
            {"name": "x", "type": "choice", "choices": ["a", ""]},
            "variables[0].choices[1]",
            "string_below_min_length",
        ),
        ({"name": "x", "choices": ["a"]}, "variables[0].choices", "invalid_value"),
        (
            {"name": "x", "type": "choice", "choices": ["a"], "default": "b"},
            "variables[0].default",
            "invalid_value",
        ),
        ({"name": "x", "type": "image", "default": "u"}, "variables[0].default", "invalid_type"),
        (
            {"name": "x", "type": "image", "default": {"type": "image_url"}},
            "variables[0].default.image_url",
            "missing_required_parameter",
        ),
        (
            {"name": "x", "description": "d" * (limits.DESCRIPTION + 1)},
            "variables[0].description",
            "string_above_max_length",
        ),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(
    cast: Cast, variable: Json, param: str, code: str
) -> None:
    body = {"model": "m", "variables": [variable]}
    message, found, kind = refusal(cast, "assistants", body)
    assert (found, kind) == (param, code), message


def test_two_variables_of_a_name_and_too_many_are_refused(cast: Cast) -> None:
    message, param, _ = refusal(cast, "assistants", {"model": "m", "variables": [CITY, CITY]})
    assert (message, param) == (
        "Invalid 'variables[1].name': another variable is named 'city'.",
        "variables[1].name",
    )
    many = [{"name": f"x{number}"} for number in range(limits.VARIABLES + 1)]
    assert refusal(cast, "assistants", {"model": "m", "variables": many})[1:] == (
        "variables",
        "array_above_max_length",
    )


def test_a_run_has_its_values_and_the_defaults_and_its_instructions_keep_the_marks(
    cast: Cast, assistant_id: str
) -> None:
    made = run(cast, assistant_id, variables={"days": 5.5, "city": "Oslo", "warm": None})
    assert made["variables"] == {"city": "Oslo", "tone": "kind", "days": 5.5, "warm": False}
    assert made["instructions"] == "Be {{tone}} in {{city}}."
    assert Run.objects.get(pk=made["id"]).variables == made["variables"]


@pytest.mark.parametrize(
    ("values", "message", "code"),
    [
        (
            {"colour": "red", "city": "x"},
            "Unknown parameter: 'variables.colour'.",
            "unknown_parameter",
        ),
        ({}, "Missing required parameter: 'variables.city'.", "missing_required_parameter"),
        (
            {"city": None},
            "Missing required parameter: 'variables.city'.",
            "missing_required_parameter",
        ),
        (
            {"city": 3},
            "Invalid type for 'variables.city': expected a string, but got an integer instead.",
            "invalid_type",
        ),
        (
            {"city": "x", "days": "3"},
            "Invalid type for 'variables.days': expected a decimal, but got a string instead.",
            "invalid_type",
        ),
        (
            {"city": "x", "warm": "true"},
            "Invalid type for 'variables.warm': expected a boolean, but got a string instead.",
            "invalid_type",
        ),
        (
            {"city": "x", "tone": "loud"},
            "Invalid value: 'loud'. Supported values are: 'kind', 'short'.",
            "invalid_value",
        ),
        (
            {"city": "x" * (limits.MESSAGE_TEXT + 1)},
            "Invalid 'variables.city': string too long. Expected a string with maximum length "
            "256000, but got a string with length 256001 instead.",
            "string_above_max_length",
        ),
    ],
)
def test_a_wrong_value_is_refused_in_the_vendors_words(
    cast: Cast, assistant_id: str, values: Json, message: str, code: str
) -> None:
    name = next((name for name in ("colour", "tone", "warm", "days") if name in values), "city")
    expected = (message, f"variables.{name}", code)
    body = {"assistant_id": assistant_id, "variables": values}
    assert refusal(cast, "threads/runs", body) == expected
    thread = post(cast, "threads", {})["id"]
    assert refusal(cast, f"threads/{thread}/runs", body) == expected
    assert not Run.objects.filter(assistant_id=assistant_id).exists()


def test_a_number_beyond_all_numbers_is_refused(cast: Cast, assistant_id: str) -> None:
    values = '{"city": "Oslo", "days": 1e999}'
    body = f'{{"assistant_id": "{assistant_id}", "variables": {values}}}'
    answer = api_client(cast.key).post("/v1/threads/runs", body, "application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "variables.days"


@pytest.mark.parametrize("values", ["city", 3, ["city"]])
def test_values_that_are_no_object_are_refused(cast: Cast, assistant_id: str, values: Any) -> None:
    body = {"assistant_id": assistant_id, "variables": values}
    assert refusal(cast, "threads/runs", body)[1:] == ("variables", "invalid_type")


def test_any_value_is_undeclared_for_an_assistant_without_variables(cast: Cast) -> None:
    body = {"assistant_id": cast.assistant.id, "variables": {"city": "Oslo"}}
    assert refusal(cast, "threads/runs", body)[1:] == ("variables.city", "unknown_parameter")
    empty: list[Any] = [None, {}, []]
    for nothing in empty:
        assert "variables" not in run(cast, cast.assistant.id, variables=nothing)


def test_images_and_files_have_to_exist_in_the_project(cast: Cast) -> None:
    declared = [{"name": "photo", "type": "image"}, {"name": "report", "type": "file"}]
    assistant_id = post(cast, "assistants", {"model": "m", "variables": declared})["id"]
    report = {"type": "file", "file": {"file_id": cast.file.id}}
    photo = {"type": "image_file", "image_file": {"file_id": cast.file.id}}
    address = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    for image in (photo, address):
        made = run(cast, assistant_id, variables={"photo": image, "report": report})
        assert made["variables"] == {"photo": image, "report": report}
    foreign = make_file(cast.other_project).id
    for gone in (foreign, "file-gone"):
        part = {"type": "image_file", "image_file": {"file_id": gone}}
        body = {"assistant_id": assistant_id, "variables": {"photo": part, "report": report}}
        error = post(cast, "threads/runs", body, 404)["error"]
        assert gone in error["message"]
        default = {"name": "photo", "type": "image", "default": part}
        post(cast, "assistants", {"model": "m", "variables": [default]}, 404)


@pytest.mark.parametrize(
    ("photo", "param"),
    [
        ("file-1", "variables.photo"),
        ({}, "variables.photo.type"),
        ({"type": "file", "file": {"file_id": "x"}}, "variables.photo.type"),
        ({"type": "image_url", "image_url": {"url": "ftp://x"}}, "variables.photo.image_url.url"),
        ({"type": "image_file", "image_file": {}}, "variables.photo.image_file.file_id"),
        ({"type": "image_file", "image_file": {"file_id": "x"}, "y": 1}, "variables.photo.y"),
    ],
)
def test_a_wrong_part_is_refused_by_name(cast: Cast, photo: Any, param: str) -> None:
    declared = [{"name": "photo", "type": "image"}]
    assistant_id = post(cast, "assistants", {"model": "m", "variables": declared})["id"]
    body = {"assistant_id": assistant_id, "variables": {"photo": photo}}
    message, found, _ = refusal(cast, "threads/runs", body)
    assert found == param, message
    assert "content" not in message


def test_values_that_make_the_instructions_too_long_are_refused(cast: Cast) -> None:
    body = {"model": "m", "instructions": "{{x}}" * 100, "variables": [{"name": "x"}]}
    assistant_id = post(cast, "assistants", body)["id"]
    long = {"assistant_id": assistant_id, "variables": {"x": "y" * 20_000}}
    assert refusal(cast, "threads/runs", long)[1:] == ("variables", "string_above_max_length")
