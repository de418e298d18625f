"""Messages as HTML, from their wire objects, with the same template everywhere."""

import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from assistants_app.rendering.text.citations import cited_in
from assistants_app.rendering.text.file_links import FileLink, with_links
from assistants_app.rendering.text.markdown import render_markdown, render_typed
from assistants_app.rendering.text.previews import RASTER_IMAGES
from assistants_app.rendering.threads.replies import Reply
from assistants_app.rendering.tool_calls.pictures import figure, file_url, image_figure
from assistants_app.wire.threads.messages import attached_ids

WireObject = Mapping[str, Any]
DataUrl = Callable[[str], str]
ANY_MESSAGE = "msg_any"  # stands for the ID in the buttons that all messages share


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a message. `kind` is text (with `html`), figure (with both), refusal, image or link
    (with `value`).
    """

    kind: str
    html: SafeString = SafeString("")
    value: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file, as a chip shows it."""

    id: str
    name: str
    url: str
    preview_url: str


def render_message(
    message: WireObject,
    names: Mapping[str, str],
    project_id: str,
    *,
    body: str = "",
    reply: Reply | None = None,
    talk: str = "",
) -> SafeString:
    """Render a message's row.

    `names`: names of assistants and files, by ID.
    `body`: the HTML so far of a message that is being written.
    `reply`: facts about the run that wrote the message, if a run did.
    `talk`: what people say about it, as HTML.
    """
    context = message_context(message, names, project_id, body=body)
    actions = SafeString(
        _render_actions(project_id, message["thread_id"], get_language()).replace(
            ANY_MESSAGE, message["id"]
        )
    )
    shown = {**context, "reply": reply, "talk": SafeString(talk), "actions": actions}
    return render_to_string("messages/_message.html", shown)


@lru_cache(maxsize=64)
def _render_actions(project_id: str, thread_id: str, language: str | None) -> str:
    # The buttons are most of a page's HTML, and the same for each message of a thread except for
    # the message's ID. So they are rendered once.
    message = {"id": ANY_MESSAGE, "thread_id": thread_id}
    context = {"message": message, "project_id": project_id}
    html = render_to_string("messages/_actions.html", context)
    # Indentation would be half of what every message adds to the page.
    return " ".join(html.split())


def render_bare_message(
    message: WireObject, names: Mapping[str, str], project_id: str, *, body: str = ""
) -> SafeString:
    """Render a message's row without its author, its run and what one can do with it.

    `names`: names of files, by ID. `body` is as in :func:`render_message`.
    """
    context = message_context(message, names, project_id, body=body)
    return render_to_string("messages/_bare.html", {**context, "who": ""})


def render_reasoning(id: str, text: str) -> SafeString:
    """Render what a model thought before a message or a call, folded."""
    return render_to_string("messages/_reasoning.html", {"id": id, "text": text})


def message_context(
    message: WireObject,
    names: Mapping[str, str],
    project_id: str,
    *,
    body: str = "",
    data_url: DataUrl | None = None,
) -> dict[str, Any]:
    """Return the context of a message. It shows each image once, and images that a reply only
    attaches below its text.

    `data_url` is for a page that loads nothing: it returns the image of a file as a data URL, or
    "".
    """
    pictures = _Pictures(project_id, data_url)
    blocks = [
        _block_of_part(part, message["role"], message["thread_id"], pictures)
        for part in message["content"]
    ]
    blocks = [block for block in blocks if block.value not in pictures.inline]
    files = [file_id for file_id in attached_ids(message) if file_id not in pictures.inline]
    if message["role"] == "assistant" and not any(block.kind == "figure" for block in blocks):
        blocks += [
            pictures.block(file_id, alt=names[file_id])
            for file_id in files
            if not pictures.inline and is_picture(names.get(file_id, ""))
        ]
    shown = {block.value for block in blocks if block.kind == "figure"}
    return {
        "project_id": project_id,
        "message": message,
        "look": "msg user" if message["role"] == "user" else "msg",
        "who": names.get(message["assistant_id"] or "", ""),
        "when": datetime.fromtimestamp(message["created_at"], UTC),
        "blocks": blocks,
        "attached": [attached(project_id, file, names) for file in files if file not in shown],
        "body": SafeString(body),
        "live": message["status"] == "in_progress",
        "reason": (message["incomplete_details"] or {}).get("reason"),
    }


