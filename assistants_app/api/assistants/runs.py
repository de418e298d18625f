"""/v1/threads/{thread_id}/runs and their steps"""

from typing import Any

from assistants_app.api.repeats import stream_position
from assistants_app.api.request import ApiRequest
from assistants_app.api.responses import Answer
from assistants_app.api.sse import require_log, run_stream
from assistants_app.events.log import BEGINNING
from assistants_app.queries.runs import runs as queries
from assistants_app.queries.threads.threads import get_thread
from assistants_app.services.runs import requests as services
from assistants_app.services.runs.configuration import Requester
from assistants_app.wire.common import list_object
from assistants_app.wire.lists import includes_search_content, page_params
from assistants_app.wire.runs.runs import (
    RunCreateParams,
    RunModifyParams,
    ThreadAndRunCreateParams,
    ToolOutputsParams,
    run_object,
)
from assistants_app.wire.runs.steps import step_object


def create(request: ApiRequest, thread_id: str) -> Answer:
    content = includes_search_content(request.query_lists)
    params = request.params(RunCreateParams)
    # Before the run exists, so that the stream has its first events.
    after = stream_position(thread_id) if params.stream else BEGINNING
    run = services.create_run(
        project=request.project,
        thread_id=thread_id,
        params=params,
        requester=Requester(api_key_id=request.key_id),
    )
    if params.stream:
        return run_stream(run, after=after, search_content=content)
    return run_object(run)


def create_with_thread(request: ApiRequest) -> Answer:
    params = request.params(ThreadAndRunCreateParams)
    if params.stream:
        require_log()
    run = services.create_thread_and_run(
        project=request.project, params=params, requester=Requester(api_key_id=request.key_id)
    )
    # A new thread has a new log, which is read from its beginning.
    return run_stream(run, after=BEGINNING) if params.stream else run_object(run)


def list_(request: ApiRequest, thread_id: str) -> dict[str, Any]:
    thread = get_thread(request.project, thread_id)
    page = queries.list_runs(thread, page_params(request.query))
    return list_object([run_object(item) for item in page.items], has_more=page.has_more)


def retrieve(request: ApiRequest, thread_id: str, run_id: str) -> dict[str, Any]:
    return run_object(queries.get_run(request.project, thread_id, run_id))


def modify(request: ApiRequest, thread_id: str, run_id: str) -> dict[str, Any]:
    params = request.params(RunModifyParams)
    run = services.update_run(
        project=request.project, thread_id=thread_id, run_id=run_id, params=params
    )
    return run_object(run)


def cancel(request: ApiRequest, thread_id: str, run_id: str) -> dict[str, Any]:
    return run_object(
        services.cancel_run(project=request.project, thread_id=thread_id, run_id=run_id)
    )


def submit_tool_outputs(request: ApiRequest, thread_id: str, run_id: str) -> Answer:
    params = request.params(ToolOutputsParams)
    # From here on, so that the stream leaves out what the run did before it waited.
    after = stream_position(thread_id) if params.stream else BEGINNING
    run = services.submit_tool_outputs(
        project=request.project, thread_id=thread_id, run_id=run_id, params=params
    )
    return run_stream(run, after=after) if params.stream else run_object(run)


def list_steps(request: ApiRequest, thread_id: str, run_id: str) -> dict[str, Any]:
    run = queries.get_run(request.project, thread_id, run_id)
    content = includes_search_content(request.query_lists)
    page = queries.list_run_steps(run, page_params(request.query))
    steps = [step_object(item, search_content=content) for item in page.items]
    return list_object(steps, has_more=page.has_more)


def retrieve_step(request: ApiRequest, thread_id: str, run_id: str, step_id: str) -> dict[str, Any]:
    run = queries.get_run(request.project, thread_id, run_id)
    content = includes_search_content(request.query_lists)
    return step_object(queries.get_run_step(run, step_id), search_content=content)
