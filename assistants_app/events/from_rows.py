"""The events of a run that has ended, made from its rows once its log has expired.

They are the fewest that say the same: each text and each list of calls is one delta.
"""

from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import redis
from django.db.models import Model

from assistants_app import conf
from assistants_app.domain import event_names, run_status
from assistants_app.domain.tools import CODE_INTERPRETER, FUNCTION
from assistants_app.events import log, publish
from assistants_app.events.log import BEGINNING, NewEvent, position
from assistants_app.models import Message, Run, RunStep
from assistants_app.queries.runs.runs import steps_of_runs
from assistants_app.wire.runs.steps import (
    TOOL_CALLS,
    code_call,
    function_call_start,
    search_call_start,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import refusal_delta, text_delta

Row = TypeVar("Row", bound=Model)

NO_TIMES = dict.fromkeys(("completed_at", "failed_at", "cancelled_at"))
# What rows had before they got any further.
QUEUED: dict[str, Any] = {
    **NO_TIMES,
    **dict.fromkeys(("started_at", "required_action", "last_error", "incomplete_reason")),
    "status": run_status.QUEUED,
}
BEGUN_STEP: dict[str, Any] = {
    **NO_TIMES,
    "expired_at": None,
    "last_error": None,
    "status": run_status.IN_PROGRESS,
}
BEGUN_MESSAGE: dict[str, Any] = {
    **dict.fromkeys(("completed_at", "incomplete_at", "incomplete_reason")),
    "attachments": [],
    "content": [],
    "status": run_status.IN_PROGRESS,
}


def is_in_log(run: Run, after: str) -> bool:
    """Return whether the log still has all events of the run after `after`."""
    try:
        return log.reaches(run.thread_id, after) and any(
            event.run_id == run.id and event.name == event_names.RUN_QUEUED
            for event in log.read(run.thread_id, after=after)
        )
    except redis.RedisError:
        return False


def events_from_rows(run: Run, after: str) -> Iterator[NewEvent]:
    """Yield the events of a run that has ended or waits for outputs, after `after` in its log."""
    queued = _as_of(run, QUEUED)
    steps = steps_of_runs({run.id})
    submitted = _place_of_submitted(run, steps, after)
    if submitted is None:
        if after == BEGINNING and _came_with_thread(run):
            yield publish.thread_created(run.thread)
        yield from publish.run_created(queued)
    else:
        yield publish.step_ended(steps[submitted])
        yield publish.run_is(run_status.QUEUED, queued)
        steps = steps[submitted + 1 :]
    if run.started_at is not None:
        begun = _as_of(run, {**QUEUED, "started_at": run.started_at})
        yield publish.run_is(run_status.IN_PROGRESS, begun)
    messages = {message.id: message for message in Message.objects.filter(run_id=run.id)}
    for step in steps:
        yield from _events_of_step(step, messages)
    yield publish.run_is(run.status, run)


def _place_of_submitted(run: Run, steps: list[RunStep], after: str) -> int | None:
    """Return the place of the step whose outputs were submitted at `after`, or None if the run was
    created then.
    """
    # The nearest of these times, because the clocks of the log and the database can differ.
    at = datetime.fromtimestamp(position(after)[0] / 1000, UTC)
    times: list[tuple[datetime, int | None]] = [(run.created_at, None)]
    for place, step in enumerate(steps):
        if step.waits_since is not None and step.ended_at is not None:
            times.append((step.waits_since, place))
    return min(times, key=lambda time: abs(time[0] - at))[1]


def _came_with_thread(run: Run) -> bool:
    # A request that creates both streams from the beginning of the log. So does one for an older
    # thread, whose log had expired.
    return run.created_at - run.thread.created_at < timedelta(seconds=conf.EVENT_LOG_TTL)


def _as_of(row: Row, columns: dict[str, Any]) -> Row:
    earlier = copy(row)
    for name, value in columns.items():
        setattr(earlier, name, value)
    return earlier


def _events_of_step(step: RunStep, messages: dict[str, Message]) -> Iterator[NewEvent]:
    details = step.step_details
    if details["type"] == TOOL_CALLS:
        begun = _as_of(step, {**BEGUN_STEP, "step_details": tool_calls_details([])})
        yield from publish.step_created(begun)
        if calls := details["tool_calls"]:
            deltas = [_delta_of_call(index, call) for index, call in enumerate(calls)]
            yield publish.step_grew(step.id, step.run_id, *deltas)
    else:
        yield from publish.step_created(_as_of(step, BEGUN_STEP))
        message = messages.get(details["message_creation"]["message_id"])
        # It may have been deleted since.
        if message is not None:
            yield from _events_of_message(message)
    if step.status != run_status.IN_PROGRESS:
        yield publish.step_ended(step)


def _events_of_message(message: Message) -> Iterator[NewEvent]:
    yield from publish.message_created(_as_of(message, BEGUN_MESSAGE))
    if message.content:
        parts = [_delta_of_part(index, part) for index, part in enumerate(message.content)]
        yield publish.message_grew(message.id, message.run_id or "", *parts)
    if message.status != run_status.IN_PROGRESS:
        yield publish.message_ended(message)


def _delta_of_call(index: int, call: dict[str, Any]) -> dict[str, Any]:
    kind, call_id = call["type"], call["id"]
    if kind == FUNCTION:
        delta = function_call_start(index, call_id, call[FUNCTION]["name"])
        delta[FUNCTION]["arguments"] = call[FUNCTION]["arguments"]
        return delta
    if kind == CODE_INTERPRETER:
        code = call[CODE_INTERPRETER]
        outputs = [{"index": place, **output} for place, output in enumerate(code["outputs"])]
        return {"index": index, **code_call(call_id, code["input"], outputs)}
    return search_call_start(index, call_id)


def _delta_of_part(index: int, part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        annotations = [
            {"index": place, **annotation}
            for place, annotation in enumerate(part["text"]["annotations"])
        ]
        return text_delta(index, part["text"]["value"], annotations)
    if part["type"] == "refusal":
        return refusal_delta(index, part["refusal"])
    return {"index": index, **part}
