"""Images that messages hold as files, as the model is shown them: in data URLs."""

import base64
from collections.abc import Iterator
from typing import Any

from assistants_app import conf
from assistants_app.domain import limits
from assistants_app.domain.errors import RunFailure
from assistants_app.models import File
from assistants_app.queries.connections import release_connection
from assistants_app.queries.files.files import files_by_id
from assistants_app.storage.byte_store import BytesMissing, byte_store

DELETED = "(An image stood here. Its file was deleted.)"
LEFT_OUT = "(An image stood here. It is left out, since newer images take all the room.)"
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def show_images(messages: list[dict[str, Any]], project_id: str) -> None:
    """Replace the parts of type ``image_file`` in these chat messages, oldest first.

    The newest images are shown as far as ``PROMPT_IMAGE_BYTES`` go. Of the others, and of files
    that are gone, a sentence tells. Raises :class:`RunFailure` for what models cannot look at.
    """
    places = list(_places(messages))
    if not places:
        return
    files = files_by_id(project_id, (part["image_file"]["file_id"] for _, _, part in places))
    release_connection()
    left = conf.PROMPT_IMAGE_BYTES
    for content, index, part in reversed(places):
        image = part["image_file"]
        file = files.get(image["file_id"])
        if file is None:
            content[index] = _sentence(DELETED)
            continue
        left -= file.bytes
        content[index] = _shown(file, image) if left >= 0 else _sentence(LEFT_OUT)


def _places(messages: list[dict[str, Any]]) -> Iterator[tuple[list[Any], int, dict[str, Any]]]:
    for message in messages:
        if isinstance(content := message["content"], list):
            for index, part in enumerate(content):
                if part["type"] == "image_file":
                    yield content, index, part


def _sentence(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _shown(file: File, image: dict[str, Any]) -> dict[str, Any]:
    if file.bytes > limits.IMAGE_BYTES:
        raise _unfit(file, f"is larger than {limits.IMAGE_BYTES // 1024**2} MB")
    try:
        data = b"".join(byte_store().read(file.id))
    except BytesMissing:
        return _sentence(DELETED)
    except OSError as error:
        raise RunFailure("server_error", f"The storage cannot be reached: {error}") from error
    url = f"data:{_kind(file, data)};base64,{base64.b64encode(data).decode('ascii')}"
    return {"type": "image_url", "image_url": {"url": url, "detail": image.get("detail", "auto")}}


def _kind(file: File, data: bytes) -> str:
    """The format by the file's first bytes, whatever it is called."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    for signature, kind in SIGNATURES:
        if data.startswith(signature):
            return kind
    raise _unfit(file, "is no PNG, JPEG, GIF or WebP image")


def _unfit(file: File, why: str) -> RunFailure:
    return RunFailure(
        "invalid_prompt",
        f"The file {file.id} ({file.filename}) {why}, so the model cannot be shown it. Delete the "
        "message that holds it, and send another image.",
    )
