"""Create, update and delete messages."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone

from assistants_app.domain import run_status
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.events import publish
from assistants_app.models import Message, Project, Run, Thread
from assistants_app.queries.files.files import require_files
from assistants_app.queries.runs.runs import active_run_id
from assistants_app.queries.threads.threads import is_last
from assistants_app.services.act import act
from assistants_app.services.former_names import keep_names_of_message
from assistants_app.services.locks import lock_thread, lock_thread_for
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.receipts import note_of, record_note
from assistants_app.services.space import require_space
from assistants_app.services.stores import attachments
from assistants_app.services.threads.copies import edited_columns
from assistants_app.services.threads.room import check_stored
from assistants_app.statements.threads import store_accepted, store_messages
from assistants_app.wire.threads.messages import (
    MessageCreateParams,
    MessageModifyParams,
    content_parts,
)


def insert_messages(thread_id: str, rows: Iterable[dict[str, Any]]) -> list[Message]:
    """Insert messages with these columns into the thread, in this order.

    The caller has checked that the thread is free and has room.
    """
    messages = new_messages(thread_id, rows)
    store_accepted(thread_id, messages)
    return messages


def new_messages(thread_id: str, rows: Iterable[dict[str, Any]]) -> list[Message]:
    """Return messages with these columns, to be stored in this order."""
    now = timezone.now()
    fixed: dict[str, Any] = {
        "thread_id": thread_id,
        "created_at": now,
        "completed_at": now,
        "status": run_status.COMPLETED,
    }
    return [Message(**fixed, **columns) for columns in rows]


def message_columns(
    project: Project, params: Iterable[MessageCreateParams]
) -> list[dict[str, Any]]:
    """Return the columns of a request's messages as plain JSON, which a waiting run can store.

    Raises :class:`NotFound` for the first file that doesn't exist.
    """
    rows = [
        {
            "role": item.role,
            "content": content_parts(item.content),
            "attachments": [attachment.given() for attachment in item.attachments or []],
            # For a partial index: most messages have no attachments and need not be read for them.
            "has_attachments": bool(item.attachments),
            "metadata": item.metadata or {},
        }
        for item in params
    ]
    require_files(project, [file_id for row in rows for file_id in _file_ids(row)])
    return rows


def has_attachments(rows: Iterable[dict[str, Any]]) -> bool:
    """Return whether any message has attachments, which its thread gets too."""
    return any(row["has_attachments"] for row in rows)


def _file_ids(row: dict[str, Any]) -> Iterator[str]:
    for part in row["content"]:
        if part["type"] == "image_file":
            yield part["image_file"]["file_id"]
    for attachment in row["attachments"]:
        yield attachment["file_id"]


@act(require_space)
def create_message(*, project: Project, thread_id: str, params: MessageCreateParams) -> Message:
    """Add a message to the thread.

    Raises :class:`NotFound`, and :class:`InvalidRequest` while a run is active, like OpenAI, and if
    the thread is full.
    """
    locked = lock_thread_for(project, thread_id)
    thread = locked.thread
    _refuse_while_active(thread, locked.active_run_id)
    rows = message_columns(project, [params])
    if attaches := has_attachments(rows):
        # Attaching has effects of its own, so ask before, now that the thread is locked.
        _refuse_while_active(thread, active_run_id(thread))
        attachments.attach_to_thread(project, thread, rows)
    [message] = new_messages(thread.id, rows)
    note = note_of(message)
    stored = store_messages(thread.id, [message], note, ends=not attaches)
    record_note(note, stored)
    _refuse_while_active(thread, stored.active_run_id)
    check_stored(thread.id, stored)
    publish_on_commit(thread.id, publish.message_created(message))
    return message


def _refuse_while_active(thread: Thread, run_id: str | None) -> None:
    if run_id:
        raise InvalidRequest(f"Can't add messages to {thread.id} while a run {run_id} is active.")


@act()
def edit_last_message(*, project: Project, thread_id: str, message_id: str, text: str) -> Message:
    """Replace the text of the thread's last message.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for another message, while a run is active
    and for a text that the API refuses.
    """
    message = _get_message_in_locked_thread(project, thread_id, message_id)
    if run_id := active_run_id(message.thread):
        raise InvalidRequest(f"Can't edit messages of {thread_id} while a run {run_id} is active.")
    if not is_last(message):
        raise InvalidRequest("There are messages after this one. Fork the thread to edit it.")
    replace_text(message, text)
    return message


def replace_text(message: Message, text: str) -> None:
    """Replace the text of a message, within the caller's transaction.

    Raises :class:`InvalidRequest` for a text that the API refuses.
    """
    # A reply is no longer its run's, because a person wrote this text.
    columns = {**edited_columns(message, text), "run_id": None}
    for name, value in columns.items():
        setattr(message, name, value)
    message.save(update_fields=[*columns, "words"])
    publish_on_commit(message.thread_id, [publish.message_modified(message)])


@act()
def update_message(
    *, project: Project, thread_id: str, message_id: str, params: MessageModifyParams
) -> Message:
    """Replace the message's metadata. Raises :class:`NotFound`."""
    message = _get_message_in_locked_thread(project, thread_id, message_id)
    if "metadata" in params.model_fields_set:
        message.metadata = params.metadata or {}
        message.save(update_fields=["metadata"])
        publish_on_commit(thread_id, [publish.message_modified(message)])
    return message


@act()
def delete_message(*, project: Project, thread_id: str, message_id: str) -> None:
    """Delete a message.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a message that a run is writing.
    """
    message = _get_message_in_locked_thread(project, thread_id, message_id)
    if message.status == "in_progress" and _is_being_written(message):
        raise InvalidRequest(
            f"Can't delete message {message.id} while a run {message.run_id} is active."
        )
    keep_names_of_message(project.id, message)
    message.delete()
    publish_on_commit(thread_id, [publish.message_deleted(message_id)])


def _get_message_in_locked_thread(project: Project, thread_id: str, message_id: str) -> Message:
    thread = lock_thread(project, thread_id)
    message = Message.objects.filter(thread=thread, pk=message_id).first()
    if message is None:
        raise NotFound("message", message_id)
    return message


def _is_being_written(message: Message) -> bool:
    return Run.objects.filter(pk=message.run_id, status__in=("in_progress", "cancelling")).exists()
