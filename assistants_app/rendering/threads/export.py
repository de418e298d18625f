"""Whole threads as documents: JSON, JSON lines, Markdown, HTML. Written piece by piece."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.template.loader import render_to_string

from assistants_app.models import Message, Project, Thread
from assistants_app.models.snapshots import ExportedThread
from assistants_app.rendering.threads.messages import message_context
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.threads.messages import message_object
from assistants_app.wire.threads.threads import thread_object

Export = Callable[[Project, Iterable[ExportedThread]], Iterator[str]]


def as_json(project: Project, threads: Iterable[ExportedThread]) -> Iterator[str]:
    """One list object of the wire; each thread has its ``messages`` and ``runs``, oldest first."""
    yield '{"object": "list", "data": ['
    for number, thread in enumerate(threads):
        yield (",\n" if number else "\n") + json.dumps(_whole(thread), ensure_ascii=False)
    yield "\n]}\n"


def as_json_lines(project: Project, threads: Iterable[ExportedThread]) -> Iterator[str]:
    """A line for each thread, which has its ``messages`` and ``runs``, oldest first."""
    for thread in threads:
        yield json.dumps(_whole(thread), ensure_ascii=False) + "\n"


def _whole(exported: ExportedThread) -> dict[str, Any]:
    return {
        **thread_object(exported.thread),
        "messages": [message_object(message) for message, _ in exported.messages],
        "runs": [run_object(run) for run in exported.runs],
    }


def as_markdown(project: Project, threads: Iterable[ExportedThread]) -> Iterator[str]:
    """A heading for each thread and below it one for each message."""
    for exported in threads:
        thread = exported.thread
        yield f"# {exported.title or thread.id}\n\n`{thread.id}` · {_minute(thread)}\n\n"
        for message, name in exported.messages:
            who = name or "Assistant" if message.role == "assistant" else "User"
            yield f"## {who} · {_minute(message)}\n\n{_text_of(message)}\n\n"


def _minute(row: Thread | Message) -> str:
    return f"{row.created_at:%Y-%m-%d %H:%M} UTC"


def _text_of(message: Message) -> str:
    texts = []
    for part in message.content:
        match part["type"]:
            case "text":
                texts.append(part["text"]["value"])
            case "refusal":
                texts.append(part["refusal"])
            case "image_url":
                texts.append(f"![]({part['image_url']['url']})")
            case _:
                texts.append(f"`{part['image_file']['file_id']}`")
    return "\n\n".join(texts)


def as_html(project: Project, threads: Iterable[ExportedThread]) -> Iterator[str]:
    """A page that needs nothing else: no script, no style sheet, no other file."""
    yield render_to_string("threads/export_head.html", {"project": project})
    for exported in threads:
        thread = exported.thread
        context = {"thread": thread, "title": exported.title or thread.id}
        yield render_to_string("threads/export_thread.html", context)
        for message, name in exported.messages:
            shown = message_context(
                message_object(message), {message.assistant_id or "": name}, project.id
            )
            yield render_to_string("threads/export_message.html", shown)
    yield "</body></html>\n"


# By the name that a request gives: how it is written, its media type.
FORMATS: dict[str, tuple[Export, str]] = {
    "json": (as_json, "application/json"),
    "jsonl": (as_json_lines, "application/jsonl"),
    "md": (as_markdown, "text/markdown; charset=utf-8"),
    "html": (as_html, "text/html; charset=utf-8"),
}
