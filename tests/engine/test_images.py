"""Images in messages reach the model, up to a limit."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistants_app import conf
from assistants_app.domain import limits
from assistants_app.domain.errors import RunFailure
from assistants_app.engine.context import prompt_of
from assistants_app.models import File, Message, Run
from assistants_app.storage.byte_store import byte_store
from tests.cast import Cast, make_file, make_run

PNG = b"\x89PNG\r\n\x1a\n picture"
MakeImage = Callable[..., File]


@pytest.fixture
def run(cast: Cast) -> Run:
    cast.message.delete()
    return make_run(cast.project, cast.thread, cast.assistant)


@pytest.fixture
def say_image(cast: Cast) -> MakeImage:
    """A function that adds a message with an image file."""

    def say(data: bytes = PNG, detail: str = "auto", **columns: Any) -> File:
        file = make_file(cast.project, data, **columns)
        part = {"type": "image_file", "image_file": {"file_id": file.id, "detail": detail}}
        Message.objects.create(thread=cast.thread, role="user", content=[part])
        return file

    return say


def shown(run: Run) -> list[dict[str, Any]]:
    return [part for chat in prompt_of(run, lambda: 10_000).messages for part in chat["content"]]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("png", PNG),
        ("jpeg", b"\xff\xd8\xff\xe0 picture"),
        ("gif", b"GIF89a picture"),
        ("webp", b"RIFF\x00\x00\x00\x00WEBPVP8 picture"),
    ],
)
def test_an_images_type_comes_from_its_bytes(
    run: Run, say_image: MakeImage, kind: str, data: bytes
) -> None:
    say_image(data, detail="low", filename="misnamed.txt")
    url = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    assert shown(run) == [{"type": "image_url", "image_url": {"url": url, "detail": "low"}}]


def test_a_file_that_is_not_an_image_fails_the_run_and_is_named(
    run: Run, say_image: MakeImage
) -> None:
    file = say_image(b"<svg/>", filename="drawing.svg")
    with pytest.raises(RunFailure, match=f"{file.id} .drawing.svg. is not a PNG") as caught:
        prompt_of(run, lambda: 10_000)
    assert caught.value.code == "invalid_prompt"


def test_an_image_that_is_too_large_is_refused_before_it_is_read(
    run: Run, say_image: MakeImage, cast: Cast
) -> None:
    say_image(bytes=limits.IMAGE_BYTES + 1)
    with pytest.raises(RunFailure, match="larger than 20 MB"):
        prompt_of(run, lambda: 10_000)


def test_the_newest_images_are_shown_up_to_the_limit(
    run: Run, say_image: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "PROMPT_IMAGE_BYTES", 2 * len(PNG))
    for _ in range(3):
        say_image()
    assert [part["type"] for part in shown(run)] == ["text", "image_url", "image_url"]


def test_a_sentence_replaces_a_deleted_image(run: Run, say_image: MakeImage) -> None:
    say_image().delete()
    byte_store().delete(say_image().id)
    assert ["was deleted" in part["text"] for part in shown(run)] == [True, True]


def test_files_of_other_projects_are_not_shown(run: Run, say_image: MakeImage, cast: Cast) -> None:
    file = say_image()
    File.objects.filter(pk=file.id).update(project=cast.other_project)
    assert [part["type"] for part in shown(run)] == ["text"]


def test_files_are_stored_below_the_data_folder(settings: Any, say_image: MakeImage) -> None:
    file = say_image()
    assert [path.read_bytes() for path in Path(settings.DATA_DIR).rglob(file.id)] == [PNG]
