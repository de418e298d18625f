"""Images in messages that are written on the page."""

import re

import pytest
from django.test import Client

from assistants_app.domain import limits
from assistants_app.models import File, Message
from tests.cast import Cast, make_file
from tests.web.pages import HTMX, opened, project_url, signed_in, squeezed, thread_url

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def upload(cast: Cast, alice: Client, name: str, content_type: str) -> str:
    query = f"?for=message&assistant={cast.assistant.id}&name={name}"
    url = project_url(cast, "files") + query
    return squeezed(alice.put(url, PNG, content_type=content_type).content.decode())


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_an_image_is_for_the_model_unless_somebody_chooses_a_tool(
    cast: Cast, alice: Client, kind: str
) -> None:
    chip = upload(cast, alice, f"screen.{kind}", f"image/{kind}")
    file = File.objects.get(filename=f"screen.{kind}")
    assert file.purpose == "vision"
    assert '<option value="image" selected>Image for the model</option>' in chip
    assert '<option value="code_interpreter"' in chip
    assert f'<img class="thumb" src="{project_url(cast, "file_content", file.id)}" alt="">' in chip


def test_files_that_models_cannot_see_are_for_tools(
    cast: Cast, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'value="image"' not in upload(cast, alice, "a.svg", "image/svg+xml")
    assert 'value="image"' not in upload(cast, alice, "a.tiff", "image/tiff")
    monkeypatch.setattr(limits, "IMAGE_BYTES", 1)
    assert 'value="image"' not in upload(cast, alice, "large.png", "image/png")


def test_a_message_shows_its_images_to_the_model(cast: Cast, alice: Client) -> None:
    files = [make_file(cast.project, filename=name) for name in ("a.png", "b.png", "c.csv")]
    body = {
        **{"action": "add", "content": "Look", "file": [file.id for file in files]},
        **{f"tool-{file.id}": "image" for file in files[:2]},
        f"tool-{files[2].id}": "code_interpreter",
    }
    alice.post(thread_url(cast, "send_message"), body)
    message = Message.objects.latest("pk")
    kinds = [part["type"] for part in message.content]
    assert kinds == ["text", "image_file", "image_file"]
    assert [part["image_file"]["file_id"] for part in message.content[1:]] == [
        file.id for file in files[:2]
    ]
    assert [one["file_id"] for one in message.attachments] == [files[2].id]


def test_an_image_needs_no_text(cast: Cast, alice: Client) -> None:
    file = make_file(cast.project, filename="a.png")
    body = {"content": " ", "file": file.id, f"tool-{file.id}": "image", "action": "add"}
    thread = opened(alice.post(project_url(cast, "threads"), body, headers=HTMX))
    [part] = thread.messages.get().content
    assert part["image_file"] == {"file_id": file.id, "detail": "auto"}
    edited = alice.post(
        project_url(cast, "edit_message", thread.id, thread.messages.get().id),
        {"content": "", "assistant": cast.assistant.id},
        headers=HTMX,
    )
    assert opened(edited).messages.get().content == [part]


def test_a_file_for_a_tool_needs_text(cast: Cast, alice: Client) -> None:
    file = make_file(cast.project, filename="a.png", mime_type="image/png")
    body = {"action": "add", "content": "", "file": file.id, f"tool-{file.id}": "code_interpreter"}
    refused = alice.post(thread_url(cast, "send_message"), body)
    page = squeezed(refused.content.decode())
    assert refused.status_code == 422
    assert "Enter a message." in page
    # The chip is as it was.
    assert '<option value="code_interpreter" selected>' in page
    assert re.search('<option value="image" ?>Image for the model</option>', page)


def test_an_unknown_use_is_refused(cast: Cast, alice: Client) -> None:
    file = make_file(cast.project, filename="a.png")
    body = {"action": "add", "content": "x", "file": file.id, f"tool-{file.id}": "painting"}
    assert alice.post(thread_url(cast, "send_message"), body).status_code == 422
