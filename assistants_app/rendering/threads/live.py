"""A thread that changes: turns events into operations on the page.

Operations are dicts that ``static/js/threads/frames.js`` applies. Each has the ID of an element:
``upsert`` (replace it, or append it to `into`), ``inner`` (replace its contents), ``before``
(insert before it), ``append`` (append `text`, unescaped; for a message that grows, to its last
code) and ``remove``. The page skips an operation whose element doesn't exist, so a late one does no
harm. ``gone`` means that the thread was deleted.

A page may show an earlier part of a long thread. It then skips new rows, and counts the messages
among them.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.domain import event_names, run_status
from assistants_app.domain.tools import CODE_INTERPRETER, FUNCTION
from assistants_app.events.log import Event
from assistants_app.models.snapshots import ThreadRuns, ThreadSnapshot
from assistants_app.rendering.runs.announcements import said_of
from assistants_app.rendering.runs.outcome import current_object, render_controls, render_status
from assistants_app.rendering.runs.progress import activity_of
from assistants_app.rendering.runs.waiting_card import render_outcome
from assistants_app.rendering.threads.changes import Changes, PanelChanges, Unfinished
from assistants_app.rendering.threads.growing import (
    ITEMS,
    GrowingBody,
    GrowingReasoning,
    GrowingStep,
    GrowingTokens,
    Operation,
    activity_operations,
)
from assistants_app.rendering.threads.items import render_bare_items
from assistants_app.rendering.threads.messages import image_ids, render_bare_message, render_message
from assistants_app.rendering.threads.replies import Reply
from assistants_app.rendering.threads.state import render_panels, render_thread, span_of
from assistants_app.rendering.tool_calls.pictures import picture_id
from assistants_app.rendering.tool_calls.sealed import Look

# Of changes of panels, in all threads.
_numbers = count(1)


def whole_state(snapshot: ThreadSnapshot, bodies: Mapping[str, str]) -> list[Operation]:
    """Return operations that make any page show the snapshot. `bodies`: the HTML so far of messages
    being written, by message ID.
    """
    html = render_thread(snapshot, bodies)
    return [
        {"op": "inner", "id": ITEMS, "html": html.items, **span_of(snapshot.part)},
        {"op": "inner", "id": "run-log", "html": html.log},
        {"op": "inner", "id": "waiting", "html": html.waiting},
        {"op": "inner", "id": "outcome", "html": html.outcome},
        *_run_operations(snapshot.thread.project_id, current_object(snapshot.runs)),
    ]


def catch_up(snapshot: ThreadSnapshot, unfinished: Unfinished) -> list[Operation]:
    """Return operations that make any page show the snapshot and what is being written.

    The snapshot must be newer than `unfinished`.
    """
    # So a row that has ended in the snapshot is complete there, even if it's in `unfinished`, too.
    operations = whole_state(snapshot, unfinished.bodies)
    if _is_busy(snapshot):
        operations += unfinished.operations(without=_ended_in(snapshot))
        operations += activity_operations(unfinished.activity)
    return operations


def lane_state(snapshot: ThreadSnapshot, unfinished: Unfinished, look: Look) -> list[Operation]:
    """Return operations that make a column of a comparison show the snapshot and what is being
    written, as :func:`catch_up` does for a thread's own page.
    """
    html = render_bare_items(snapshot.part, unfinished.bodies, look)
    operations: list[Operation] = [{"op": "inner", "id": ITEMS, "html": html}]
    if _is_busy(snapshot):
        operations += unfinished.operations(without=_ended_in(snapshot))
    return operations


def panel_operations(runs: ThreadRuns, changed: PanelChanges) -> list[Operation]:
    """Return operations that redraw changed panels beside the thread's rows."""
    panels = render_panels(runs) if changed.log else {}
    if changed.outcome:
        panels["outcome"] = render_outcome(runs)
    return [{"op": "inner", "id": name, "html": html} for name, html in panels.items()]


