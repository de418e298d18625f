"""Create, update and delete threads."""

from collections.abc import Collection

from assistants_app.domain import limits
from assistants_app.domain.configurations.origins import API
from assistants_app.events import publish
from assistants_app.models import Project, Thread
from assistants_app.queries.sealing import without_sealed
from assistants_app.queries.threads.threads import TITLE
from assistants_app.services import tool_settings
from assistants_app.services.act import act
from assistants_app.services.audit import Target, note, note_each
from assistants_app.services.former_names import keep_names_of_resources
from assistants_app.services.locks import lock_thread
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.receipts import note_of, record_note
from assistants_app.services.space import require_space
from assistants_app.services.stores import attachments
from assistants_app.services.threads.messages import (
    has_attachments,
    insert_messages,
    message_columns,
    new_messages,
)
from assistants_app.services.threads.removal import remove_threads
from assistants_app.statements.threads import store_thread
from assistants_app.wire.threads.threads import ThreadCreateParams, ThreadModifyParams
from assistants_app.wire.validation import parse


@act(require_space)
def create_thread(*, project: Project, params: ThreadCreateParams, origin: str = API) -> Thread:
    """Create a thread with its first messages.

    Raises :class:`NotFound` for the first file or vector store that doesn't exist.
    """
    thread = Thread(
        project=project,
        origin=origin,
        metadata=params.metadata or {},
        tool_resources=tool_settings.resolve_tool_resources(
            project, params.tool_resources, store_days=limits.THREAD_STORE_DAYS
        ),
    )
    rows = message_columns(project, params.messages or [])
    if has_attachments(rows):
        # Attaching writes to the thread, so it has to be there.
        thread.save(force_insert=True)
        attachments.attach_to_thread(project, thread, rows)
        messages = insert_messages(thread.id, rows)
    else:
        messages = new_messages(thread.id, rows)
        note = note_of(thread)
        record_note(note, store_thread(thread, messages, note))
    created = [publish.thread_created(thread)]
    for message in messages:
        created += publish.message_created(message)
    publish_on_commit(thread.id, created)
    return thread


@act()
def update_thread(*, project: Project, thread_id: str, params: ThreadModifyParams) -> Thread:
    """Change the thread's metadata or tool resources, if given. Raises :class:`NotFound`.

    Tool resources that the request doesn't name stay.
    """
    thread = lock_thread(project, thread_id)
    given = params.model_fields_set
    before = thread.tool_resources
    if "metadata" in given:
        thread.metadata = params.metadata or {}
    if "tool_resources" in given:
        thread.tool_resources = tool_settings.resolve_tool_resources(
            project,
            params.tool_resources,
            present=thread.tool_resources,
            store_days=limits.THREAD_STORE_DAYS,
        )
        keep_names_of_resources(thread, before)
    if given:
        thread.save(update_fields=list(given))
    return thread


@act()
def rename_thread(*, project: Project, thread_id: str, title: str) -> Thread:
    """Set the thread's title in its metadata, or remove it if `title` is empty.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a title that metadata can't have.
    """
    thread = lock_thread(project, thread_id)
    named = {name: value for name, value in thread.metadata.items() if name != TITLE}
    if title:
        named[TITLE] = title
    # Through the API's own check, so that the page can't store what the API refuses.
    params = parse(ThreadModifyParams, {"metadata": named})
    thread.metadata = params.metadata or {}
    thread.save(update_fields=["metadata"])
    return thread


@act()
def delete_thread(*, project: Project, thread_id: str) -> None:
    """Delete the thread with its messages and runs. Raises :class:`NotFound`.

    With a recorded example, its assistant and files are deleted unless something else uses them.
    """
    thread = lock_thread(project, thread_id)
    note(
        "delete_thread",
        project=project,
        target_type="thread",
        target_id=thread.id,
        target_name=thread.metadata.get(TITLE, ""),
    )
    remove_threads(project, [thread])


@act()
def delete_threads(*, project: Project, thread_ids: Collection[str]) -> int:
    """Delete these threads like :func:`delete_thread`, and return their number.

    Other IDs are passed over.
    """
    rows = Thread.objects.select_for_update(no_key=True).filter(project=project, pk__in=thread_ids)
    found = list(without_sealed(rows, "pk").order_by("pk"))
    targets = [Target("thread", one.pk, one.metadata.get(TITLE, "")) for one in found]
    note_each("delete_thread", project=project, targets=targets)
    if found:
        remove_threads(project, found)
    return len(found)


def remove_thread(project: Project, thread_id: str) -> None:
    """Delete the thread like :func:`delete_thread`, within the transaction of another act.

    Does nothing if it was deleted before.
    """
    thread = Thread.objects.select_for_update(no_key=True).filter(project=project, pk=thread_id)
    if (found := thread.first()) is not None:
        remove_threads(project, [found])
