"""A recorded run at a moment of its replay.

The rows have the run's end. Events say how far the replay is, and here the rows are cut to that.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.db import models

from assistants_app.domain import run_status
from assistants_app.domain.tools import FUNCTION
from assistants_app.events.log import Event, position
from assistants_app.models import Run, RunStep
from assistants_app.models.snapshots import (
    LoggedCall,
    LoggedRun,
    ThreadRuns,
    ThreadSnapshot,
    WaitingCalls,
)

AnyModel = TypeVar("AnyModel", bound=models.Model)
NO_RUNS = ThreadRuns(newest=[], current=None, waiting=[], log=None, calls=None)


def before_replay(snapshot: ThreadSnapshot) -> ThreadSnapshot:
    """Return the snapshot of a recorded example as it was when the person had sent the message."""
    messages = [message for message in snapshot.messages if message.run_id is None][:1]
    part = replace(
        snapshot.part,
        messages=messages,
        span=replace(snapshot.part.span, before=0, total=len(messages), above="", until=""),
        steps=[],
        passed=[],
    )
    return ThreadSnapshot(snapshot.thread, part, NO_RUNS)


class Replay:
    """The panels of a recorded run, as far as its events have been taken.

    `assistant` is the assistant's name. `later` is the time from the recorded run to its replay:
    clocks on the page count from now.
    """

    def __init__(self, recorded: LoggedRun, *, assistant: str, later: timedelta) -> None:
        self._recorded = recorded
        self._assistant = assistant
        self._later = later
        self._moment = recorded.run.created_at
        self._status = ""
        self._steps: dict[str, str] = {}  # the status of each step that has begun

    def take(self, event: Event) -> None:
        """Go on to this event."""
        self._moment = time_of(event)
        if event.name.startswith("thread.run.step."):
            if "status" in event.content:
                self._steps[event.content["id"]] = event.content["status"]
        elif event.name.startswith("thread.run."):
            self._status = event.content["status"]

    def runs(self) -> ThreadRuns:
        """Return the thread's runs as they were at this moment."""
        if not self._status:
            return NO_RUNS
        run = self._run()
        steps = [
            self._step(step)
            for step in self._recorded.steps
            if self._steps.get(step.id) is not None
        ]
        log = replace(self._recorded, run=run, steps=steps, calls=list(self._calls()))
        open_steps = [step for step in steps if step.status == run_status.IN_PROGRESS]
        waits = run.status == run_status.REQUIRES_ACTION and open_steps
        calls = WaitingCalls(step=open_steps[-1], mocks={}, earlier=[]) if waits else None
        name = self._assistant if run.status in run_status.ACTIVE else ""
        return ThreadRuns([run], run, waiting=[], log=log, calls=calls, assistant=name)

    def _run(self) -> Run:
        run = self._moved(self._recorded.run)
        run.status = self._status
        if self._status not in run_status.TERMINAL:
            run.completed_at, run.usage = None, {}
        return run

    def _step(self, recorded: RunStep) -> RunStep:
        step = self._moved(recorded)
        step.status = self._steps[step.id]
        if step.status == run_status.IN_PROGRESS:
            step.completed_at, step.usage = None, {}
            step.step_details = _without_outputs(step.step_details)
        return step

    def _calls(self) -> Iterable[LoggedCall]:
        for call in self._recorded.calls:
            if call.ended_at <= self._moment:
                first = call.first_token_at
                yield replace(
                    call,
                    started_at=call.started_at + self._later,
                    first_token_at=first and first + self._later,
                    ended_at=call.ended_at + self._later,
                )

    def _moved(self, row: AnyModel) -> AnyModel:
        """Return a copy of the row without what is yet to come, at the time of the replay."""
        moved = copy(row)
        for name, value in vars(row).items():
            if isinstance(value, datetime):
                # Only the end of the run's time to live may lie ahead.
                told = value <= self._moment or name.endswith("expires_at")
                setattr(moved, name, value + self._later if told else None)
        return moved


def time_of(event: Event) -> datetime:
    """Return when the event was written to the log."""
    return datetime.fromtimestamp(position(event.seq)[0] / 1000, UTC)


def _without_outputs(details: dict[str, object]) -> dict[str, object]:
    calls = details.get("tool_calls")
    if not isinstance(calls, list):
        return details
    return {**details, "tool_calls": [_without_output(call) for call in calls]}


def _without_output(call: dict[str, dict[str, object]]) -> dict[str, object]:
    if FUNCTION not in call:
        return {**call}
    return {**call, FUNCTION: {**call[FUNCTION], "output": None}}