def _run_operations(project_id: str, run: dict[str, Any] | None) -> list[Operation]:
    return [
        {"op": "inner", "id": "thread-status", "html": render_status(run)},
        {"op": "inner", "id": "run-controls", "html": render_controls(project_id, run)},
    ]


def _is_busy(snapshot: ThreadSnapshot) -> bool:
    current = snapshot.runs.current
    return current is not None and current.status in run_status.ACTIVE


def _ended_in(snapshot: ThreadSnapshot) -> set[str]:
    """Return the IDs of rows that are complete in the snapshot."""
    messages = [row for row in snapshot.messages if row.status != run_status.IN_PROGRESS]
    steps = [step for step in snapshot.steps if step.status != run_status.IN_PROGRESS]
    runs = [run for run in snapshot.runs.newest if run.status in run_status.TERMINAL]
    # A model may think again while it writes: reasoning is complete when its step is.
    thoughts = [step.reasoning for step in steps] + [run.reasoning for run in runs]
    return (
        {message.id for message in messages}
        | {step.id for step in steps}
        | {thought["id"] for thought in thoughts if thought}
    )


class LiveThread:
    """A thread as its viewers see it: rows being written, and changes since the last frame.

    Apply events, then take the changes. Facts that events don't contain must be learned first.
    `look`: unless it is `WHOLE`, messages don't show who wrote them and what one can do with them.
    """

    def __init__(self, project_id: str, *, look: Look = Look.WHOLE) -> None:
        self.project_id = project_id
        self._look = look
        self._run: dict[str, Any] | None = None
        self._names: dict[str, str] = {}
        self._replies: dict[str, Reply] = {}
        self._ends: dict[str, str] = {}
        self._talk: dict[str, SafeString] = {}
        self._bodies: dict[str, GrowingBody] = {}
        self._steps: dict[str, GrowingStep] = {}
        self._reasoning: dict[str, GrowingReasoning] = {}
        self._tokens = GrowingTokens()
        self._complete: set[str] = set()
        self._thinks = False  # the newest event was reasoning
        self._grown_reasoning: set[str] = set()
        self._grown_bodies: set[str] = set()
        self._grown_steps: set[str] = set()
        self._operations: list[Operation] = []
        self._announcement = ""
        self._panels = PanelChanges()

    @property
    def panels(self) -> PanelChanges:
        """Return which panels have changed since the last frame."""
        return self._panels

    @property
    def run(self) -> dict[str, Any] | None:
        """Return the current run as in the API, or None."""
        return self._run

    def unnamed(self, ids: Iterable[str]) -> list[str]:
        """Return the IDs, of assistants or files, whose names must be learned."""
        return [object_id for object_id in ids if object_id not in self._names]

    def learn(
        self,
        *,
        names: Mapping[str, str] | None = None,
        replies: Mapping[str, Reply] | None = None,
        ends: Mapping[str, str] | None = None,
        talk: Mapping[str, SafeString] | None = None,
    ) -> None:
        """Add names of assistants and files by ID, replies and what people say about messages by
        message ID, and the lines that runs leave by run ID.
        """
        self._names.update(names or {})
        self._replies.update(replies or {})
        self._ends.update(ends or {})
        self._talk.update(talk or {})

    def apply(self, event: Event) -> None:
        """Apply an event."""
        handler = _HANDLERS.get(event.name)
        if handler is not None:
            handler(self, event)
        elif event.name.startswith("thread.run.step."):
            self._step_changed(event)
        elif event.name.startswith("thread.run."):
            self._run_changed(event)

    def take_changes(self) -> Changes:
        """Return the changes since the last call, and forget them."""
        self._flush_reasoning()
        operations = self._operations
        for message_id in self._grown_bodies & set(self._bodies):
            operations += self._bodies[message_id].operations()
        for step_id in self._grown_steps & set(self._steps):
            operations += self._steps[step_id].operations()
        changes = Changes(
            operations,
            self._announcement,
            self._panels,
            self._activity(),
            self._tokens.operations(again=self._panels.log),
        )
        self._operations, self._announcement = [], ""
        self._panels = PanelChanges()
        self._grown_bodies.clear()
        self._grown_steps.clear()
        return changes

    def unfinished(self) -> Unfinished:
        """Return what is being written. Take the changes first, because they are part of it."""
        return Unfinished(
            reasoning={key: growing.row() for key, growing in self._reasoning.items()},
            bodies={key: growing.html for key, growing in self._bodies.items()},
            cards={key: step.card() for key, step in self._steps.items() if step.calls},
            activity=self._activity(),
        )

    def start_from(self, snapshot: ThreadSnapshot) -> None:
        """Take the current run from the database, unless an event has already reported it."""
        # No event has, if the log has expired.
        if self._run is None:
            self._run = current_object(snapshot.runs)

    def reset_to(self, snapshot: ThreadSnapshot) -> None:
        """Take the current run from the database, and close the rows that are complete there."""
        self._run = current_object(snapshot.runs)
        growing: tuple[dict[str, Any], ...] = (self._bodies, self._steps, self._reasoning)
        # The events that report an end may have been lost while the log was away. They may also
        # be late, and then they would draw a complete row again with less than it has.
        self._complete = _ended_in(snapshot)
        if not _is_busy(snapshot):
            self._complete.update(*growing)
        for rows in growing:
            for row_id in self._complete & set(rows):
                del rows[row_id]

    def _activity(self) -> str:
        calls = [call for step in self._steps.values() for call in step.calls]
        if calls:
            return activity_of(calls)
        return _("thinking") if self._thinks else ""

    def _message_changed(self, event: Event) -> None:
        message = event.content
        if message["status"] == run_status.IN_PROGRESS:
            if message["id"] in self._complete:
                return
            growing = GrowingBody(self.project_id, message["id"])
            body = self._bodies.setdefault(message["id"], growing).html
        else:
            self._bodies.pop(message["id"], None)
            body = ""
        html = self._render_message(message, body)
        self._operations.append({"op": "upsert", "id": message["id"], "into": ITEMS, "html": html})
        self._leave_to_message(image_ids(message))

    def _render_message(self, message: dict[str, Any], body: str) -> SafeString:
        if self._look is not Look.WHOLE:
            return render_bare_message(message, self._names, self.project_id, body=body)
        reply = self._replies.get(message["id"])
        talk = self._talk.pop(message["id"], "")
        return render_message(
            message, self._names, self.project_id, body=body, reply=reply, talk=talk
        )

    def _message_grew(self, event: Event) -> None:
        body = self._bodies.get(event.content["id"])
        if body is None:
            return
        for part in event.content["delta"]["content"]:
            body.take(part)
            if part["type"] == "image_file":
                self._leave_to_message([part["image_file"]["file_id"]])
            self._tokens.take(part.get("text", {}).get("value"), part.get("refusal"))
        self._grown_bodies.add(event.content["id"])

    def _leave_to_message(self, file_ids: Iterable[str]) -> None:
        # The card of the code has shown these images until now.
        self._operations += [{"op": "remove", "id": picture_id(file_id)} for file_id in file_ids]

    def _talk_changed(self, event: Event) -> None:
        message_id = event.content["id"]
        html = self._talk.pop(message_id, "")
        self._operations.append({"op": "inner", "id": f"talk-{message_id}", "html": html})

    def _message_deleted(self, event: Event) -> None:
        self._operations.append({"op": "remove", "id": event.content["id"]})

    def _thread_deleted(self, event: Event) -> None:
        self._operations.append({"op": "gone"})

    def _step_changed(self, event: Event) -> None:
        step = event.content
        self._change_panels(outcome=True)
        self._thinks = False
        if step["type"] != "tool_calls" or step["id"] in self._complete:
            return
        new = GrowingStep(self.project_id, step, self._look)
        if step["status"] == run_status.IN_PROGRESS:
            self._steps.setdefault(step["id"], new)
            return
        self._tokens.restart()
        growing = self._steps.pop(step["id"], None) or new
        if step["step_details"]["tool_calls"]:
            self._operations.append(growing.end(step))

    def _step_grew(self, event: Event) -> None:
        step = self._steps.get(event.content["id"])
        if step is not None:
            for delta in event.content["delta"]["step_details"]["tool_calls"]:
                step.take(delta)
                self._tokens.take(
                    delta.get(CODE_INTERPRETER, {}).get("input"),
                    delta.get(FUNCTION, {}).get("arguments"),
                )
            self._grown_steps.add(event.content["id"])

    def _code_runs(self, event: Event) -> None:
        # The model call has ended and is stored, so the log has a new row.
        self._change_panels(outcome=False)
        if step := self._steps.get(event.content["id"]):
            step.runs(event.content["index"])
            self._grown_steps.add(event.content["id"])

    def _call_ended(self, event: Event) -> None:
        if step := self._steps.get(event.content["id"]):
            step.ended(event.content["index"], event.content["result"])
            self._grown_steps.add(event.content["id"])

    def _run_changed(self, event: Event) -> None:
        is_queued = self._is_queued(event.content)
        self._change_panels(outcome=not is_queued)
        self._thinks = False
        if line := self._ends.pop(event.content["id"], ""):
            row = f"end-{event.content['id']}"
            self._operations.append({"op": "upsert", "id": row, "into": ITEMS, "html": line})
        if is_queued:
            return
        self._run = event.content
        self._tokens.restart()
        if self._run["status"] in run_status.TERMINAL:
            self._end_writing()
        self._operations += _run_operations(self.project_id, self._run)
        if event.name in event_names.STREAM_END:
            self._announcement = said_of(self._run, self._names)

    def _change_panels(self, *, outcome: bool) -> None:
        outcome = outcome or self._panels.outcome
        self._panels = PanelChanges(log=True, outcome=outcome, number=next(_numbers))

    def _reasoning_grew(self, event: Event) -> None:
        reasoning_id = event.content["id"]
        self._thinks = True
        if reasoning_id in self._complete:
            return
        self._tokens.take(event.content["text"])
        growing = self._reasoning.get(reasoning_id)
        if growing is not None:
            growing.take(event.content["text"])
            self._grown_reasoning.add(reasoning_id)
            return
        growing = self._reasoning[reasoning_id] = GrowingReasoning(reasoning_id)
        growing.take(event.content["text"])
        # Now, not with the next frame's growth: rows that come later must be below it.
        self._operations += growing.operations()

    def _end_writing(self) -> None:
        self._steps.clear()
        self._bodies.clear()
        self._flush_reasoning()
        self._reasoning.clear()

    def _flush_reasoning(self) -> None:
        for reasoning_id in self._grown_reasoning & set(self._reasoning):
            self._operations += self._reasoning[reasoning_id].operations()
        self._grown_reasoning.clear()

    def _is_queued(self, run: dict[str, Any]) -> bool:
        # A queued run that waits for the current run must not take its place in the page's
        # controls, even if it's cancelled while it waits.
        current = self._run
        busy = current is not None and current["status"] in run_status.ACTIVE
        return busy and current is not None and run["id"] != current["id"] and not run["started_at"]


_HANDLERS: dict[str, Callable[[LiveThread, Event], None]] = {
    event_names.MESSAGE_CREATED: LiveThread._message_changed,
    event_names.MESSAGE_COMPLETED: LiveThread._message_changed,
    event_names.MESSAGE_INCOMPLETE: LiveThread._message_changed,
    event_names.MESSAGE_MODIFIED: LiveThread._message_changed,
    event_names.MESSAGE_DELTA: LiveThread._message_grew,
    event_names.MESSAGE_DELETED: LiveThread._message_deleted,
    event_names.TALK_CHANGED: LiveThread._talk_changed,
    event_names.THREAD_DELETED: LiveThread._thread_deleted,
    event_names.STEP_DELTA: LiveThread._step_grew,
    event_names.REASONING: LiveThread._reasoning_grew,
    event_names.CODE_RUNS: LiveThread._code_runs,
    event_names.CALL_ENDED: LiveThread._call_ended,
}
