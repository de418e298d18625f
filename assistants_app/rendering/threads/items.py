"""A thread's items, messages and tool calls in the order in which they came."""

from collections.abc import Mapping, Sequence

from django.utils.safestring import SafeString

from assistants_app.domain.ids import sort_key
from assistants_app.models import Message, Run, RunStep
from assistants_app.rendering.threads.messages import render_message, render_reasoning
from assistants_app.rendering.threads.replies import Reply
from assistants_app.rendering.tool_calls.cards import render_calls
from assistants_app.wire.runs.steps import TOOL_CALLS, full_step_object
from assistants_app.wire.threads.messages import message_object


def render_items(
    messages: Sequence[Message],
    steps: Sequence[RunStep],
    runs: Sequence[Run],
    names: Mapping[str, str],
    bodies: Mapping[str, str],
    project_id: str,
    replies: Mapping[str, Reply],
) -> SafeString:
    """All rows. `names`: of assistants and files, by id; `bodies`: HTML so far of messages that are
    being written, and `replies`, both by message id.
    """
    rows: list[tuple[str, str]] = [
        (
            sort_key(message.id),
            render_message(
                message_object(message),
                names,
                project_id,
                body=bodies.get(message.id, ""),
                reply=replies.get(message.id),
            ),
        )
        for message in messages
    ]
    rows += [
        (sort_key(step.id), render_calls(full_step_object(step), project_id))
        for step in steps
        if step.type == TOOL_CALLS
    ]
    thoughts = [step.reasoning for step in steps] + [run.reasoning for run in runs]
    rows += [
        (sort_key(thought["id"]), render_reasoning(**thought)) for thought in thoughts if thought
    ]
    return SafeString("".join(html for _, html in sorted(rows)))
