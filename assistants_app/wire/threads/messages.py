"""JSON of messages (schemas ``CreateMessageRequest``, ``MessageObject``)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from assistants_app.domain import limits
from assistants_app.models import Message
from assistants_app.wire import common
from assistants_app.wire.validation import Params, moved

Text = Annotated[str, StringConstraints(min_length=1, max_length=limits.MESSAGE_TEXT)]


class TextPart(Params):
    type: Literal["text"]
    text: Text


Part = Annotated[TextPart | common.ImageUrlPart | common.ImageFilePart, Field(discriminator="type")]


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

    @model_validator(mode="before")
    @classmethod
    def _names_the_successor_of_file_ids(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "file_ids" in value:
            raise moved(
                "file_ids",
                "In version 2 of the Assistants API, messages have 'attachments' instead: objects "
                "with a 'file_id' and the 'tools' that the file is for.",
            )
        return value


class MessageModifyParams(Params):
    metadata: common.Metadata | None = None


def content_parts(content: str | list[Any]) -> list[dict[str, Any]]:
    """Return the content of a request as the content of a message object."""
    if isinstance(content, str):
        return [text_part(content)]
    # Requests have a text as a string, and message objects as {"value", "annotations"}.
    return [
        text_part(part.text) if isinstance(part, TextPart) else part.model_dump(mode="json")
        for part in content
    ]


def text_part(value: str) -> dict[str, Any]:
    """Return a text part of a message object, without annotations."""
    return {"type": "text", "text": {"value": value, "annotations": []}}


def refusal_part(refusal: str) -> dict[str, Any]:
    """Return a part with the words in which the model refuses to answer."""
    return {"type": "refusal", "refusal": refusal}


def image_part(file_id: str) -> dict[str, Any]:
    """Return an image part of a message object."""
    return {"type": "image_file", "image_file": {"file_id": file_id, "detail": "auto"}}


def file_path(link: str, start: int, end: int, file_id: str) -> dict[str, Any]:
    """Return an annotation for the text `link` from `start` up to `end`, which links a file."""
    return {
        "type": "file_path",
        "text": link,
        "start_index": start,
        "end_index": end,
        "file_path": {"file_id": file_id},
    }


def file_citation(mark: str, start: int, end: int, file_id: str, **ours: Any) -> dict[str, Any]:
    """Return an annotation for the text `mark` from `start` up to `end`, which cites a file.

    `ours` are fields that the vendor's objects don't have, such as the text of the cited chunk.
    """
    return {
        "type": "file_citation",
        "text": mark,
        "start_index": start,
        "end_index": end,
        "file_citation": {"file_id": file_id, **ours},
    }


def attachment(file_id: str, tool: str) -> dict[str, Any]:
    """Return an attachment of a message that makes a file available to a tool."""
    return {"file_id": file_id, "tools": [{"type": tool}]}


def message_object(message: Message) -> dict[str, Any]:
    """Return the vendor's ``thread.message`` object."""
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
    """Return the vendor's ``thread.message.delta`` object. Each part has an ``index``."""
    return {"id": message_id, "object": "thread.message.delta", "delta": {"content": parts}}


def text_delta(
    index: int, value: str, annotations: Sequence[Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Return a delta with more text for the part at `index`.

    The first delta of a part has a list of annotations, even if it's empty; any later one has it
    only with annotations. Each annotation has its place among those of the part as ``index``.
    """
    text: dict[str, Any] = {"value": value}
    if annotations is not None:
        text["annotations"] = list(annotations)
    return {"index": index, "type": "text", "text": text}


def refusal_delta(index: int, refusal: str) -> dict[str, Any]:
    """Return a delta with more of the refusal at `index`."""
    return {"index": index, "type": "refusal", "refusal": refusal}


def attached_ids(message: Mapping[str, Any]) -> list[str]:
    """Return the ids of the message's attachments, without duplicates."""
    ids = [item["file_id"] for item in message.get("attachments") or () if item.get("file_id")]
    return list(dict.fromkeys(ids))
