"""Clone, export and import from the page."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, FunctionMock
from tests.cast import Cast
from tests.web.pages import signed_in


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def export(client: Client, cast: Cast, kind: str) -> Any:
    args = [cast.project.id, cast.assistant.id, kind]
    return client.get(reverse("export_assistant", args=args))


def bring(client: Client, cast: Cast, **form: Any) -> Any:
    return client.post(reverse("import_assistants", args=[cast.project.id]), form)


def newest(cast: Cast) -> Assistant:
    return Assistant.objects.filter(project=cast.project).latest("pk")


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_an_export_is_imported_again(cast: Cast, alice: Client, kind: str) -> None:
    Assistant.objects.filter(pk=cast.assistant.id).update(
        instructions="Be kind.\nBe short.", name="Größe <b>"
    )
    answer = export(alice, cast, kind)
    assert answer["Content-Disposition"] == f'attachment; filename="groe-b.{kind}"'
    document = SimpleUploadedFile(f"a.{kind}", answer.content)
    done = bring(alice, cast, file=document)
    assert done.status_code == 204
    made = newest(cast)
    assert made.id in done["HX-Redirect"]
    assert made.id != cast.assistant.id
    assert (made.name, made.instructions) == ("Größe <b>", "Be kind.\nBe short.")


def test_an_export_does_not_name_files_that_are_gone(cast: Cast, alice: Client) -> None:
    resources = {"code_interpreter": {"file_ids": [cast.file.id, "file-gone"]}}
    Assistant.objects.filter(pk=cast.assistant.id).update(tool_resources=resources)
    document = json.loads(export(alice, cast, "json").content)
    assert document["schema_version"] == 1
    kept = document["assistant"]["tool_resources"]["code_interpreter"]["file_ids"]
    assert kept == [cast.file.id]


def test_exports_are_for_members_and_of_two_kinds(cast: Cast, alice: Client) -> None:
    assert export(alice, cast, "xml").status_code == 404
    assert export(signed_in(cast.charlie), cast, "json").status_code == 404


def test_errors_in_a_document_are_shown_by_field(cast: Cast, alice: Client) -> None:
    before = Assistant.objects.count()
    text = '{"model": "m", "temperature": 3, "file_ids": [], "name": "<script>"}'
    answer = bring(alice, cast, text=text)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<code>temperature</code>" in page
    assert "Unknown parameter: &#x27;file_ids&#x27;." in page
    assert "<script>" not in page
    assert Assistant.objects.count() == before
    assert bring(alice, cast, text="{").status_code == 422
    assert bring(alice, cast).status_code == 422


def test_a_document_can_be_imported_with_a_model_of_the_project(cast: Cast, alice: Client) -> None:
    assert bring(alice, cast, text="model: gpt-none", any_model="1").status_code == 204
    assert newest(cast).model != "gpt-none"


def test_a_clone_is_opened(cast: Cast, alice: Client) -> None:
    url = reverse("clone_assistant", args=[cast.project.id, cast.assistant.id])
    done = alice.post(url, headers={"hx-request": "true"})
    assert newest(cast).id in done["HX-Redirect"]
    assert newest(cast).name == "Copy of Secret"


def test_foreign_files_are_named_after_the_import(cast: Cast, alice: Client) -> None:
    text = "model: m\ntool_resources: {code_interpreter: {file_ids: [file-foreign]}}"
    page = alice.get(bring(alice, cast, text=text)["HX-Redirect"]).content.decode()
    assert "have them: file-foreign." in page


def test_mocks_go_along_with_a_copy_and_an_export(cast: Cast, alice: Client) -> None:
    rules = [{"when": [{"path": "a", "operator": "gt", "value": 1}], "output": {"b": "{{ a }}"}}]
    FunctionMock.objects.create(
        project=cast.project,
        assistant=cast.assistant,
        function="f",
        kind="rules",
        definition={"rules": rules, "default": "none"},
        result_schema={"type": "object"},
        at_once=True,
    )
    alice.post(reverse("clone_assistant", args=[cast.project.id, cast.assistant.id]))
    copies = [newest(cast)]
    for kind in ("json", "yaml"):
        document = export(alice, cast, kind).content.decode()
        assert bring(alice, cast, text=document).status_code == 204
        copies.append(newest(cast))
    assert len({copy.id for copy in copies} | {cast.assistant.id}) == 4
    kept = FunctionMock.objects.values_list("function", "kind", "result_schema", "at_once")
    assert set(kept.values_list("assistant_id", flat=True)) > {copy.id for copy in copies}
    for mock in FunctionMock.objects.all():
        assert (mock.function, mock.kind, mock.at_once) == ("f", "rules", True)
        assert mock.definition == {"rules": rules, "default": "none"}
        assert mock.result_schema == {"type": "object"}


@pytest.mark.parametrize(
    ("mocks", "told"),
    [
        ([{"function": "f", "kind": "static"}] * 2, "has two mocks"),
        ([{"function": "f f", "kind": "static"}], "mocks[0].function"),
        ([{"function": "f", "kind": "static", "output": "x" * 100_001}], "A mock can have up to"),
        ("f", "mocks"),
    ],
)
def test_mocks_that_cannot_be_kept_are_not_brought(
    cast: Cast, alice: Client, mocks: Any, told: str
) -> None:
    before = Assistant.objects.count()
    text = json.dumps({"schema_version": 1, "assistant": {"model": "m"}, "mocks": mocks})
    answer = bring(alice, cast, text=text)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert Assistant.objects.count() == before
