"""Show the images in messages to the model, as data URLs."""

import base64
from collections.abc import Iterator
from typing import Any

from assistants_app import conf
from assistants_app.domain import limits
from assistants_app.domain.errors import RunFailure
from assistants_app.hop import takes_long
from assistants_app.models import File
from assistants_app.queries.files.files import files_by_id
from assistants_app.storage.byte_store import BytesMissing, byte_store

# For the model, in the image's place.
DELETED = "(An image was here. Its file was deleted.)"
LEFT_OUT = "(An image was here. It is left out, because newer images take up all the space.)"
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def show_images(messages: list[dict[str, Any]], project_id: str) -> None:
    """Replace the ``image_file`` parts of these chat messages with images that a model accepts.

    The newest images are shown, up to ``PROMPT_IMAGE_BYTES`` in all. A sentence replaces the others
    and those whose file was deleted.

    Raises :class:`RunFailure` for a file that is too large or not an image, and if the storage is
    unavailable.
    """
    places = list(_image_places(messages))
    if not places:
        return
    takes_long()
    files = files_by_id(project_id, (part["image_file"]["file_id"] for _, _, part in places))
    left = conf.PROMPT_IMAGE_BYTES
    for content, index, part in reversed(places):
        image = part["image_file"]
        file = files.get(image["file_id"])
        if file is None:
            content[index] = _text_part(DELETED)
            continue
        left -= file.bytes
        content[index] = _image_part(file, image) if left >= 0 else _text_part(LEFT_OUT)


def _image_places(
    messages: list[dict[str, Any]],
) -> Iterator[tuple[list[Any], int, dict[str, Any]]]:
    for message in messages:
        if isinstance(content := message["content"], list):
            for index, part in enumerate(content):
                if part["type"] == "image_file":
                    yield content, index, part


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _image_part(file: File, image: dict[str, Any]) -> dict[str, Any]:
    # By the row, before a large file is read.
    if file.bytes > limits.IMAGE_BYTES:
        raise _unusable_image(file, f"is larger than {limits.IMAGE_BYTES // 1024**2} MB")
    try:
        data = b"".join(byte_store().read(file.id))
    except BytesMissing:
        return _text_part(DELETED)
    except OSError as error:
        raise RunFailure("server_error", f"The file storage is unavailable: {error}") from error
    url = f"data:{_mime_type(file, data)};base64,{base64.b64encode(data).decode('ascii')}"
    return {"type": "image_url", "image_url": {"url": url, "detail": image.get("detail", "auto")}}


def _mime_type(file: File, data: bytes) -> str:
    # By the first bytes, because a file can have any name.
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    for signature, kind in SIGNATURES:
        if data.startswith(signature):
            return kind
    raise _unusable_image(file, "is not a PNG, JPEG, GIF or WebP image")


def _unusable_image(file: File, why: str) -> RunFailure:
    return RunFailure(
        "invalid_prompt",
        f"The file {file.id} ({file.filename}) {why}, so the model can't see it. Delete the "
        "message with this file, then send another image.",
    )
