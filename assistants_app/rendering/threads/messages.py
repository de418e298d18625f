"""Messages as HTML, from their wire objects, with the same template everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from assistants_app.rendering.text.citations import cited_in
from assistants_app.rendering.text.markdown import render_markdown, render_typed
from assistants_app.rendering.threads.replies import Reply
from assistants_app.rendering.tool_calls.cards import file_url, image_figure
from assistants_app.wire.threads.messages import attached_ids

WireObject = Mapping[str, Any]
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
) -> SafeString:
    """Render a message's row.

    `names`: names of assistants and files, by ID.
    `body`: the HTML so far of a message that is being written.
    `reply`: facts about the run that wrote the message, if a run did.
    """
    context = message_context(message, names, project_id, body=body)
    actions = SafeString(
        _render_actions(project_id, message["thread_id"], get_language()).replace(
            ANY_MESSAGE, message["id"]
        )
    )
    shown = {**context, "reply": reply, "actions": actions}
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


def render_reasoning(id: str, text: str) -> SafeString:
    """Render what a model thought before a message or a call, folded."""
    return render_to_string("messages/_reasoning.html", {"id": id, "text": text})


def message_context(
    message: WireObject, names: Mapping[str, str], project_id: str, *, body: str = ""
) -> dict[str, Any]:
    """Return the context of a message."""
    return {
        "project_id": project_id,
        "message": message,
        "look": "msg user" if message["role"] == "user" else "msg",
        "who": names.get(message["assistant_id"] or "", ""),
        "when": datetime.fromtimestamp(message["created_at"], UTC),
        "blocks": [
            _block_of_part(part, message["role"], project_id, message["thread_id"])
            for part in message["content"]
        ],
        "attached": [attached(project_id, file, names) for file in attached_ids(message)],
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
    blocks = [_block_of_part(part, "assistant", project_id, thread_id) for part in content]
    return render_to_string("messages/_parts.html", {"blocks": blocks})


def _block_of_part(part: WireObject, role: str, project_id: str, thread_id: str) -> Block:
    match part["type"]:
        case "text" if role == "user":
            return Block("text", html=render_typed(str(part["text"]["value"])))
        case "text":
            return Block("text", html=_render_text(part["text"], project_id, thread_id))
        case "refusal":
            return Block("refusal", value=part["refusal"])
        case "image_url":
            url = part["image_url"]["url"]
            # Only data: is shown. A remote image would tell its host who reads what.
            return Block("image" if url.startswith("data:image/") else "link", value=url)
        case _:
            file_id = part["image_file"]["file_id"]
            return Block("figure", html=image_figure(project_id, file_id), value=file_id)


def _render_text(text: WireObject, project_id: str, thread_id: str) -> SafeString:
    """Return the text with links to files of the code interpreter, and with chips for citations."""
    value, downloads = str(text["value"]), {}
    links = [item for item in text.get("annotations") or () if item["type"] == "file_path"]
    # From the end, so that the indexes of the other annotations stay right.
    for link in sorted(links, key=lambda item: -int(item["start_index"])):
        start, end = link["start_index"], link["end_index"]
        if value[start:end] != link["text"]:
            continue
        url = file_url(project_id, link["file_path"]["file_id"])
        downloads[url] = name = link["text"].rpartition("/")[2]
        before, after = value[:start], value[end:]
        if before.endswith("](") and after.startswith(")"):
            value = f"{before}{url}{after}"
        elif not before.endswith("`"):  # in code, a link would be visible as markdown
            value = f"{before}[{_escape_brackets(name)}]({url}){after}"
    return render_markdown(value, downloads, cited_in(text, project_id, thread_id))


def _escape_brackets(name: str) -> str:
    return name.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
