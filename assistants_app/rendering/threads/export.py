"""Whole threads as documents: JSON, JSON lines, Markdown, HTML. Written piece by piece."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.template.loader import render_to_string

from assistants_app.models import Message, Project, Thread
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.runs.runs import newest_runs
from assistants_app.queries.threads.threads import each_message, title_of
from assistants_app.rendering.threads.messages import message_context
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.threads.messages import message_object
from assistants_app.wire.threads.threads import thread_object

EXPORTED_RUNS = 10_000


def as_json(project: Project, threads: Iterable[Thread]) -> Iterator[str]:
    """One list object of the wire; each thread has its ``messages`` and ``runs``, oldest first."""
    yield '{"object": "list", "data": ['
    for number, thread in enumerate(threads):
        yield (",\n" if number else "\n") + json.dumps(_whole(thread), ensure_ascii=False)
    yield "\n]}\n"


def as_json_lines(project: Project, threads: Iterable[Thread]) -> Iterator[str]:
    """A line for each thread, which has its ``messages`` and ``runs``, oldest first."""
    for thread in threads:
        yield json.dumps(_whole(thread), ensure_ascii=False) + "\n"


def _whole(thread: Thread) -> dict[str, Any]:
    return {
        **thread_object(thread),
        "messages": [message_object(message) for message in each_message(thread)],
        "runs": [run_object(run) for run in newest_runs(thread, limit=EXPORTED_RUNS)[::-1]],
    }


def as_markdown(project: Project, threads: Iterable[Thread]) -> Iterator[str]:
    """A heading for each thread and below it one for each message."""
    for thread in threads:
        yield f"# {title_of(thread) or thread.id}\n\n`{thread.id}` · {_minute(thread)}\n\n"
        for message, name in _named(project, thread):
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


def as_html(project: Project, threads: Iterable[Thread]) -> Iterator[str]:
    """A page that needs nothing else: no script, no style sheet, no other file."""
    yield render_to_string("threads/export_head.html", {"project": project})
    for thread in threads:
        context = {"thread": thread, "title": title_of(thread) or thread.id}
        yield render_to_string("threads/export_thread.html", context)
        for message, name in _named(project, thread):
            shown = message_context(
                message_object(message), {message.assistant_id or "": name}, project.id
            )
            yield render_to_string("threads/export_message.html", shown)
    yield "</body></html>\n"


def _named(project: Project, thread: Thread) -> Iterator[tuple[Message, str]]:
    """Each message with the name of the assistant that wrote it."""
    names: dict[str, str] = {}
    for message in each_message(thread):
        author = message.assistant_id or ""
        if author and author not in names:
            names[author] = names_of_assistants(project, {author}).get(author, author)
        yield message, names.get(author, "")


Export = Callable[[Project, Iterable[Thread]], Iterator[str]]

# By the name that a request gives: how it is written, its media type.
FORMATS: dict[str, tuple[Export, str]] = {
    "json": (as_json, "application/json"),
    "jsonl": (as_json_lines, "application/jsonl"),
    "md": (as_markdown, "text/markdown; charset=utf-8"),
    "html": (as_html, "text/html; charset=utf-8"),
}
