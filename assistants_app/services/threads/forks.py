"""Threads made from others: forked, edited, cleared; and messages sent to other threads."""

from typing import Any

from django.db import transaction

from assistants_app.domain import run_status
from assistants_app.domain.errors import InvalidRequest
from assistants_app.events import publish
from assistants_app.models import Message, Project, Thread
from assistants_app.queries.runs.runs import active_run_id
from assistants_app.queries.threads.threads import get_message, get_thread
from assistants_app.services.locks import lock_thread
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.threads import copies
from assistants_app.services.threads.messages import insert_messages
from assistants_app.wire.threads.messages import text_part


@transaction.atomic(durable=True)
def fork_thread(*, project: Project, thread_id: str, message_id: str | None = None) -> Thread:
    """A new thread with copies of the messages up to this one, or of all; it has the same metadata
    and tool resources. A reply that is still being written is not copied.

    Raises :class:`NotFound`.
    """
    origin = get_thread(project, thread_id)
    if message_id is not None:
        get_message(project, thread_id, message_id)
    messages = copies.finished_messages(origin)
    if message_id is not None:
        messages = messages.filter(pk__lte=message_id)
    fork = copies.start_fork(origin, message_id or messages.values_list("pk", flat=True).last())
    copies.insert_copies(fork, (copies.copied_columns(message) for message in messages.iterator()))
    return fork


@transaction.atomic(durable=True)
def edit_and_fork(*, project: Project, thread_id: str, message_id: str, text: str) -> Thread:
    """A new thread that ends with this message as it should have been: its text is `text`, its
    images and attachments stay. The old thread stays as it is.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a text that no message may have.
    """
    get_thread(project, thread_id)
    message = get_message(project, thread_id, message_id)
    return copies.fork_replacing(message, copies.edited_columns(message, text))


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
        raise InvalidRequest(f"Message {message.id} is empty, so there is nothing to send.")
    happened = []
    if target_id is None:
        target = Thread.objects.create(project=project)
        happened.append(publish.thread_created(target))
    else:
        target = lock_thread(project, target_id)
        if run_id := active_run_id(target):
            raise InvalidRequest(
                f"Can't add messages to {target.id} while a run {run_id} is active."
            )
    columns = {
        "role": role,
        "content": content,
        "attachments": message.attachments,
        "has_attachments": message.has_attachments,
    }
    [copy] = insert_messages(target.id, [columns])
    publish_on_commit(target.id, happened + publish.message_created(copy))
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
    publish_on_commit(fresh.id, [publish.thread_created(fresh)])
    return fresh
