"""Answer a run's calls from its tape."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from assistants_app.domain.errors import RunFailure, ToolError
from assistants_app.domain.mocks import Mock
from assistants_app.domain.tapes.calls import RecordedCall, RecordedTape
from assistants_app.domain.tapes.matching import Hit, Miss, find_call
from assistants_app.domain.tapes.policy import FAIL, LIVE, MOCK, Policy, read_policy
from assistants_app.domain.tapes.steps import Note, hit_note, miss_note
from assistants_app.domain.tools import CODE_INTERPRETER, FUNCTION
from assistants_app.models import Run
from assistants_app.queries.assistants.mocks import mocks_at_once, mocks_of_run
from assistants_app.queries.runs.tapes import notes_on_tape, recorded_tape
from assistants_app.services.runs.persistence import persistently
from assistants_app.tools.code_interpreter.rebuild import run_again
from assistants_app.tools.function import FunctionCall
from assistants_app.tools.tool import Call, CallSite
from assistants_app.wire.assistants.mocks import mock_of

FunctionCalls = Iterable[tuple[CallSite, FunctionCall]]


def replay_of(run: Run) -> "Replay | None":
    """Return how the run's calls are answered from its tape, or None for a run without one."""
    return None if run.tape_policy is None else Replay(run)


class Replay:
    """A run's tape, and what the run's thread has used of it. Both are read when they're needed."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tape: RecordedTape | None = None
        self._notes: list[Note] = []

    @cached_property
    def _policy(self) -> Policy:
        return read_policy(self._run.tape_policy)

    def answer(self, site: CallSite, call: Call) -> str:
        """Answer a call of a built-in tool, from the tape or live, as the run's policy says.

        Returns the text that the model is shown. Raises like :meth:`Call.carry_out`, and
        ``RunFailure`` for a call that the tape has no output for, unless such calls run live.
        """
        if not self._policy.takes(call.type):
            return call.carry_out(site)
        try:
            arguments = call.arguments()
        except ToolError:
            # The model sees its mistake. Nothing is carried out.
            return call.carry_out(site)
        found = self._find(call.type, call.type, arguments)
        if isinstance(found, Hit):
            call.note = hit_note(found)
            self._notes.append(call.note)
            return call.play(site, self._read(), found.call)
        if self._policy.on_miss != LIVE:
            # Nobody can answer for these tools, so asking a person or a mock doesn't help.
            call.note = miss_note(found.reason)
            call.fail(site, found.reason)
            raise _failure(found)
        if call.type == CODE_INTERPRETER:
            self._rebuild(site, call, found)
        else:
            call.note = miss_note(found.reason)
        return call.carry_out(site)

    def _rebuild(self, site: CallSite, call: Call, miss: Miss) -> None:
        # The note grows while the code runs, so what has run is known if the rest fails.
        rebuilt: list[dict[str, Any]] = []
        call.note = {**miss_note(miss.reason), "rebuilt": rebuilt}
        pending = self._to_rebuild(self._read())
        self._notes.append(call.note)
        try:
            for ran in run_again(site, self._read(), pending):
                rebuilt.append(ran)
        except ToolError as error:
            # The model may solve it. The call ends like one whose own files can't be read.
            call.fail(site, error.message)
            raise

    def answer_functions(self, calls: FunctionCalls) -> None:
        """Answer calls of functions from the tape, and those that it misses as the policy says.

        Calls that stay without an output wait for one from outside. Raises ``RunFailure`` if the
        policy doesn't let them.
        """
        missed: list[tuple[CallSite, FunctionCall, Miss]] = []
        for site, call in calls:
            if call.is_answered:  # its function doesn't exist
                continue
            found = self._find(FUNCTION, call.name, call.arguments)
            if isinstance(found, Hit):
                note = hit_note(found)
                self._notes.append(note)
                call.play(site, found.call, note)
            else:
                call.miss(site, miss_note(found.reason))
                missed.append((site, call, found))
        if missed:
            self._answer_missed(missed)

    def _answer_missed(self, missed: list[tuple[CallSite, FunctionCall, Miss]]) -> None:
        mocks = self._mocks()
        for site, call, miss in missed:
            if mock := mocks.get(call.name):
                call.answer_by(site, mock, miss_note(miss.reason))
        left = [miss for _, call, miss in missed if not call.is_answered]
        if left and self._policy.on_miss in (FAIL, MOCK):
            raise _failure(left[0], by_mock=self._policy.on_miss == MOCK)

    def _mocks(self) -> dict[str, Mock]:
        on_miss = self._policy.on_miss
        if on_miss not in (MOCK, LIVE):
            return {}
        rows = persistently(mocks_of_run if on_miss == MOCK else mocks_at_once, self._run)
        definitions = {name: row.definition for name, row in rows.items()}
        if on_miss == MOCK:
            definitions |= self._policy.mocks
        return {name: mock_of(definition) for name, definition in definitions.items()}

    def _find(self, tool: str, name: str, arguments: str) -> Hit | Miss:
        calls = self._read().calls
        if self._run.tape_id is None:
            return Miss("The run has no tape, or its tape was deleted.")
        used = {note["position"] for note in self._notes if "position" in note}
        return find_call(
            calls, used, tool=tool, name=name, arguments=arguments, matching=self._policy.matching
        )

    def _read(self) -> RecordedTape:
        if self._tape is None:
            notes = persistently(notes_on_tape, self._run)
            self._tape = persistently(recorded_tape, self._run.tape_id)
            self._notes = notes
        return self._tape

    def _to_rebuild(self, tape: RecordedTape) -> list[RecordedCall]:
        # The code that this thread was shown the outputs of, and that has not run in its session.
        shown = [note["position"] for note in self._notes if "position" in note]
        ran = {call["position"] for note in self._notes for call in note.get("rebuilt") or ()}
        by_position = {call.position: call for call in tape.calls}
        calls = [by_position[position] for position in shown if position in by_position]
        return [
            call for call in calls if call.tool == CODE_INTERPRETER and call.position not in ran
        ]


def _failure(miss: Miss, *, by_mock: bool = False) -> RunFailure:
    more = " No mock answers it either." if by_mock else ""
    return RunFailure("server_error", f"{miss.reason}{more}")
