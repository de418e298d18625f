"""Fork threads and copy messages, within the caller's transaction."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from assistants_app.domain import run_status
from assistants_app.domain.search import CITATION_MARK
from assistants_app.events import publish
from assistants_app.models import Citation, Message, SessionFile, Thread
from assistants_app.queries.runs.citations import copied_citations
from assistants_app.services.publishing import publish_on_commit
from assistants_app.wire.threads.messages import MessageCreateParams, text_part
from assistants_app.wire.validation import parse

# The columns that a copy takes from its original. Not the run, which belongs to the original's
# thread; `copied_run_id` has it.
COPIED = (
    "created_at",
    "role",
    "status",
    "content",
    "attachments",
    "has_attachments",
    "metadata",
    "assistant_id",
    "incomplete_reason",
    "completed_at",
    "incomplete_at",
)


def finished_messages(thread: Thread) -> "QuerySet[Message]":
    """Return the thread's messages, without open ones, oldest first."""
    rows = Message.objects.filter(thread=thread).exclude(status=run_status.IN_PROGRESS)
    return rows.order_by("pk")


def start_fork(origin: Thread, at: str | None) -> Thread:
    """Create a thread that branches off after the message `at`, without its messages yet."""
    fork = Thread(
        project_id=origin.project_id,
        metadata=origin.metadata,
        tool_resources=origin.tool_resources,
        forked_from_id=origin.id,
    )
    if at is not None:
        fork.forked_at_id = at
    fork.save(force_insert=True)
    return fork


def copied_columns(message: Message) -> dict[str, Any]:
    """Return the columns of a copy of the message."""
    # A copy of a copy refers to the original, whose run shows the version and the usage.
    copied_from, copied_run = message.copied_from_id, message.copied_run_id
    if message.run_id:
        copied_from, copied_run = message.id, message.run_id
    return {
        **{name: getattr(message, name) for name in COPIED},
        "copied_from_id": copied_from,
        "copied_run_id": copied_run,
    }


def edited_columns(message: Message, text: str) -> dict[str, Any]:
    """Return the columns of a copy of the message with another text.

    Its images and attachments stay. Raises :class:`InvalidRequest` for a text that the API refuses.
    """
    others = [part for part in message.content if part["type"] not in ("text", "refusal")]
    # A message may consist of images alone.
    if text.strip() or not others:
        parse(MessageCreateParams, {"role": message.role, "content": text})
    return {
        **copied_columns(message),
        # A person wrote this text, and no run did.
        "copied_from_id": None,
        "copied_run_id": None,
        "content": [text_part(text), *others] if text.strip() else others,
        "status": run_status.COMPLETED,
        "incomplete_reason": None,
        "incomplete_at": None,
        "completed_at": message.completed_at or message.created_at,
    }


def insert_copies(fork: Thread, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert the messages of a fork, and publish it once the transaction is committed."""
    messages = Message.objects.bulk_create(
        [Message(thread=fork, **row) for row in rows], batch_size=1000
    )
    _copy_citations(fork, messages)
    _copy_session_files(fork, messages)
    happened = [publish.thread_created(fork)]
    for message in messages:
        happened += publish.message_created(message)
    publish_on_commit(fork.id, happened)


def _copy_citations(fork: Thread, messages: Iterable[Message]) -> None:
    # What the copied searches found, and what the copied replies cite, under the same numbers. So
    # the model can cite it again, and the marks stay links if the origin is deleted.
    cited = {
        int(mark[1])
        for message in messages
        for part in message.content
        if part["type"] == "text"
        for mark in CITATION_MARK.finditer(part["text"]["value"])
    }
    origin = Citation.objects.filter(thread_id=fork.forked_from_id, number__in=cited)
    found = {(row.number, row.place): row for row in [*copied_citations(fork.id), *origin]}
    for citation in found.values():
        citation.pk, citation.thread = None, fork
    Citation.objects.bulk_create(found.values(), batch_size=1000)


def _copy_session_files(fork: Thread, messages: Iterable[Message]) -> None:
    # Only of files that the copies have, so that a reply can link to them again.
    attached = {item.get("file_id") for message in messages for item in message.attachments}
    rows = SessionFile.objects.filter(thread_id=fork.forked_from_id, file_id__in=attached)
    copies = [SessionFile(thread=fork, name=row.name, file_id=row.file_id) for row in rows]
    SessionFile.objects.bulk_create(copies, batch_size=1000)


def fork_replacing(message: Message, last: Mapping[str, Any]) -> Thread:
    """Fork the thread before the message, and add `last` as the fork's last message."""
    before = finished_messages(message.thread).filter(pk__lt=message.pk)

    # Read while they are inserted, so that a long thread is not in memory twice.
    def rows() -> Iterator[Mapping[str, Any]]:
        for row in before.iterator():
            yield copied_columns(row)
        yield last

    fork = start_fork(message.thread, message.pk)
    insert_copies(fork, rows())
    return fork


def fork_before(message: Message) -> Thread:
    """Fork the thread before the message and all other messages of its run."""
    first = message.pk
    if message.run_id or message.copied_run_id:
        of_run = Message.objects.filter(
            thread=message.thread, run_id=message.run_id, copied_run_id=message.copied_run_id
        )
        first = of_run.order_by("pk").values_list("pk", flat=True)[0]
    before = finished_messages(message.thread).filter(pk__lt=first)
    fork = start_fork(message.thread, before.values_list("pk", flat=True).last())
    insert_copies(fork, (copied_columns(row) for row in before.iterator()))
    return fork
