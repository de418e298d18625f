"""Variables are declared in the configuration form."""

import re
from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Assistant, AssistantDraft, AssistantVersion
from tests.cast import Cast
from tests.web.pages import project_url, signed_in, squeezed

COLUMNS = ("name", "type", "needed", "default", "description", "choices")
CITY = ("city", "text", "required", "", "Where the user lives", "")
TONE = ("tone", "choice", "optional", "kind", "", "kind\nshort")


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def rows(*given: tuple[str, ...]) -> dict[str, Any]:
    columns = zip(*given, strict=True)
    return {f"variable_{name}": list(values) for name, values in zip(COLUMNS, columns, strict=True)}


def autosave(client: Client, cast: Cast, **fields: Any) -> str:
    form = {"name": "Secret", "model": "m", "response_format": "text", **fields}
    answer = client.post(project_url(cast, "draft", cast.assistant.id), form)
    assert answer.status_code == 200
    return squeezed(answer.content.decode())


def saved() -> Any:
    return AssistantDraft.objects.get().changes.get("variables")


def column(client: Client, cast: Cast) -> str:
    answer = client.get(project_url(cast, "assistant", cast.assistant.id))
    assert answer.status_code == 200
    return squeezed(answer.content.decode())


def test_rows_are_saved_published_and_shown(cast: Cast, alice: Client) -> None:
    autosave(alice, cast, **rows(CITY, ("", "text", "required", "", "", ""), TONE))
    declared = [
        {"name": "city", "type": "text", "description": "Where the user lives"},
        {"name": "tone", "type": "choice", "default": "kind", "choices": ["kind", "short"]},
    ]
    assert saved() == declared
    shown = column(alice, cast)
    assert 'name="variable_name" value="city"' in shown
    assert ">kind short</textarea>" in shown
    alice.post(project_url(cast, "publish_draft", cast.assistant.id), {"note": ""})
    assert Assistant.objects.get(pk=cast.assistant.id).variables == declared
    version = AssistantVersion.objects.get(assistant_id=cast.assistant.id)
    assert version.configuration["variables"] == declared
    # An untouched form is no change.
    autosave(alice, cast, **rows(CITY, TONE))
    assert not AssistantDraft.objects.exists()
    # The difference between versions has them.
    autosave(alice, cast, **rows(CITY))
    page = alice.get(project_url(cast, "draft_diff", cast.assistant.id)).content.decode()
    assert "variables" in page
    assert "&quot;tone&quot;" in page


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", " two\r\nlines ", " two\nlines "),
        ("text", "", ""),
        ("number", "3", 3),
        ("number", " 0.5 ", 0.5),
        ("number", "1e999", "1e999"),
        ("number", "true", "true"),
        ("number", "", ""),
        ("boolean", "True", True),
        ("boolean", "maybe", "maybe"),
        ("file", "file-1", {"type": "file", "file": {"file_id": "file-1"}}),
        (
            "image",
            "file-1",
            {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "auto"}},
        ),
        (
            "image",
            "https://x.example/a.png",
            {
                "type": "image_url",
                "image_url": {"url": "https://x.example/a.png", "detail": "auto"},
            },
        ),
    ],
)
def test_a_default_has_its_variables_type(
    cast: Cast, alice: Client, kind: str, text: str, value: Any
) -> None:
    autosave(alice, cast, **rows(("x", kind, "optional", text, "", "")))
    assert saved() == [{"name": "x", "type": kind, "default": value}]
    # And is shown as it was typed.
    autosave(alice, cast, **rows(("x", kind, "required", text, "", "")))
    assert saved() == [{"name": "x", "type": kind}]


def test_errors_are_in_the_row_with_the_label_of_their_field(cast: Cast, alice: Client) -> None:
    answer = autosave(
        alice,
        cast,
        **rows(
            CITY,
            ("", "text", "required", "", "", ""),
            ("x y", "text", "required", "", "", ""),
            ("z", "choice", "required", "", "", ""),
            ("city", "number", "optional", "three", "", ""),
        ),
    )

    def note(row: int) -> str:
        return answer.split(f".variable:nth-of-type({row})")[1].split("</hx-partial>")[0]

    assert "<p" not in note(1)
    assert "<p" not in note(2)
    assert "Name: Begin with a letter, and use only letters" in note(3)
    # The API looks at the rest when names are right.
    answer = autosave(alice, cast, **rows(CITY, ("z", "choice", "required", "", "", "")))
    assert "Choices: A variable of the type &#x27;choice&#x27; needs choices." in note(2)
    answer = autosave(alice, cast, **rows(CITY, ("city", "text", "required", "", "", "")))
    assert "Name: Another variable is named &#x27;city&#x27;." in note(2)
    answer = autosave(alice, cast, **rows(("n", "number", "optional", "three", "", "")))
    assert "Default: Enter a number." in note(1)
    refused = alice.post(
        project_url(cast, "publish_draft", cast.assistant.id), HTTP_HX_REQUEST="true"
    )
    assert refused.status_code == 422


def test_a_default_whose_file_is_gone_is_refused_and_left_out_by_copies(
    cast: Cast, alice: Client
) -> None:
    autosave(alice, cast, **rows(("x", "file", "optional", cast.file.id, "", "")))
    alice.post(project_url(cast, "publish_draft", cast.assistant.id), {"note": ""})
    cast.file.delete()
    alice.post(project_url(cast, "clone_assistant", cast.assistant.id))
    copy = Assistant.objects.filter(name__startswith="Copy").get()
    assert copy.variables == [{"name": "x", "type": "file"}]
    answer = autosave(alice, cast, **rows(("x", "file", "optional", "file-gone", "", "")))
    assert "file-gone" in answer.split('hx-target="#e-variables"')[1].split("</hx-partial>")[0]


def test_hostile_rows_are_kept_as_text(cast: Cast, alice: Client) -> None:
    odd = '"><script>alert(1)</script>{{x}}'
    answer = autosave(alice, cast, **rows((odd, "date", "maybe", odd, odd, odd)))
    assert "<script>" not in answer
    assert "<script>alert" not in column(alice, cast)
    # Fewer values of a column than rows.
    autosave(alice, cast, variable_name=["a", "b"], variable_type=["text"])
    assert saved() == [{"name": "a", "type": "text"}, {"name": "b", "type": "text"}]


def test_the_expanded_editor_lists_declared_and_other_marks(cast: Cast, alice: Client) -> None:
    autosave(alice, cast, instructions="{{city}} {{other}}", **rows(CITY))
    page = squeezed(
        alice.get(project_url(cast, "draft_instructions", cast.assistant.id)).content.decode()
    )
    assert re.findall(r'<code class="badge *(\w*)">(\w+)<', page) == [
        ("", "city"),
        ("warn", "other"),
    ]
    assert page.count("not declared") == 1


def test_exports_have_variables_and_imports_take_them(cast: Cast, alice: Client) -> None:
    autosave(alice, cast, **rows(CITY, TONE))
    alice.post(project_url(cast, "publish_draft", cast.assistant.id), {"note": ""})
    for kind in ("json", "yaml"):
        exported = alice.get(project_url(cast, "export_assistant", cast.assistant.id, kind))
        data = exported.content
        answer = alice.post(
            project_url(cast, "import_assistants"), {"text": data.decode()}, HTTP_HX_REQUEST="true"
        )
        assert answer.status_code < 400, answer.content.decode()
        newest = Assistant.objects.order_by("-pk")[0]
        assert newest.pk != cast.assistant.pk
        assert [one["name"] for one in newest.variables] == ["city", "tone"]
        newest.delete()
