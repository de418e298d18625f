"""Threads made from others: forked, edited, cleared; and messages sent to other threads."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction

from assistants_app.domain import run_status
from assistants_app.domain.errors import InvalidRequest
from assistants_app.events import publish
from assistants_app.models import Message, Project, Thread
from assistants_app.queries.threads import get_message, get_thread
from assistants_app.services import parts
from assistants_app.wire.messages import MessageCreateParams, text_part
from assistants_app.wire.validation import parse

# What a copy has of its original. Not the run: it belongs to the original's thread.
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


@transaction.atomic(durable=True)
def fork_thread(*, project: Project, thread_id: str, message_id: str | None = None) -> Thread:
    """A new thread with copies of the messages up to this one, or of all; it has the same metadata
    and tool resources. A reply that is still being written is not copied.

    Raises :class:`NotFound`.
    """
    origin = get_thread(project, thread_id)
    if message_id is not None:
        get_message(project, thread_id, message_id)
    messages = _written(origin)
    if message_id is not None:
        messages = messages.filter(pk__lte=message_id)
    fork = _branch(origin, message_id or messages.values_list("pk", flat=True).last())
    return _filled(fork, (_columns(message) for message in messages.iterator()))


def _written(thread: Thread) -> Any:
    rows = Message.objects.filter(thread=thread).exclude(status=run_status.IN_PROGRESS)
    return rows.order_by("pk")


def _branch(origin: Thread, at: str | None) -> Thread:
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


def _columns(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in COPIED}


def _filled(fork: Thread, rows: Iterable[dict[str, Any]]) -> Thread:
    messages = Message.objects.bulk_create(
        [Message(thread=fork, **columns) for columns in rows], batch_size=1000
    )
    happened = [publish.thread_created(fork)]
    for message in messages:
        happened += publish.message_created(message)
    parts.publish_on_commit(fork.id, happened)
    return fork


@transaction.atomic(durable=True)
def edit_and_fork(*, project: Project, thread_id: str, message_id: str, text: str) -> Thread:
    """A new thread that ends with this message as it should have been: its text is `text`, its
    images and attachments stay. The old thread stays as it is.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a text that no message may have.
    """
    origin = get_thread(project, thread_id)
    message = get_message(project, thread_id, message_id)
    parse(MessageCreateParams, {"role": message.role, "content": text})
    others = [part for part in message.content if part["type"] not in ("text", "refusal")]
    edited = {
        **_columns(message),
        "content": [text_part(text), *others],
        "status": run_status.COMPLETED,
        "incomplete_reason": None,
        "incomplete_at": None,
        "completed_at": message.completed_at or message.created_at,
    }
    before = _written(origin).filter(pk__lt=message_id)

    def rows() -> Iterator[dict[str, Any]]:
        for row in before.iterator():
            yield _columns(row)
        yield edited

    return _filled(_branch(origin, message_id), rows())


@transaction.atomic(durable=True)
def copy_message_to(
    *,
    project: Project,
    thread_id: str,
    message_id: str,
    target_id: str | None = None,
    role: str = "user",
) -> Message:
    """Send a message to another thread, or to a new one: there it is the user's, so that another
    assistant may answer. Images and attachments go along.

    Raises :class:`NotFound`, and :class:`InvalidRequest` while a run is active there.
    """
    message = get_message(project, thread_id, message_id)
    content = [_as_given(part) for part in message.content if not _is_empty(part)]
    if message.status == run_status.IN_PROGRESS or not content:
        raise InvalidRequest(f"Message {message.id} has nothing yet that could be sent.")
    happened = []
    if target_id is None:
        target = Thread.objects.create(project=project)
        happened.append(publish.thread_created(target))
    else:
        target = parts.lock_thread(project, target_id)
        if run_id := parts.active_run_id(target):
            raise InvalidRequest(
                f"Can't add messages to {target.id} while a run {run_id} is active."
            )
    columns = {
        "role": role,
        "content": content,
        "attachments": message.attachments,
        "has_attachments": message.has_attachments,
    }
    [copy] = parts.insert_messages(target.id, [columns])
    parts.publish_on_commit(target.id, happened + publish.message_created(copy))
    return copy


def _as_given(part: dict[str, Any]) -> dict[str, Any]:
    """The part as somebody would have written it: citations belong to the run that made them."""
    match part["type"]:
        case "text":
            return text_part(part["text"]["value"])
        case "refusal":
            return text_part(part["refusal"])
        case _:
            return part


def _is_empty(part: dict[str, Any]) -> bool:
    return part["type"] == "text" and not part["text"]["value"]


@transaction.atomic(durable=True)
def clear_thread(*, project: Project, thread_id: str) -> Thread:
    """An empty thread with the same tool resources; the old one stays. Raises :class:`NotFound`."""
    origin = get_thread(project, thread_id)
    fresh = Thread.objects.create(
        project=project, tool_resources=origin.tool_resources, forked_from_id=origin.id
    )
    parts.publish_on_commit(fresh.id, [publish.thread_created(fresh)])
    return fresh
