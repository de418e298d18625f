"""The messages and tool calls of a thread that its model is shown, newest first."""

from collections.abc import Iterable, Iterator

from assistants_app.domain import run_status
from assistants_app.domain.ids import sort_key
from assistants_app.domain.tools import CODE_INTERPRETER
from assistants_app.engine.past_calls import result_of
from assistants_app.models import Run, RunStep
from assistants_app.queries.runs.runs import (
    completed_calls_of_runs,
    may_have_steps,
    steps_of_runs,
)
from assistants_app.queries.threads.prompt_messages import PromptMessage, prompt_messages
from assistants_app.tools.code_interpreter.words import IN_OTHER_THREAD
from assistants_app.wire.runs.steps import MESSAGE_CREATION, TOOL_CALLS

Row = PromptMessage | RunStep

# Replies that ended this way are half a thought that the model should not take for its own. One
# that a person stopped is shown.
LEFT_OUT = {"run_failed", "content_filter"}


def newest_rows(run: Run, first: list[PromptMessage] | None = None) -> Iterator[Row]:
    """Yield the messages and completed tool calls of the run's thread, newest first.

    They are read in batches, so a long thread costs only as much as its prompt needs. In a fork,
    the calls behind the copies are those of the original runs. `first` is as in `prompt_messages`.
    """
    known = {run.id}
    steps = completed_calls_of_runs(known) if may_have_steps(run) else []
    copied = _CopiedCalls()
    for batch in prompt_messages(run.thread_id, first):
        run_ids = {message.run_id for message in batch if message.run_id} - known
        if run_ids:
            known |= run_ids
            steps += completed_calls_of_runs(run_ids)
            steps.sort(key=lambda step: step.pk, reverse=True)
        copied.read(batch)
        for message in batch:
            while steps and sort_key(steps[0].pk) > sort_key(message.id):
                yield steps.pop(0)
            yield from copied.after(message)
            if _is_shown(message):
                yield message
    yield from copied.rest()
    yield from steps


def run_behind(message: PromptMessage) -> str | None:
    """Return the id of the run that wrote the message or the original of the copy."""
    return message.run_id or message.copied_run_id


def _is_shown(message: PromptMessage) -> bool:
    return message.status != run_status.IN_PROGRESS and message.incomplete_reason not in LEFT_OUT


class _CopiedCalls:
    """The calls of the runs whose replies a fork has copies of.

    They are older than the copies, so their order comes from the steps that wrote the originals.
    """

    def __init__(self) -> None:
        self._steps: dict[str, list[RunStep]] = {}  # by run, newest first; the rest of each
        self._run_id: str | None = None
        self._newer: PromptMessage | None = None
        self._told = False

    def read(self, batch: Iterable[PromptMessage]) -> None:
        """Read the steps behind these messages."""
        found = {run_id for message in batch if (run_id := message.copied_run_id)}
        if new := found - self._steps.keys():
            self._steps |= {run_id: [] for run_id in new}
            for step in reversed(steps_of_runs(new)):
                self._steps[step.run_id].append(step)

    def after(self, message: PromptMessage) -> Iterable[RunStep]:
        """Return the copied calls between this message and the one that is newer."""
        newer, self._newer = self._newer, message
        # Nearly always, and thousands of times in a long thread.
        if message.copied_run_id is None and self._run_id is None:
            return ()
        return self._after(message, newer)

    def _after(self, message: PromptMessage, newer: PromptMessage | None) -> Iterator[RunStep]:
        run_id = message.copied_run_id
        if run_id == self._run_id:
            yield from self._calls_of(self._pop_newer_than(message))
            return
        yield from self.rest()
        self._run_id = run_id
        yield from self._calls_of(_still_copied(self._pop_newer_than(message), newer))

    def rest(self) -> Iterator[RunStep]:
        """Yield the calls that the run made before its first message."""
        yield from self._calls_of(self._steps.pop(self._run_id or "", []))

    def _pop_newer_than(self, message: PromptMessage) -> list[RunStep]:
        steps = self._steps.get(message.copied_run_id or "", [])
        for place, step in enumerate(steps):
            if _writes(step) == message.copied_from_id:
                newer = steps[:place]
                del steps[: place + 1]
                return newer
        return []

    def _calls_of(self, steps: Iterable[RunStep]) -> Iterator[RunStep]:
        for step in steps:
            if step.type == TOOL_CALLS and step.status == run_status.COMPLETED:
                self._tell_of_session(step)
                yield step

    def _tell_of_session(self, step: RunStep) -> None:
        ran = [call for call in step.step_details["tool_calls"] if call["type"] == CODE_INTERPRETER]
        if ran and not self._told:
            self._told = True
            shown = f"{result_of(step, ran[-1])}\n{IN_OTHER_THREAD}".strip()
            step.shown_to_model = {**step.shown_to_model, ran[-1]["id"]: shown}


def _writes(step: RunStep) -> str | None:
    if step.type != MESSAGE_CREATION:
        return None
    return str(step.step_details["message_creation"]["message_id"])


def _still_copied(steps: list[RunStep], newer: PromptMessage | None) -> list[RunStep]:
    # The steps after the last copied reply of a run, newest first. If the run wrote more replies,
    # the thread was forked in the middle of it: only an edited reply comes after its calls.
    written = [place for place, step in enumerate(steps) if _writes(step)]
    if not written:
        return steps
    edited = newer is not None and newer.role == "assistant" and run_behind(newer) is None
    return steps[written[-1] + 1 :] if edited else []
