"""JSON of run steps (schemas ``RunStepObject``, ``RunStepDeltaObject``)."""

from collections.abc import Sequence
from typing import Any

from assistants_app.domain import run_status, tools
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import Citation, RunStep
from assistants_app.wire import common
from assistants_app.wire.runs.runs import usage_object

MESSAGE_CREATION = "message_creation"
TOOL_CALLS = "tool_calls"
RESULT = tools.RESULT
# How the call of a function ended that a mock or the run's tape answered, or that the tape had no
# output for.
BY_MOCK, BY_TAPE, MISSED = "by_mock", "by_tape", "missed"


def step_object(step: RunStep, *, search_content: bool = False) -> dict[str, Any]:
    """Return the vendor's ``thread.run.step`` object.

    With `search_content`, results of file search contain the text of their chunks.
    """
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
        # Not in the vendor's document, but in its examples and its service's answers.
        "expires_at": common.unix_time(step.expires_at),
        "expired_at": common.unix_time(step.expired_at),
        "failed_at": common.unix_time(step.failed_at),
        "metadata": step.metadata,
        # The vendor promises null while the step is in progress.
        "usage": None if step.status == run_status.IN_PROGRESS else usage_object(step.usage),
    }
    return shown if search_content else without_search_content(shown)


def without_search_content(step: dict[str, Any]) -> dict[str, Any]:
    """Return a step object without the text of file search results.

    The vendor leaves it out unless ``include[]`` asks for it.
    """
    details = step["step_details"]
    if details["type"] != TOOL_CALLS:
        return step
    calls = [_without_content(call) for call in details["tool_calls"]]
    return {**step, "step_details": tool_calls_details(calls)}


def full_step_object(step: RunStep) -> dict[str, Any]:
    """Return the step object for the site, which also has the `RESULT` of each call."""
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
    """Return the `step_details` of a step that writes a message."""
    return {"type": MESSAGE_CREATION, "message_creation": {"message_id": message_id}}


def tool_calls_details(calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the `step_details` of a step that calls tools."""
    return {"type": TOOL_CALLS, "tool_calls": calls}


def function_call(call_id: str, name: str, arguments: str, output: str | None) -> dict[str, Any]:
    """Return a function call for `step_details`. The output is null until it is submitted."""
    return {
        "id": call_id,
        "type": FUNCTION,
        "function": {"name": name, "arguments": arguments, "output": output},
    }


def code_call(call_id: str, code: str, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a call of the code interpreter for `step_details`."""
    return {
        "id": call_id,
        "type": CODE_INTERPRETER,
        CODE_INTERPRETER: {"input": code, "outputs": outputs},
    }


def code_result(
    ended: str, *, reason: str = "", seconds: float = 0.0, files: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """Return the `RESULT` of a call of the code interpreter, or of a function that was answered.

    `ended` is ok, error, interrupted or killed, or for functions by_mock, by_tape or missed.
    `reason` is a sentence, and each of `files` comes from :func:`made_file`.
    """
    return {"ended": ended, "reason": reason, "seconds": round(seconds, 3), "files": list(files)}


def made_file(name: str, size: int, file_id: str | None, reason: str = "") -> dict[str, Any]:
    """Return a file that code saved, with its id, or the reason why it was not kept."""
    return {"name": name, "bytes": size, "file_id": file_id, "reason": reason}


def logs_output(text: str) -> dict[str, Any]:
    """Return text that code printed as an output of its call."""
    return {"type": "logs", "logs": text}


def image_output(file_id: str) -> dict[str, Any]:
    """Return a figure that code drew as an output of its call."""
    return {"type": "image", "image": {"file_id": file_id}}


def search_call(
    call_id: str,
    *,
    query: str,
    ranker: str,
    score_threshold: float,
    results: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return a call of file search for `step_details`. The `query` is ours."""
    options = {"ranker": ranker, "score_threshold": score_threshold}
    details = {"query": query, "ranking_options": options, "results": results}
    return {"id": call_id, "type": FILE_SEARCH, FILE_SEARCH: details}


def search_outcome(
    ended: str, reason: str, *, files: int = 0, parts: Sequence[Sequence[float | None]] = ()
) -> dict[str, Any]:
    """Return the `RESULT` of a call of file search.

    `ended` is error if nothing was searched, else ok. `reason` is a sentence if not everything was
    searched, else "". `files` is the number of files that were searched. `parts` has the two parts
    of each result's rank: its similarity, and its share of the words.
    """
    return {"ended": ended, "reason": reason, "files": files, "parts": [*map(list, parts)]}


def search_result(citation: Citation) -> dict[str, Any]:
    """Return a chunk that file search found. The `page` and `mark` are ours."""
    return {
        "file_id": citation.file_id,
        "file_name": citation.filename,
        "score": citation.score,
        "page": citation.page,
        "mark": citation.mark,
        "content": [{"type": "text", "text": citation.quote}],
    }


def step_delta(step_id: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the vendor's ``thread.run.step.delta`` object. Each call has an ``index``."""
    return {
        "id": step_id,
        "object": "thread.run.step.delta",
        "delta": {"step_details": {"type": TOOL_CALLS, "tool_calls": calls}},
    }


def function_call_start(index: int, call_id: str, name: str) -> dict[str, Any]:
    """Return the first delta of a function call."""
    return {
        "index": index,
        "id": call_id,
        "type": FUNCTION,
        "function": {"name": name, "arguments": "", "output": None},
    }


def function_arguments_delta(index: int, arguments: str) -> dict[str, Any]:
    """Return a delta with more of a function call's arguments."""
    return {"index": index, "type": FUNCTION, "function": {"arguments": arguments}}


def code_call_start(index: int, call_id: str) -> dict[str, Any]:
    """Return the first delta of a call of the code interpreter."""
    return {"index": index, **code_call(call_id, "", [])}


def search_call_start(index: int, call_id: str) -> dict[str, Any]:
    """Return the only delta of a call of file search."""
    # "For now, this is always going to be an empty object", says the vendor's document. The results
    # come with the completed step.
    return {"index": index, "id": call_id, "type": FILE_SEARCH, FILE_SEARCH: {}}


def code_input_delta(index: int, code: str) -> dict[str, Any]:
    """Return a delta with more of the code of a code interpreter call."""
    return {"index": index, "type": CODE_INTERPRETER, CODE_INTERPRETER: {"input": code}}


def code_output_delta(index: int, place: int, output: dict[str, Any]) -> dict[str, Any]:
    """Return a delta with the output at `place` of a code interpreter call, or more of it."""
    return {
        "index": index,
        "type": CODE_INTERPRETER,
        CODE_INTERPRETER: {"outputs": [{"index": place, **output}]},
    }
