"""Fork, edit and clear threads, and send messages to other threads."""

from typing import Any

from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import PAGE
from assistants_app.domain.errors import InvalidRequest
from assistants_app.events import publish
from assistants_app.models import Message, Project, Thread
from assistants_app.queries.runs.runs import active_run_id
from assistants_app.queries.threads.threads import get_message, get_thread
from assistants_app.services.act import act
from assistants_app.services.locks import lock_thread
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.space import require_space
from assistants_app.services.threads import copies
from assistants_app.services.threads.messages import insert_messages
from assistants_app.services.threads.room import require_room
from assistants_app.wire.threads.messages import text_part


@act(require_space)
def fork_thread(
    *, project: Project, thread_id: str, message_id: str | None = None, origin: str = PAGE
) -> Thread:
    """Create a thread with copies of the messages up to `message_id`, or of all messages.

    Metadata and tool resources are the same. An open reply is not copied. Raises :class:`NotFound`.
    """
    original = get_thread(project, thread_id)
    if message_id is not None:
        get_message(project, thread_id, message_id)
    messages = copies.finished_messages(original)
    if message_id is not None:
        messages = messages.filter(pk__lte=message_id)
    last = message_id or messages.values_list("pk", flat=True).last()
    fork = copies.start_fork(original, last, origin)
    copies.copy_messages(fork, messages)
    return fork


@act(require_space)
def edit_and_fork(*, project: Project, thread_id: str, message_id: str, text: str) -> Thread:
    """Create a fork of the thread that ends with the message, changed to `text`.

    The message's images and attachments stay. Raises :class:`NotFound`, and
    :class:`InvalidRequest` for a text that the API refuses.
    """
    get_thread(project, thread_id)
    message = get_message(project, thread_id, message_id)
    return copies.fork_replacing(message, copies.edited_columns(message, text))


@act(require_space)
def copy_message_to(
    *,
    project: Project,
    thread_id: str,
    message_id: str,
    target_id: str | None = None,
    role: str = "user",
) -> Message:
    """Send a copy of a message to another thread, or to a new one without `target_id`.

    The copy has the role `role`: as the user's, another assistant can answer it. Images and
    attachments are sent too.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for an open or empty message, and while a
    run is active on the other thread or if that is full.
    """
    message = get_message(project, thread_id, message_id)
    content = [_without_annotations(part) for part in message.content if not _is_empty(part)]
    if message.status == run_status.IN_PROGRESS or not content:
        raise InvalidRequest(f"Message {message.id} is empty, so there is nothing to send.")
    happened = []
    if target_id is None:
        target = Thread.objects.create(project=project, origin=PAGE)
        happened.append(publish.thread_created(target))
    else:
        target = lock_thread(project, target_id)
        if run_id := active_run_id(target):
            raise InvalidRequest(
                f"Can't add messages to {target.id} while a run {run_id} is active."
            )
        require_room(target.id)
    columns = {
        "role": role,
        "content": content,
        "attachments": message.attachments,
        "has_attachments": message.has_attachments,
    }
    [copy] = insert_messages(target.id, [columns])
    publish_on_commit(target.id, happened + publish.message_created(copy))
    return copy


def _without_annotations(part: dict[str, Any]) -> dict[str, Any]:
    # As if a person had written it: citations belong to the thread whose searches found them.
    match part["type"]:
        case "text":
            return text_part(part["text"]["value"])
        case "refusal":
            return text_part(part["refusal"])
        case _:
            return part


def _is_empty(part: dict[str, Any]) -> bool:
    return part["type"] == "text" and not part["text"]["value"]


@act()
def clear_thread(*, project: Project, thread_id: str) -> Thread:
    """Create an empty thread with the same tool resources. The old thread stays.

    Raises :class:`NotFound`.
    """
    original = get_thread(project, thread_id)
    empty = Thread.objects.create(
        project=project,
        tool_resources=original.tool_resources,
        forked_from_id=original.id,
        origin=PAGE,
    )
    publish_on_commit(empty.id, [publish.thread_created(empty)])
    return empty
