"""A thread's messages, tool calls, reasoning and early ends of runs, in their order."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from django.utils.safestring import SafeString

from assistants_app.domain.ids import sort_key
from assistants_app.models import Message, RunStep
from assistants_app.models.snapshots import ThreadPart
from assistants_app.rendering.people.talk import render_talk
from assistants_app.rendering.runs.end_line import end_line_key, render_end_line
from assistants_app.rendering.threads.branches import Beside, branch_key, render_branches
from assistants_app.rendering.threads.messages import (
    image_ids,
    render_bare_message,
    render_message,
    render_reasoning,
)
from assistants_app.rendering.threads.replies import replies_of
from assistants_app.rendering.tool_calls.cards import render_calls
from assistants_app.rendering.tool_calls.sealed import Look
from assistants_app.wire.runs.steps import MESSAGE_CREATION, TOOL_CALLS, full_step_object
from assistants_app.wire.threads.messages import message_object

Row = tuple[str, str]  # sort key and HTML


def render_items(
    part: ThreadPart, bodies: Mapping[str, str], beside: Beside | None = None
) -> SafeString:
    """Render all rows.

    `bodies`: the HTML so far of messages being written, by message ID. `beside`: what is open where
    forks part.
    """
    rows = [*_messages(part, bodies), *_tool_calls(part), *_thoughts(part), *_ends(part)]
    project_id = part.thread.project_id
    rows += [(branch_key(one), render_branches(one, project_id, beside)) for one in part.branches]
    return SafeString("".join(html for key, html in sorted(rows) if part.span.has(key)))


def render_bare_items(
    part: ThreadPart, bodies: Mapping[str, str], look: Look = Look.BARE
) -> SafeString:
    """Render the rows without authors of messages, what one can do with them, and ends of runs.

    `bodies` is as in :func:`render_items`. `look` is that of the cards of calls.
    """
    led_to, shown = _steps_of_copies(part), _shown_images(part)
    rows = [*_tool_calls(part, look), *_thoughts(part)]
    for message in part.messages:
        html = render_bare_message(
            message_object(message),
            part.names,
            part.thread.project_id,
            body=bodies.get(message.id, ""),
        )
        calls = _copied_calls(part, message, led_to, shown, look)
        rows.append((sort_key(message.id), "".join([*calls, html])))
    return SafeString("".join(html for key, html in sorted(rows) if part.span.has(key)))


def _messages(part: ThreadPart, bodies: Mapping[str, str]) -> Iterator[Row]:
    replies = replies_of(part.messages, part.replies)
    led_to = _steps_of_copies(part)
    shown = _shown_images(part)
    for message in part.messages:
        html = render_message(
            message_object(message),
            part.names,
            part.thread.project_id,
            body=bodies.get(message.id, ""),
            reply=replies.get(message.id),
            talk=render_talk(
                part.thread.project_id, part.thread.id, message.id, part.talk.get(message.id)
            ),
        )
        # Steps of the original run are older than the copy of its reply, so they share its row.
        yield sort_key(message.id), "".join([*_copied_calls(part, message, led_to, shown), html])


def _steps_of_copies(part: ThreadPart) -> dict[str, list[RunStep]]:
    """Return the tool calls that led to copied replies, by the IDs of the originals."""
    calls: defaultdict[str, list[RunStep]] = defaultdict(list)
    led_to = {}
    for step in part.replies.steps if any(item.copied_from_id for item in part.messages) else ():
        if step.type == TOOL_CALLS:
            calls[step.run_id].append(step)
        else:
            led_to[step.step_details[MESSAGE_CREATION]["message_id"]] = calls.pop(step.run_id, [])
    return led_to


def _copied_calls(
    part: ThreadPart,
    copy: Message,
    led_to: Mapping[str, list[RunStep]],
    shown: Collection[str],
    look: Look = Look.WHOLE,
) -> Iterator[str]:
    for step in led_to.get(copy.copied_from_id or "", ()):
        project_id = part.thread.project_id
        yield render_calls(full_step_object(step), project_id, shown=shown, copied=True, look=look)


def _shown_images(part: ThreadPart) -> set[str]:
    return {
        file_id for message in part.messages for file_id in image_ids({"content": message.content})
    }


def _tool_calls(part: ThreadPart, look: Look = Look.WHOLE) -> Iterator[Row]:
    shown = _shown_images(part)
    for step in part.steps:
        # Before it is rendered, because the cards of a long run are most of a part's HTML.
        if step.type == TOOL_CALLS and part.span.has(sort_key(step.id)):
            project_id = part.thread.project_id
            html = render_calls(full_step_object(step), project_id, shown=shown, look=look)
            yield sort_key(step.id), html


def _thoughts(part: ThreadPart) -> Iterator[Row]:
    # Reasoning that led to no step, for example because the run failed, is in the run's row.
    thoughts = [step.reasoning for step in part.steps] + [run.reasoning for run in part.passed]
    for thought in thoughts:
        if thought:
            yield sort_key(thought["id"]), render_reasoning(**thought)


def _ends(part: ThreadPart) -> Iterator[Row]:
    steps: defaultdict[str, list[RunStep]] = defaultdict(list)
    for step in part.steps:
        steps[step.run_id].append(step)
    for run in part.passed:
        if html := render_end_line(run, steps[run.id]):
            own = (message.id for message in part.messages if message.run_id == run.id)
            yield end_line_key(run, steps[run.id], own), html
