"""JSON of runs (schemas ``CreateRunRequest``, ``RunObject``)."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from assistants_app.domain import limits, run_status
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Run
from assistants_app.wire import common
from assistants_app.wire.assistants.assistants import Instructions, ModelName
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.threads.threads import ThreadCreateParams
from assistants_app.wire.tool_defaults import shown_resources, shown_tools
from assistants_app.wire.validation import Nested, Params

# The vendor has no upper bound. Ours is the largest number that the column can store.
TokenBudget = Annotated[int, Field(ge=limits.MIN_RUN_TOKENS, le=limits.INTEGER)]


class FunctionName(Params):
    name: Annotated[str, StringConstraints(max_length=limits.FUNCTION_NAME)]


class NamedTool(Nested):
    type: Literal["function", "code_interpreter", "file_search"]
    function: FunctionName | None = None


ToolChoice = Literal["none", "auto", "required"] | NamedTool


class TruncationStrategy(Params):
    type: Literal["auto", "last_messages"]
    last_messages: Annotated[int, Field(ge=1, le=limits.INTEGER)] | None = None


class RunSettings(Params):
    """Settings of a run that override those of its assistant or add to them."""

    assistant_id: str
    model: ModelName | None = None
    reasoning_effort: common.ReasoningEffort | None = None
    instructions: Instructions | None = None
    tools: Annotated[list[common.Tool], Field(max_length=limits.RUN_TOOLS)] | None = None
    metadata: common.Metadata | None = None
    temperature: common.Temperature | None = None
    top_p: common.TopP | None = None
    stream: bool | None = None
    max_prompt_tokens: TokenBudget | None = None
    max_completion_tokens: TokenBudget | None = None
    truncation_strategy: TruncationStrategy | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: common.ResponseFormat | None = None


class RunCreateParams(RunSettings):
    """The body of a request for a run.

    `on_active_run` is ours. It says what to do while the thread has an active run, in which case
    the vendor refuses the request.
    """

    on_active_run: Literal["queue", "interrupt"] | None = None
    additional_instructions: Instructions | None = None
    additional_messages: (
        Annotated[list[MessageCreateParams], Field(max_length=limits.MESSAGES_PER_REQUEST)] | None
    ) = None


class ThreadAndRunCreateParams(RunSettings):
    thread: ThreadCreateParams | None = None
    tool_resources: common.ToolResources | None = None


class OverrideParams(RunSettings):
    """What may replace parts of an assistant's configuration before it is frozen."""

    additional_instructions: Instructions | None = None
    tool_resources: common.ToolResources | None = None


class RunModifyParams(Params):
    metadata: common.Metadata | None = None


class ToolOutput(Params):
    tool_call_id: str
    # The vendor does not require it: a function may have nothing to return. Some clients then send
    # null.
    output: Annotated[str, StringConstraints(max_length=limits.TOOL_OUTPUT_BYTES)] | None = None


class ToolOutputsParams(Params):
    tool_outputs: list[ToolOutput]
    stream: bool | None = None


def run_object(run: Run) -> dict[str, Any]:
    """Return the vendor's ``thread.run`` object."""
    reason = run.incomplete_reason
    ended = run.status in run_status.TERMINAL
    return {
        "id": run.id,
        "object": "thread.run",
        "created_at": common.unix_time(run.created_at),
        "thread_id": run.thread_id,
        "assistant_id": run.assistant_id,
        "status": run.status,
        "required_action": run.required_action,
        "last_error": run.last_error,
        # Null as soon as the run has ended, because it can no longer expire.
        "expires_at": None if ended else common.unix_time(run.expires_at),
        "started_at": common.unix_time(run.started_at),
        "cancelled_at": common.unix_time(run.cancelled_at),
        "failed_at": common.unix_time(run.failed_at),
        "completed_at": common.unix_time(run.completed_at),
        "incomplete_details": {"reason": reason} if reason else None,
        "model": run.model,
        "instructions": run.instructions,
        "tools": shown_tools(run.tools),
        "metadata": run.metadata,
        # The vendor promises null until the run has ended.
        "usage": usage_object(run.usage) if ended else None,
        "temperature": 1.0 if run.temperature is None else run.temperature,
        "top_p": 1.0 if run.top_p is None else run.top_p,
        "max_prompt_tokens": run.max_prompt_tokens,
        "max_completion_tokens": run.max_completion_tokens,
        "truncation_strategy": run.truncation_strategy,
        "tool_choice": run.tool_choice,
        "parallel_tool_calls": run.parallel_tool_calls,
        "response_format": run.response_format,
        "reasoning_effort": run.reasoning_effort,
        "tool_resources": shown_resources(run.tool_resources, run.tools),
    }


def usage_object(usage: dict[str, Any]) -> dict[str, Any]:
    """Return the vendor's ``usage`` object, with zeros if the provider was never reached."""
    prompt, completion = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        # The details are not in the vendor's document. Its service used both spellings.
        "prompt_token_details": {"cached_tokens": usage.get("cached_tokens", 0)},
        "completion_tokens_details": {"reasoning_tokens": usage.get("reasoning_tokens", 0)},
    }


def required_action(calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the ``required_action`` of a run that waits for the outputs of these function calls.

    `calls` are entries of `step_details`, whose outputs are left out.
    """
    return {
        "type": "submit_tool_outputs",
        "submit_tool_outputs": {
            "tool_calls": [
                {
                    "id": call["id"],
                    "type": FUNCTION,
                    "function": {
                        "name": call["function"]["name"],
                        "arguments": call["function"]["arguments"],
                    },
                }
                for call in calls
            ]
        },
    }
