"""Threads as documents in JSON, JSON lines, Markdown and HTML, produced piece by piece."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.template.loader import render_to_string

from assistants_app.models import Message, Project, Thread
from assistants_app.models.snapshots import ExportedThread
from assistants_app.rendering.text.json_lines import json_line
from assistants_app.rendering.text.markdown_source import (
    one_line_source,
    reply_source,
    typed_source,
)
from assistants_app.rendering.threads.messages import Block, message_context
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.threads.messages import message_object
from assistants_app.wire.threads.threads import thread_object

MESSAGE_LEVEL = 2  # of a message's heading in Markdown
Export = Callable[[Project, Iterable[ExportedThread]], Iterator[str]]


def as_json(project: Project, threads: Iterable[ExportedThread]) -> Iterator[str]:
    """Yield an API list object. Each thread has its ``messages`` and ``runs``, oldest first."""
    # Thread by thread, because an export of a whole project may not fit into memory.
    yield '{"object": "list", "data": ['
    for number, thread in enumerate(threads):
        yield (",\n" if number else "\n") + json_line(_thread_with_contents(thread))
    yield "\n]}\n"


def as_json_lines(project: Project, threads: Iterable[ExportedThread]) -> Iterator[str]:
    """Yield a line per thread, which has ``messages`` and ``runs``, oldest first."""
    for thread in threads:
        yield json_line(_thread_with_contents(thread)) + "\n"


def _thread_with_contents(exported: ExportedThread) -> dict[str, Any]:
    return {
        **thread_object(exported.thread),
        "messages": [message_object(message) for message, _ in exported.messages],
        "runs": [run_object(run) for run in exported.runs],
    }


def as_markdown(project: Project, threads: Iterable[ExportedThread]) -> Iterator[str]:
    """Yield Markdown with a heading for each thread and for each message."""
    for exported in threads:
        thread = exported.thread
        title = one_line_source(exported.title) or thread.id
        yield f"# {title}\n\n`{thread.id}` · {_created_minute(thread)}\n\n"
        for message, name in exported.messages:
            who = one_line_source(name) or "Assistant" if message.role == "assistant" else "User"
            yield f"## {who} · {_created_minute(message)}\n\n{_text_of(message)}\n\n"


def _created_minute(row: Thread | Message) -> str:
    return f"{row.created_at:%Y-%m-%d %H:%M} UTC"


def _text_of(message: Message) -> str:
    texts = []
    for part in message.content:
        match part["type"]:
            case "text" if message.role == "user":
                texts.append(typed_source(part["text"]["value"]))
            case "text":
                texts.append(reply_source(part["text"]["value"], MESSAGE_LEVEL))
            case "refusal":
                texts.append(typed_source(part["refusal"]))
            case "image_url":
                texts.append(f"![]({part['image_url']['url']})")
            case _:
                texts.append(f"`{part['image_file']['file_id']}`")
    return "\n\n".join(texts)


def as_html(project: Project, threads: Iterable[ExportedThread]) -> Iterator[str]:
    """Yield a page without scripts, style sheets and other files, so that it works offline."""
    yield render_to_string("threads/export_head.html", {"project": project})
    for exported in threads:
        thread = exported.thread
        context = {"thread": thread, "title": exported.title or thread.id}
        yield render_to_string("threads/export_thread.html", context)
        for message, name in exported.messages:
            shown = message_context(
                message_object(message),
                {message.assistant_id or "": name},
                project.id,
                data_url=exported.picture,
            )
            shown["blocks"] = [_with_picture(block, exported) for block in shown["blocks"]]
            yield render_to_string("threads/export_message.html", shown)
    yield "</body></html>\n"


def _with_picture(block: Block, exported: ExportedThread) -> Block:
    # The page must not load anything, so it contains its pictures.
    if block.kind == "figure" and (url := exported.picture(block.value)):
        return Block("image", value=url)
    return block


# Function and media type, by the name in requests.
FORMATS: dict[str, tuple[Export, str]] = {
    "json": (as_json, "application/json"),
    "jsonl": (as_json_lines, "application/jsonl"),
    "md": (as_markdown, "text/markdown; charset=utf-8"),
    "html": (as_html, "text/html; charset=utf-8"),
}
