"""Fork threads and copy messages, within the caller's transaction."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import PAGE
from assistants_app.domain.ids import new_id
from assistants_app.domain.search import CITATION_MARK
from assistants_app.events import publish
from assistants_app.models import Citation, Message, Run, SessionFile, Thread
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


def start_fork(original: Thread, at: str | None, origin: str = PAGE) -> Thread:
    """Create a thread that branches off after the message `at`, without its messages yet."""
    fork = Thread(
        project_id=original.project_id,
        metadata=original.metadata,
        tool_resources=original.tool_resources,
        forked_from_id=original.id,
        origin=origin,
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


def copy_messages(
    fork: Thread, originals: "QuerySet[Message]", last: Mapping[str, Any] | None = None
) -> None:
    """Copy messages of the origin into its fork, with a message of the columns `last` after them.

    The fork is published once the transaction is committed. Its messages aren't published one by
    one, because nobody can read the fork before they are there.
    """
    _insert_copies(fork, list(originals.order_by("pk").values_list("pk", flat=True)))
    if last is not None:
        Message.objects.create(thread=fork, **last)
    _copy_citations(fork)
    _copy_session_files(fork)
    publish_on_commit(fork.id, [publish.thread_created(fork)])


def _insert_copies(fork: Thread, originals: list[str]) -> None:
    # Within the database: texts and their words would otherwise travel there and back, and be
    # split into words again. That takes ten times as long for a thread of 10,000 messages.
    columns = (*COPIED, "words", "prompt_tokens", "prompt_tokens_of")
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    copies = [new_id("msg") for _ in originals]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(names=names), [fork.id, originals, copies])
    # Words of old messages that an update hasn't rebuilt yet. It doesn't reach new rows.
    for message in Message.objects.filter(thread=fork, words=None).iterator():
        message.save(update_fields=["words"])


# The last two columns are those of `copied_columns`.
_INSERT = """
INSERT INTO message (id, thread_id, {names}, copied_from_id, copied_run_id)
SELECT pair.copy, %s, {names}, CASE WHEN run_id IS NULL THEN copied_from_id ELSE id END,
  coalesce(run_id, copied_run_id)
FROM message JOIN unnest(%s::text[], %s::text[]) AS pair (original, copy) ON id = pair.original
"""


def _copy_citations(fork: Thread) -> None:
    # What the copied searches found, and what the copied replies cite, under the same numbers. So
    # the model can cite it again, and the marks stay links if the origin is deleted.
    copies = Message.objects.filter(thread=fork).annotate(as_text=Cast("content", TextField()))
    # JSON may have the bracket itself or its code.
    marked = copies.filter(Q(as_text__contains="【") | Q(as_text__contains=r"\u3010"))
    cited = {
        int(mark[1])
        for content in marked.values_list("content", flat=True)
        for part in content
        if part["type"] == "text"
        for mark in CITATION_MARK.finditer(part["text"]["value"])
    }
    origin = Citation.objects.filter(thread_id=fork.forked_from_id, number__in=cited)
    found = {(row.number, row.place): row for row in [*copied_citations(fork.id), *origin]}
    for citation in found.values():
        citation.pk, citation.thread = None, fork
    Citation.objects.bulk_create(found.values(), batch_size=1000)


def _copy_session_files(fork: Thread) -> None:
    # Only of files that the copies have, so that a reply can link to them again.
    attached = {
        item.get("file_id")
        for attachments in Message.objects.filter(thread=fork, has_attachments=True).values_list(
            "attachments", flat=True
        )
        for item in attachments
    }
    rows = SessionFile.objects.filter(thread_id=fork.forked_from_id, file_id__in=attached)
    copies = [SessionFile(thread=fork, name=row.name, file_id=row.file_id) for row in rows]
    SessionFile.objects.bulk_create(copies, batch_size=1000)


def fork_replacing(message: Message, last: Mapping[str, Any], origin: str = PAGE) -> Thread:
    """Fork the thread before the message, and add `last` as the fork's last message."""
    fork = start_fork(message.thread, message.pk, origin)
    copy_messages(fork, finished_messages(message.thread).filter(pk__lt=message.pk), last)
    return fork


def fork_before(message: Message, origin: str = PAGE) -> Thread:
    """Fork the thread before the message and all other messages of its run."""
    first = message.pk
    if message.run_id or message.copied_run_id:
        of_run = Message.objects.filter(
            thread=message.thread, run_id=message.run_id, copied_run_id=message.copied_run_id
        )
        first = of_run.order_by("pk").values_list("pk", flat=True)[0]
    before = finished_messages(message.thread).filter(pk__lt=first)
    fork = start_fork(message.thread, before.values_list("pk", flat=True).last(), origin)
    copy_messages(fork, before)
    return fork


def fork_before_run(run: Run, origin: str) -> Thread:
    """Fork the run's thread as it was when the run began."""
    return _fork_with(run, _messages_before(run), origin)


def fork_with_run(run: Run, origin: str) -> Thread:
    """Fork the run's thread as it was when the run ended."""
    own = Message.objects.filter(thread_id=run.thread_id, run_id=run.id).order_by("pk")
    last = own.values_list("pk", flat=True).last()
    if last is None:
        return fork_before_run(run, origin)
    return _fork_with(run, finished_messages(run.thread).filter(pk__lte=last), origin)


def _messages_before(run: Run) -> "QuerySet[Message]":
    messages = finished_messages(run.thread)
    own = Message.objects.filter(thread_id=run.thread_id, run_id=run.id).order_by("pk")
    first = own.values_list("pk", flat=True).first()
    if first is not None:
        return messages.filter(pk__lt=first)
    # By the time, because a run has its ID before the messages that come with it have theirs.
    return messages.filter(created_at__lte=run.started_at or run.created_at)


def _fork_with(run: Run, messages: "QuerySet[Message]", origin: str) -> Thread:
    fork = start_fork(run.thread, messages.values_list("pk", flat=True).last(), origin)
    copy_messages(fork, messages)
    return fork
