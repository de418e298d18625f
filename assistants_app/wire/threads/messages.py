"""Messages on the wire (schemas ``CreateMessageRequest``, ``MessageObject``)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from assistants_app.domain import limits
from assistants_app.models import Message
from assistants_app.wire import common
from assistants_app.wire.validation import Params

Text = Annotated[str, StringConstraints(min_length=1, max_length=limits.MESSAGE_TEXT)]
Detail = Literal["auto", "low", "high"]


class TextPart(Params):
    type: Literal["text"]
    text: Text


class ImageUrl(Params):
    url: Annotated[str, StringConstraints(pattern=r"^(https?://|data:image/)")]
    detail: Detail = "auto"


class ImageUrlPart(Params):
    type: Literal["image_url"]
    image_url: ImageUrl


class ImageFile(Params):
    file_id: str
    detail: Detail = "auto"


class ImageFilePart(Params):
    type: Literal["image_file"]
    image_file: ImageFile


Part = Annotated[TextPart | ImageUrlPart | ImageFilePart, Field(discriminator="type")]


class AttachmentTool(Params):
    type: Literal["code_interpreter", "file_search"]


class Attachment(Params):
    file_id: str
    tools: list[AttachmentTool]


class MessageCreateParams(Params):
    role: Literal["user", "assistant"]
    content: Text | Annotated[list[Part], Field(min_length=1)]
    attachments: list[Attachment] | None = None
    metadata: common.Metadata | None = None


class MessageModifyParams(Params):
    metadata: common.Metadata | None = None


def content_parts(content: str | list[Any]) -> list[dict[str, Any]]:
    """The content of a request as the content of a message object."""
    if isinstance(content, str):
        return [text_part(content)]
    return [
        text_part(part.text) if isinstance(part, TextPart) else part.model_dump(mode="json")
        for part in content
    ]


def text_part(value: str) -> dict[str, Any]:
    """A text part of a message object, without annotations."""
    return {"type": "text", "text": {"value": value, "annotations": []}}


def refusal_part(refusal: str) -> dict[str, Any]:
    """A part that tells that the model refuses, and how it says so."""
    return {"type": "refusal", "refusal": refusal}


def image_part(file_id: str) -> dict[str, Any]:
    """An image of a message object."""
    return {"type": "image_file", "image_file": {"file_id": file_id, "detail": "auto"}}


def file_path(link: str, start: int, end: int, file_id: str) -> dict[str, Any]:
    """An annotation: `link`, the text from `start` up to `end`, means this file."""
    return {
        "type": "file_path",
        "text": link,
        "start_index": start,
        "end_index": end,
        "file_path": {"file_id": file_id},
    }


def file_citation(mark: str, start: int, end: int, file_id: str, **ours: Any) -> dict[str, Any]:
    """An annotation: `mark`, the text from `start` up to `end`, cites this file. `ours`: what the
    vendor's objects never had, such as the passage itself.
    """
    return {
        "type": "file_citation",
        "text": mark,
        "start_index": start,
        "end_index": end,
        "file_citation": {"file_id": file_id, **ours},
    }


def attachment(file_id: str, tool: str) -> dict[str, Any]:
    """A file that belongs to a message, for this tool."""
    return {"file_id": file_id, "tools": [{"type": tool}]}


def message_object(message: Message) -> dict[str, Any]:
    """The vendor's ``thread.message`` object."""
    reason = message.incomplete_reason
    return {
        "id": message.id,
        "object": "thread.message",
        "created_at": common.unix_time(message.created_at),
        "thread_id": message.thread_id,
        "status": message.status,
        "incomplete_details": {"reason": reason} if reason else None,
        "completed_at": common.unix_time(message.completed_at),
        "incomplete_at": common.unix_time(message.incomplete_at),
        "role": message.role,
        "content": message.content,
        "assistant_id": message.assistant_id,
        "run_id": message.run_id,
        "attachments": message.attachments,
        "metadata": message.metadata,
    }


def message_delta(message_id: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The vendor's ``thread.message.delta`` object; each part has its ``index``."""
    return {"id": message_id, "object": "thread.message.delta", "delta": {"content": parts}}


def text_delta(index: int, value: str) -> dict[str, Any]:
    """A part of a message delta: more text for the part at `index`."""
    return {"index": index, "type": "text", "text": {"value": value}}


def refusal_delta(index: int, refusal: str) -> dict[str, Any]:
    """A part of a message delta: more of a refusal for the part at `index`."""
    return {"index": index, "type": "refusal", "refusal": refusal}


def annotation_delta(index: int, place: int, annotation: dict[str, Any]) -> dict[str, Any]:
    """A part of a message delta: one more annotation of the text at `index`."""
    return {
        "index": index,
        "type": "text",
        "text": {"annotations": [{"index": place, **annotation}]},
    }


def written_text(content: Sequence[Mapping[str, Any]]) -> str:
    """Return the text and refusals of a message's content, without its images."""
    return "\n\n".join(
        part.get("refusal") or part["text"]["value"]
        for part in content
        if part["type"] in ("text", "refusal")
    )


def attached_ids(message: Mapping[str, Any]) -> list[str]:
    """The ids of the message's attachments."""
    ids = [item["file_id"] for item in message.get("attachments") or () if item.get("file_id")]
    return list(dict.fromkeys(ids))
