"""A thread as it changes: folds events into operations on the page.

Operations are plain dicts, applied by ``static/js/threads/frames.js``. Each names an id:
``upsert`` (replace it, or append it to `into`), ``inner`` (replace what is in it), ``before``
(insert before it), ``append`` (`text` as it is), ``remove``. An operation whose element is not
there is passed over, so that one that comes late does no harm.
"""

from collections.abc import Callable, Mapping
from typing import Any

from assistants_app.domain import event_names, run_status
from assistants_app.events.log import Event
from assistants_app.rendering.runs.announcements import said_of
from assistants_app.rendering.runs.outcome import render_controls, render_status
from assistants_app.rendering.threads.growing import (
    ITEMS,
    GrowingBody,
    GrowingReasoning,
    GrowingStep,
    Operation,
)
from assistants_app.rendering.threads.messages import render_message
from assistants_app.rendering.threads.replies import Reply
from assistants_app.rendering.threads.state import ThreadState


def whole_state(project_id: str, state: ThreadState) -> list[Operation]:
    """Operations that make any page show this state."""
    live = LiveThread(project_id, {})
    live.run = state.run
    return [
        {"op": "inner", "id": "items", "html": state.items},
        {"op": "inner", "id": "run-log", "html": state.log},
        {"op": "inner", "id": "waiting", "html": state.waiting},
        {"op": "inner", "id": "outcome", "html": state.outcome},
        *live.run_state(),
    ]