def attached(project_id: str, file_id: str, names: Mapping[str, str]) -> Attached:
    """Return a file's chip. `names` are the names of files, by ID."""
    arguments = [project_id, file_id]
    return Attached(
        file_id,
        names.get(file_id, file_id),
        file_url(project_id, file_id),
        reverse("file_preview", args=arguments),
    )


def render_parts(content: Sequence[WireObject], project_id: str, thread_id: str) -> SafeString:
    """Render the parts of a reply's content so far."""
    pictures = _Pictures(project_id)
    blocks = [_block_of_part(part, "assistant", thread_id, pictures) for part in content]
    return render_to_string("messages/_parts.html", {"blocks": blocks})


def is_picture(name: str) -> bool:
    """Return whether the page can show a file of this name as an image."""
    return mimetypes.guess_type(name)[0] in RASTER_IMAGES


def image_ids(message: WireObject) -> list[str]:
    """Return the IDs of the files that are parts of the message as images."""
    parts = (part for part in message["content"] if part["type"] == "image_file")
    return [part["image_file"]["file_id"] for part in parts]


class _Pictures:
    """The images of a message. `inline` are the IDs of those within its text."""

    def __init__(self, project_id: str, data_url: DataUrl | None = None) -> None:
        self.project_id = project_id
        self._data_url = data_url
        self.inline: set[str] = set()

    def block(self, file_id: str, *, alt: str = "") -> Block:
        return Block("figure", image_figure(self.project_id, file_id, alt=alt), file_id)

    def inline_html(self, name: str, file_id: str, alt: str, *, is_linked: bool) -> str:
        """Return the image for the text, or "" if the file isn't one."""
        url = self._data_url(file_id) if self._data_url else file_url(self.project_id, file_id)
        if not url or not is_picture(name):
            return ""
        self.inline.add(file_id)
        if (
            is_linked or self._data_url
        ):  # a button within a link would be two things to click in one place
            return figure(url, alt=alt or name, inline=True)
        return image_figure(self.project_id, file_id, alt=alt or name, inline=True)


def _block_of_part(part: WireObject, role: str, thread_id: str, pictures: _Pictures) -> Block:
    match part["type"]:
        case "text" if role == "user":
            return Block("text", html=render_typed(str(part["text"]["value"])))
        case "text":
            return Block("text", html=_render_text(part["text"], thread_id, pictures))
        case "refusal":
            return Block("refusal", value=part["refusal"])
        case "image_url":
            url = part["image_url"]["url"]
            # Only data: is shown. A remote image would tell its host who reads what.
            return Block("image" if url.startswith("data:image/") else "link", value=url)
        case _:
            return pictures.block(part["image_file"]["file_id"])


def _render_text(text: WireObject, thread_id: str, pictures: _Pictures) -> SafeString:
    """Return the text with links to files of the code interpreter, with their images, and with
    chips for citations.
    """
    project_id = pictures.project_id
    links = [
        FileLink(
            item["text"],
            item["start_index"],
            file_url(project_id, item["file_path"]["file_id"]),
            unquote(item["text"]).rpartition("/")[2],
            item["file_path"]["file_id"],
        )
        for item in text.get("annotations") or ()
        if item["type"] == "file_path"
    ]
    value, linked = with_links(str(text["value"]), links)
    downloads = {link.url: link.name for link in linked}
    files = {link.url: link.file_id for link in linked}

    def draw(url: str, alt: str, is_linked: bool) -> str:
        return pictures.inline_html(downloads[url], files[url], alt, is_linked=is_linked)

    return render_markdown(value, downloads, cited_in(text, project_id, thread_id), draw)
