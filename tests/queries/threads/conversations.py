"""Questions, replies and runs for threads of tests."""

from typing import Any

from assistants_app.models import Message, Run, RunStep
from assistants_app.wire.runs.runs import required_action
from assistants_app.wire.runs.steps import (
    function_call,
    message_creation_details,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import attachment, text_part
from tests.cast import Cast, make_run

CALL = function_call("call_paris", "get_weather", '{"city": "Paris"}', None)


def ask(cast: Cast, text: str = "Why?", **columns: Any) -> Message:
    """A user's message with a file."""
    return Message.objects.create(
        thread=cast.thread,
        role="user",
        content=[text_part(text)],
        attachments=[attachment(cast.file.id, "code_interpreter")],
        has_attachments=True,
        **columns,
    )


def reply(cast: Cast, text: str = "Because.", **columns: Any) -> Message:
    """A completed run with its reply."""
    run = make_run(cast.project, cast.thread, cast.assistant, status="completed")
    message = Message.objects.create(
        thread=cast.thread,
        role="assistant",
        content=[text_part(text)],
        assistant_id=cast.assistant.id,
        run_id=run.id,
        **columns,
    )
    add_step(run, message_creation_details(message.id), status="completed")
    return message


def waiting_run(cast: Cast) -> Run:
    """A run that waits for the output of a function."""
    run = make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        status="requires_action",
        required_action=required_action([CALL]),
    )
    add_step(run, tool_calls_details([CALL]))
    return run


def add_step(run: Run, details: dict[str, Any], **columns: Any) -> RunStep:
    """A step of the run."""
    return RunStep.objects.create(
        run=run,
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type=details["type"],
        step_details=details,
        usage={"prompt_tokens": 10, "completion_tokens": 5},
        **columns,
    )