class LiveThread:
    """What the viewers of a thread see that the database does not have yet, and what changed.

    `names`: assistants' names by id, and `replies`, by message id, are kept up to date by the
    owner. `run`: the current run on the wire, or None. `log_changed`, `outcome_changed`: what
    stands beside the thread's rows, and what came of the run, have to be drawn anew from the
    database.
    """

    def __init__(self, project_id: str, names: Mapping[str, str]) -> None:
        self.project_id = project_id
        self.names = names
        self.replies: dict[str, Reply] = {}
        self.run: dict[str, Any] | None = None
        self.log_changed = False
        self.outcome_changed = False
        self.announcement = ""
        self._bodies: dict[str, GrowingBody] = {}
        self._steps: dict[str, GrowingStep] = {}
        self._reasoning: dict[str, GrowingReasoning] = {}
        self._grown_reasoning: set[str] = set()
        self._grown_bodies: set[str] = set()
        self._grown_steps: set[str] = set()
        self._operations: list[Operation] = []

    def apply(self, event: Event) -> None:
        """Take in one event."""
        handler = _HANDLERS.get(event.name)
        if handler is not None:
            handler(self, event)
        elif event.name.startswith("thread.run.step."):
            self._step_changed(event)
        elif event.name.startswith("thread.run."):
            self._run_changed(event)

    def take_operations(self) -> list[Operation]:
        """What changed since the last call, in order."""
        operations, self._operations = self._operations, []
        for reasoning_id in self._grown_reasoning:
            operations += self._reasoning[reasoning_id].operations()
        self._grown_reasoning.clear()
        for message_id in self._grown_bodies & set(self._bodies):
            operations += self._bodies[message_id].operations()
        for step_id in self._grown_steps & set(self._steps):
            operations += self._steps[step_id].operations()
        self._grown_bodies.clear()
        self._grown_steps.clear()
        return operations

    def open_bodies(self) -> dict[str, str]:
        """The HTML so far of messages that are being written, by message id."""
        return {message_id: body.html for message_id, body in self._bodies.items()}

    def open_state(self) -> list[Operation]:
        """Operations that bring any page up to what is being written now."""
        bodies = [
            {"op": "inner", "id": f"body-{message_id}", "html": body.html}
            for message_id, body in self._bodies.items()
        ]
        thoughts = [reasoning.row() for reasoning in self._reasoning.values()]
        return thoughts + bodies + [step.card() for step in self._steps.values() if step.calls]

    def run_state(self) -> list[Operation]:
        """Operations for what depends on nothing but the current run's status."""
        controls = render_controls(self.project_id, self.run)
        return [
            {"op": "inner", "id": "thread-status", "html": render_status(self.run)},
            {"op": "inner", "id": "run-controls", "html": controls},
        ]

    def _message_changed(self, event: Event) -> None:
        message = event.content
        if message["status"] == run_status.IN_PROGRESS:
            growing = GrowingBody(self.project_id, message["id"])
            body = self._bodies.setdefault(message["id"], growing).html
        else:
            self._bodies.pop(message["id"], None)
            body = ""
        reply = self.replies.get(message["id"])
        html = render_message(message, self.names, self.project_id, body=body, reply=reply)
        self._operations.append({"op": "upsert", "id": message["id"], "into": ITEMS, "html": html})

    def _message_grew(self, event: Event) -> None:
        body = self._bodies.get(event.content["id"])
        if body is None:
            return
        for part in event.content["delta"]["content"]:
            body.take(part)
        self._grown_bodies.add(event.content["id"])

    def _message_deleted(self, event: Event) -> None:
        self._operations.append({"op": "remove", "id": event.content["id"]})

    def _thread_deleted(self, event: Event) -> None:
        self._operations.append({"op": "gone"})

    def _step_changed(self, event: Event) -> None:
        step = event.content
        self.log_changed = True
        if step["type"] != "tool_calls":
            return
        if step["status"] == run_status.IN_PROGRESS:
            self._steps.setdefault(step["id"], GrowingStep(self.project_id, step))
            return
        growing = self._steps.pop(step["id"], None) or GrowingStep(self.project_id, step)
        if step["step_details"]["tool_calls"]:
            self._operations.append(growing.end(step))

    def _step_grew(self, event: Event) -> None:
        step = self._steps.get(event.content["id"])
        if step is not None:
            for delta in event.content["delta"]["step_details"]["tool_calls"]:
                step.take(delta)
            self._grown_steps.add(event.content["id"])

    def _code_runs(self, event: Event) -> None:
        if step := self._steps.get(event.content["id"]):
            step.runs(event.content["index"])
            self._grown_steps.add(event.content["id"])

    def _call_ended(self, event: Event) -> None:
        if step := self._steps.get(event.content["id"]):
            step.ended(event.content["index"], event.content["result"])
            self._grown_steps.add(event.content["id"])

    def _run_changed(self, event: Event) -> None:
        self.log_changed = True
        if self._waits(event.content):
            return
        self.run = event.content
        self.outcome_changed = True
        if self.run["status"] in run_status.TERMINAL:
            self._steps.clear()
            self._bodies.clear()
            self._end_reasoning()
        self._operations += self.run_state()
        if event.name in event_names.STREAM_END:
            self.announcement = said_of(self.run, self.names)

    def _thought(self, event: Event) -> None:
        reasoning_id = event.content["id"]
        growing = self._reasoning.get(reasoning_id)
        if growing is not None:
            growing.take(event.content["text"])
            self._grown_reasoning.add(reasoning_id)
            return
        growing = self._reasoning[reasoning_id] = GrowingReasoning(reasoning_id)
        growing.take(event.content["text"])
        self._operations += growing.operations()  # now: its row stands where it began

    def _end_reasoning(self) -> None:
        for reasoning_id in self._grown_reasoning:
            self._operations += self._reasoning[reasoning_id].operations()
        self._grown_reasoning.clear()
        self._reasoning.clear()

    def _waits(self, run: dict[str, Any]) -> bool:
        """Whether the run is one that waits, or waited, for another that is active."""
        busy = self.run is not None and self.run["status"] in run_status.ACTIVE
        return (
            busy and self.run is not None and run["id"] != self.run["id"] and not run["started_at"]
        )


_HANDLERS: dict[str, Callable[[LiveThread, Event], None]] = {
    event_names.MESSAGE_CREATED: LiveThread._message_changed,
    event_names.MESSAGE_COMPLETED: LiveThread._message_changed,
    event_names.MESSAGE_INCOMPLETE: LiveThread._message_changed,
    event_names.MESSAGE_MODIFIED: LiveThread._message_changed,
    event_names.MESSAGE_DELTA: LiveThread._message_grew,
    event_names.MESSAGE_DELETED: LiveThread._message_deleted,
    event_names.THREAD_DELETED: LiveThread._thread_deleted,
    event_names.STEP_DELTA: LiveThread._step_grew,
    event_names.REASONING: LiveThread._thought,
    event_names.CODE_RUNS: LiveThread._code_runs,
    event_names.CALL_ENDED: LiveThread._call_ended,
}
