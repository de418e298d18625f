"""Cloning, exporting and importing from the page."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant
from tests.cast import Cast
from tests.web.test_site import signed_in


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


def test_what_is_wrong_with_a_document_is_told_by_field(cast: Cast, alice: Client) -> None:
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


def test_a_document_may_be_brought_with_a_model_that_is_here(cast: Cast, alice: Client) -> None:
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
    assert "does not have: file-foreign." in page
