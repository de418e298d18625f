"""Create, update and delete threads and their messages."""

from functools import partial

from django.db import transaction

from assistants_app.dispatch import dispatch_close_session
from assistants_app.domain import limits, run_status
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.events import publish
from assistants_app.models import CodeSession, Message, Project, Run, Thread
from assistants_app.queries.threads import TITLE
from assistants_app.services import parts
from assistants_app.wire.messages import MessageCreateParams, MessageModifyParams
from assistants_app.wire.threads import ThreadCreateParams, ThreadModifyParams
from assistants_app.wire.validation import parse


@transaction.atomic(durable=True)
def create_thread(*, project: Project, params: ThreadCreateParams) -> Thread:
    """A new thread with its first messages."""
    thread = Thread.objects.create(
        project=project,
        metadata=params.metadata or {},
        tool_resources=parts.tool_resources(
            project, params.tool_resources, store_days=limits.THREAD_STORE_DAYS
        ),
    )
    messages = parts.add_messages(project, thread, params.messages or [])
    created = [publish.thread_created(thread)]
    for message in messages:
        created += publish.message_created(message)
    parts.publish_on_commit(thread.id, created)
    return thread


@transaction.atomic(durable=True)
def update_thread(*, project: Project, thread_id: str, params: ThreadModifyParams) -> Thread:
    """Change the thread's metadata or tool resources, whichever is given."""
    thread = parts.lock_thread(project, thread_id)
    given = params.model_fields_set
    if "metadata" in given:
        thread.metadata = params.metadata or {}
    if "tool_resources" in given:
        thread.tool_resources = parts.tool_resources(
            project, params.tool_resources, store_days=limits.THREAD_STORE_DAYS
        )
    if given:
        thread.save(update_fields=list(given))
    return thread


@transaction.atomic(durable=True)
def rename_thread(*, project: Project, thread_id: str, title: str) -> Thread:
    """Name the thread, in its metadata; with an empty title it has none of its own any more.

    Raises :class:`InvalidRequest` for what metadata may not hold.
    """
    thread = parts.lock_thread(project, thread_id)
    named = {name: value for name, value in thread.metadata.items() if name != TITLE}
    if title:
        named[TITLE] = title
    params = parse(ThreadModifyParams, {"metadata": named})
    thread.metadata = params.metadata or {}
    thread.save(update_fields=["metadata"])
    return thread


@transaction.atomic(durable=True)
def delete_thread(*, project: Project, thread_id: str) -> None:
    """Delete the thread with its messages and runs. A run that is active stops by itself:
    its worker finds the row gone.
    """
    thread = parts.lock_thread(project, thread_id)
    # A worker writes below its run's row alone: with the row held, nothing new appears below it.
    active = Run.objects.filter(thread=thread, status__in=run_status.ACTIVE)
    list(active.select_for_update().values_list("pk"))
    parts.publish_on_commit(thread.id, [publish.thread_deleted(thread.id)])
    if CodeSession.objects.filter(thread=thread).exists():
        transaction.on_commit(partial(dispatch_close_session, thread.id))
    thread.delete()


@transaction.atomic(durable=True)
def create_message(*, project: Project, thread_id: str, params: MessageCreateParams) -> Message:
    """Add a message. Raises :class:`InvalidRequest` while a run is active, as the vendor did."""
    thread = parts.lock_thread(project, thread_id)
    if run_id := parts.active_run_id(thread):
        raise InvalidRequest(f"Can't add messages to {thread.id} while a run {run_id} is active.")
    [message] = parts.add_messages(project, thread, [params])
    parts.publish_on_commit(thread.id, publish.message_created(message))
    return message


@transaction.atomic(durable=True)
def update_message(
    *, project: Project, thread_id: str, message_id: str, params: MessageModifyParams
) -> Message:
    """Change the message's metadata."""
    message = _locked_message(project, thread_id, message_id)
    if "metadata" in params.model_fields_set:
        message.metadata = params.metadata or {}
        message.save(update_fields=["metadata"])
        parts.publish_on_commit(thread_id, [publish.message_modified(message)])
    return message


@transaction.atomic(durable=True)
def delete_message(*, project: Project, thread_id: str, message_id: str) -> None:
    """Delete a message. One that a run is writing cannot be deleted."""
    message = _locked_message(project, thread_id, message_id)
    if message.status == "in_progress" and _is_being_written(message):
        raise InvalidRequest(
            f"Can't delete message {message.id} while a run {message.run_id} is active."
        )
    message.delete()
    parts.publish_on_commit(thread_id, [publish.message_deleted(message_id)])


def _locked_message(project: Project, thread_id: str, message_id: str) -> Message:
    thread = parts.lock_thread(project, thread_id)
    message = Message.objects.filter(thread=thread, pk=message_id).first()
    if message is None:
        raise NotFound("message", message_id)
    return message


def _is_being_written(message: Message) -> bool:
    return Run.objects.filter(pk=message.run_id, status__in=("in_progress", "cancelling")).exists()
