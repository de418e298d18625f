"""Steps of tests that run code."""

import json
from typing import Any

from openai import OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import Run
from openai.types.beta.threads.runs import CodeInterpreterToolCall, ToolCallsStepDetails

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall


def code(source: str, call_id: str = "call_1") -> Reply:
    """Return a reply in which the model calls the code interpreter."""
    arguments = json.dumps({"code": source})
    return Reply(tool_calls=[ToolCall("code_interpreter", arguments, id=call_id)])


def answered(client: OpenAI, assistant: Assistant, thread: str, **more: Any) -> Run:
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20, **more
    )
    assert run.status == "completed", run.last_error
    return run


def calls_of(client: OpenAI, run: Run) -> list[CodeInterpreterToolCall]:
    """Return all calls of the run, oldest first."""
    steps = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc")
    return [
        call
        for step in steps
        if isinstance(step.step_details, ToolCallsStepDetails)
        for call in step.step_details.tool_calls
        if isinstance(call, CodeInterpreterToolCall)
    ]


def logs_of(call: CodeInterpreterToolCall) -> str:
    outputs = call.code_interpreter.outputs
    return "".join(output.logs for output in outputs if output.type == "logs")


def result_shown_to_model(provider: ScriptedProvider) -> str:
    """Return the result that the model got for its last call."""
    message = provider.completions[-1]["messages"][-1]
    assert message["role"] == "tool"
    return str(message["content"])
