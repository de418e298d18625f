"""/v1/threads and the messages below it"""

from typing import Any

from assistants_app.api.request import ApiRequest
from assistants_app.api.responses import StreamedResponse
from assistants_app.api.sse import events_after, thread_stream
from assistants_app.queries.threads import threads as queries
from assistants_app.services.threads import messages
from assistants_app.services.threads import requests as services
from assistants_app.wire.common import deleted_object, list_object
from assistants_app.wire.lists import id_filter, page_params
from assistants_app.wire.threads.messages import (
    MessageCreateParams,
    MessageModifyParams,
    message_object,
)
from assistants_app.wire.threads.threads import (
    ThreadCreateParams,
    ThreadModifyParams,
    thread_filter,
    thread_object,
)


def create(request: ApiRequest) -> dict[str, Any]:
    params = request.params(ThreadCreateParams)
    return thread_object(services.create_thread(project=request.project, params=params))


def list_(request: ApiRequest) -> dict[str, Any]:
    # An addition of ours: the vendor has no list of threads.
    page = queries.list_threads(
        request.project, page_params(request.query), thread_filter(request.query)
    )
    return list_object([thread_object(item) for item in page.items], has_more=page.has_more)


def events(request: ApiRequest, thread_id: str) -> StreamedResponse:
    # An addition of ours: past events first, then new ones as they happen.
    thread = queries.get_thread(request.project, thread_id)
    return thread_stream(thread.id, events_after(request))


def retrieve(request: ApiRequest, thread_id: str) -> dict[str, Any]:
    return thread_object(queries.get_thread(request.project, thread_id))


def modify(request: ApiRequest, thread_id: str) -> dict[str, Any]:
    params = request.params(ThreadModifyParams)
    thread = services.update_thread(project=request.project, thread_id=thread_id, params=params)
    return thread_object(thread)


def delete(request: ApiRequest, thread_id: str) -> dict[str, Any]:
    services.delete_thread(project=request.project, thread_id=thread_id)
    return deleted_object("thread", thread_id)


def create_message(request: ApiRequest, thread_id: str) -> dict[str, Any]:
    params = request.params(MessageCreateParams)
    message = messages.create_message(project=request.project, thread_id=thread_id, params=params)
    return message_object(message)


def list_messages(request: ApiRequest, thread_id: str) -> dict[str, Any]:
    thread = queries.get_thread(request.project, thread_id)
    run_id = id_filter(request.query, "run_id")
    page = queries.list_messages(thread, page_params(request.query), run_id=run_id)
    return list_object([message_object(item) for item in page.items], has_more=page.has_more)


def retrieve_message(request: ApiRequest, thread_id: str, message_id: str) -> dict[str, Any]:
    return message_object(queries.get_message(request.project, thread_id, message_id))


def modify_message(request: ApiRequest, thread_id: str, message_id: str) -> dict[str, Any]:
    params = request.params(MessageModifyParams)
    message = messages.update_message(
        project=request.project, thread_id=thread_id, message_id=message_id, params=params
    )
    return message_object(message)


def delete_message(request: ApiRequest, thread_id: str, message_id: str) -> dict[str, Any]:
    messages.delete_message(project=request.project, thread_id=thread_id, message_id=message_id)
    return deleted_object("thread.message", message_id)
