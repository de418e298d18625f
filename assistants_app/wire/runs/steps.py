"""Run steps on the wire (schemas ``RunStepObject``, ``RunStepDeltaObject``)."""

from collections.abc import Sequence
from typing import Any

from assistants_app.domain import run_status
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import Citation, RunStep
from assistants_app.wire import common
from assistants_app.wire.runs.runs import usage_object

MESSAGE_CREATION = "message_creation"
TOOL_CALLS = "tool_calls"
# How a call of the code interpreter went, and that a function's mock answered (`BY_MOCK`), in its
# `step_details`: ours alone, not on the wire.
RESULT = "result"
BY_MOCK = "by_mock"


def step_object(step: RunStep, *, search_content: bool = False) -> dict[str, Any]:
    """The vendor's ``thread.run.step`` object; what file search found is shown if asked for."""
    shown = {
        "id": step.id,
        "object": "thread.run.step",
        "created_at": common.unix_time(step.created_at),
        "run_id": step.run_id,
        "assistant_id": step.assistant_id,
        "thread_id": step.thread_id,
        "type": step.type,
        "status": step.status,
        "step_details": _without_results(step.step_details),
        "last_error": step.last_error,
        "cancelled_at": common.unix_time(step.cancelled_at),
        "completed_at": common.unix_time(step.completed_at),
        "expired_at": common.unix_time(step.expired_at),
        "failed_at": common.unix_time(step.failed_at),
        "metadata": step.metadata,
        "usage": None if step.status == run_status.IN_PROGRESS else usage_object(step.usage),
    }
    return shown if search_content else without_search_content(shown)


def without_search_content(step: dict[str, Any]) -> dict[str, Any]:
    """A step object without the passages that file search found, as the vendor shows it."""
    details = step["step_details"]
    if details["type"] != TOOL_CALLS:
        return step
    calls = [_without_content(call) for call in details["tool_calls"]]
    return {**step, "step_details": tool_calls_details(calls)}


def full_step_object(step: RunStep) -> dict[str, Any]:
    """The same with what became of calls of built-in tools (`RESULT`), for the site."""
    return {**step_object(step), "step_details": step.step_details}


def _without_results(details: dict[str, Any]) -> dict[str, Any]:
    if details["type"] != TOOL_CALLS:
        return details
    return tool_calls_details(
        [
            {name: value for name, value in call.items() if name != RESULT}
            for call in details["tool_calls"]
        ]
    )


def _without_content(call: dict[str, Any]) -> dict[str, Any]:
    if call["type"] != FILE_SEARCH or "results" not in call[FILE_SEARCH]:
        return call
    results = [
        {name: value for name, value in result.items() if name != "content"}
        for result in call[FILE_SEARCH]["results"]
    ]
    return {**call, FILE_SEARCH: {**call[FILE_SEARCH], "results": results}}


def message_creation_details(message_id: str) -> dict[str, Any]:
    """`step_details` of a step that writes a message."""
    return {"type": MESSAGE_CREATION, "message_creation": {"message_id": message_id}}


def tool_calls_details(calls: list[dict[str, Any]]) -> dict[str, Any]:
    """`step_details` of a step that calls tools."""
    return {"type": TOOL_CALLS, "tool_calls": calls}


def function_call(call_id: str, name: str, arguments: str, output: str | None) -> dict[str, Any]:
    """A function call as it stands in `step_details`; its output is null until submitted."""
    return {
        "id": call_id,
        "type": FUNCTION,
        "function": {"name": name, "arguments": arguments, "output": output},
    }


def code_call(call_id: str, code: str, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """A call of the code interpreter as it stands in `step_details`."""
    return {
        "id": call_id,
        "type": CODE_INTERPRETER,
        CODE_INTERPRETER: {"input": code, "outputs": outputs},
    }


def code_result(
    ended: str, *, reason: str = "", seconds: float = 0.0, files: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """How a call went. `ended`: ok, error, interrupted, killed or by_mock; `reason` in a sentence;
    `files`: see :func:`made_file`.
    """
    return {"ended": ended, "reason": reason, "seconds": round(seconds, 3), "files": list(files)}


def made_file(name: str, size: int, file_id: str | None, reason: str = "") -> dict[str, Any]:
    """A file that code left behind: kept under an id, or not, for a reason."""
    return {"name": name, "bytes": size, "file_id": file_id, "reason": reason}


def logs_output(text: str) -> dict[str, Any]:
    """What code wrote, as an output of its call."""
    return {"type": "logs", "logs": text}


def image_output(file_id: str) -> dict[str, Any]:
    """A figure that code drew, as an output of its call."""
    return {"type": "image", "image": {"file_id": file_id}}


def search_call(
    call_id: str,
    *,
    query: str,
    ranker: str,
    score_threshold: float,
    results: list[dict[str, Any]],
) -> dict[str, Any]:
    """A call of file search as it stands in `step_details`. The query is ours: the vendor kept it
    to itself.
    """
    options = {"ranker": ranker, "score_threshold": score_threshold}
    details = {"query": query, "ranking_options": options, "results": results}
    return {"id": call_id, "type": FILE_SEARCH, FILE_SEARCH: details}


def search_outcome(ended: str, reason: str) -> dict[str, Any]:
    """How a call of file search went that did not go well. `ended`: error if nothing was searched,
    else ok; `reason` in a sentence.
    """
    return {"ended": ended, "reason": reason}


def search_result(citation: Citation) -> dict[str, Any]:
    """A passage that file search found. Its page and its mark are ours."""
    return {
        "file_id": citation.file_id,
        "file_name": citation.filename,
        "score": citation.score,
        "page": citation.page,
        "mark": citation.mark,
        "content": [{"type": "text", "text": citation.quote}],
    }


def step_delta(step_id: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    """The vendor's ``thread.run.step.delta`` object; each call has its ``index``."""
    return {
        "id": step_id,
        "object": "thread.run.step.delta",
        "delta": {"step_details": {"type": TOOL_CALLS, "tool_calls": calls}},
    }


def function_call_start(index: int, call_id: str, name: str) -> dict[str, Any]:
    """The first delta of a function call."""
    return {
        "index": index,
        "id": call_id,
        "type": FUNCTION,
        "function": {"name": name, "arguments": "", "output": None},
    }


def function_arguments_delta(index: int, arguments: str) -> dict[str, Any]:
    """A further delta of a function call: more of its arguments."""
    return {"index": index, "type": FUNCTION, "function": {"arguments": arguments}}


def code_call_start(index: int, call_id: str) -> dict[str, Any]:
    """The first delta of a call of the code interpreter."""
    return {"index": index, **code_call(call_id, "", [])}


def search_call_start(index: int, call_id: str) -> dict[str, Any]:
    """The one delta of a call of file search."""
    return {"index": index, "id": call_id, "type": FILE_SEARCH, FILE_SEARCH: {}}


def code_input_delta(index: int, code: str) -> dict[str, Any]:
    """A further delta of a call of the code interpreter: more of its code."""
    return {"index": index, "type": CODE_INTERPRETER, CODE_INTERPRETER: {"input": code}}


def code_output_delta(index: int, place: int, output: dict[str, Any]) -> dict[str, Any]:
    """A further delta of a call of the code interpreter: its output at `place`, or more of it."""
    return {
        "index": index,
        "type": CODE_INTERPRETER,
        CODE_INTERPRETER: {"outputs": [{"index": place, **output}]},
    }
