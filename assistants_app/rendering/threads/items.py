"""A thread's messages, tool calls and reasoning, in the order in which they were created."""

from collections.abc import Mapping

from django.utils.safestring import SafeString

from assistants_app.domain.ids import sort_key
from assistants_app.models.snapshots import ThreadSnapshot
from assistants_app.rendering.threads.messages import image_ids, render_message, render_reasoning
from assistants_app.rendering.threads.replies import replies_of
from assistants_app.rendering.tool_calls.cards import render_calls
from assistants_app.wire.runs.steps import TOOL_CALLS, full_step_object
from assistants_app.wire.threads.messages import message_object


def render_items(snapshot: ThreadSnapshot, bodies: Mapping[str, str]) -> SafeString:
    """Render all rows. `bodies`: the HTML so far of messages being written, by message ID."""
    project_id = snapshot.thread.project_id
    replies = replies_of(snapshot.messages, snapshot.replies)
    rows: list[tuple[str, str]] = [
        (
            sort_key(message.id),
            render_message(
                message_object(message),
                snapshot.names,
                project_id,
                body=bodies.get(message.id, ""),
                reply=replies.get(message.id),
            ),
        )
        for message in snapshot.messages
    ]
    shown = {
        file_id
        for message in snapshot.messages
        for file_id in image_ids({"content": message.content})
    }
    rows += [
        (sort_key(step.id), render_calls(full_step_object(step), project_id, shown=shown))
        for step in snapshot.steps
        if step.type == TOOL_CALLS
    ]
    # Reasoning that led to no step, for example because the run failed, is in the run's row.
    thoughts = [step.reasoning for step in snapshot.steps]
    thoughts += [run.reasoning for run in snapshot.runs.newest]
    rows += [
        (sort_key(thought["id"]), render_reasoning(**thought)) for thought in thoughts if thought
    ]
    return SafeString("".join(html for _, html in sorted(rows)))
