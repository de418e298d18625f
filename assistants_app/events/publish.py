"""Functions that turn our objects into the vendor's events, and append them to the log.

Functions that return events leave it to the caller to `publish` them after its transaction.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from redis.exceptions import RedisError

from assistants_app.domain import event_names
from assistants_app.events.append import Item
from assistants_app.events.log import Event, NewEvent, restore
from assistants_app.events.writer import Delta, EventLogUnavailable, writer
from assistants_app.models import Message, Run, RunStep, Thread
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.runs.steps import step_delta, step_object
from assistants_app.wire.threads.messages import (
    message_delta,
    message_object,
    refusal_delta,
    text_delta,
)
from assistants_app.wire.threads.threads import thread_object

logger = logging.getLogger(__name__)

_TEXT = "\0"  # stands for a delta's text, and for nothing else in its data


def publish(thread_id: str, events: list[NewEvent], items: Sequence[Item] = ()) -> None:
    """Append events to the thread's log, and then `items` to their lists; if the log is
    unavailable, log a warning.

    A request waits for that, so that its client finds what it did in the log. A worker goes on.
    """
    if not writer.is_waited_for:
        writer.add(thread_id, events, items)
        return
    try:
        writer.append(thread_id, events, items)
    except EventLogUnavailable:
        # Not an error: the state is already in the database, where readers will find it.
        names = ", ".join(event.name for event in events)
        logger.warning("Couldn't append to the event log of %s: %s", thread_id, names)


def publish_to_each(events: Mapping[str, list[NewEvent]]) -> None:
    """Append events to the logs of many threads like :func:`publish`, and wait once for all."""
    for thread_id, happened in events.items():
        writer.add(thread_id, happened)
    if writer.is_waited_for:
        # What can't be written is logged.
        writer.flush(writer.patience + 10)


def publish_past(thread_id: str, events: list[Event]) -> None:
    """Begin the log of a new thread with events that have a time already.

    If the log is unavailable, log a warning: then the example can be read, but not played.
    """
    try:
        restore(thread_id, events)
    except RedisError:
        logger.warning("Couldn't begin the event log of %s.", thread_id)


def thread_created(thread: Thread) -> NewEvent:
    return _event(event_names.THREAD_CREATED, "", thread_object(thread))


def run_is(status: str, run: Run) -> NewEvent:
    """Return the event for the run's change to `status`."""
    # The row may have moved on since, but the event must show the status it is about.
    return _event(event_names.run_event(status), run.id, {**run_object(run), "status": status})


def run_created(run: Run) -> list[NewEvent]:
    return _events(
        (event_names.RUN_CREATED, event_names.run_event("queued")),
        run.id,
        {**run_object(run), "status": "queued"},
    )


def step_created(step: RunStep) -> list[NewEvent]:
    names = event_names.STEP_CREATED, event_names.STEP_IN_PROGRESS
    return _events(names, step.run_id, step_object(step))


def step_ended(step: RunStep) -> NewEvent:
    data = step_object(step, search_content=True)
    return _event(event_names.step_event(step.status), step.run_id, data)


def message_created(message: Message) -> list[NewEvent]:
    names = [event_names.MESSAGE_CREATED]
    if message.status == "in_progress":
        names.append(event_names.MESSAGE_IN_PROGRESS)
    return _events(names, message.run_id or "", message_object(message))


def message_ended(message: Message) -> NewEvent:
    name = event_names.message_event(message.status)
    return _event(name, message.run_id or "", message_object(message))


def message_modified(message: Message) -> NewEvent:
    return _event(event_names.MESSAGE_MODIFIED, "", message_object(message))


def message_deleted(message_id: str) -> NewEvent:
    return _event(event_names.MESSAGE_DELETED, "", {"id": message_id})


def talk_changed(message_id: str) -> NewEvent:
    """Return the event for a change of the message's comments or ratings."""
    return _event(event_names.TALK_CHANGED, "", {"id": message_id})


def thread_deleted(thread_id: str) -> NewEvent:
    return _event(event_names.THREAD_DELETED, "", {"id": thread_id})


def more_text(
    thread_id: str,
    run_id: str,
    message_id: str,
    index: int,
    text: str,
    *,
    annotations: list[dict[str, Any]] | None = None,
) -> None:
    """Append text to the message's text part at `index`. Never waits.

    `annotations` are as in :func:`text_delta`.
    """
    # A delta with annotations isn't joined with an earlier one, and the text after the annotations
    # isn't joined with it: its text is that of the annotation.
    key: object = (
        (message_id, index, annotations[0]["index"]) if annotations else (message_id, index)
    )
    if annotations is None:
        wrap = _wrap_of(message_id, index, text_delta)
    else:

        def wrap(text: str) -> str:
            part = text_delta(index, text, annotations)
            return json.dumps(message_delta(message_id, [part]))

    writer.delta(thread_id, Delta(event_names.MESSAGE_DELTA, run_id, key, text, wrap))


def more_refusal(thread_id: str, run_id: str, message_id: str, index: int, text: str) -> None:
    """Append text to the message's refusal at `index`. Never waits."""
    wrap = _wrap_of(message_id, index, refusal_delta)
    writer.delta(
        thread_id, Delta(event_names.MESSAGE_DELTA, run_id, (message_id, index), text, wrap)
    )


def more_reasoning(thread_id: str, run_id: str, reasoning_id: str, text: str) -> None:
    """Append text to the model's reasoning. Never waits."""
    writer.delta(
        thread_id,
        Delta(
            event_names.REASONING,
            run_id,
            (reasoning_id, event_names.REASONING),
            text,
            lambda text: json.dumps({"id": reasoning_id, "text": text}),
        ),
    )


def more_of_step(
    run: Run, step_id: str, key: object, text: str, call: Callable[[str], dict[str, Any]]
) -> None:
    """Append text to one of the growing texts of a step's tool calls. Never waits.

    `key` identifies the growing text within the step; `call` turns text into the call's delta.
    """
    writer.delta(
        run.thread_id,
        Delta(
            event_names.STEP_DELTA,
            run.id,
            (step_id, key),
            text,
            lambda text: json.dumps(step_delta(step_id, [call(text)])),
        ),
    )


def step_grew(step_id: str, run_id: str, *calls: dict[str, Any]) -> NewEvent:
    """Return the event for new calls of the step or new parts of calls; `calls` has deltas."""
    return _event(event_names.STEP_DELTA, run_id, step_delta(step_id, list(calls)))


def code_runs(step_id: str, index: int) -> NewEvent:
    """Return the event for the start of the code in the step's call at `index`."""
    return _event(event_names.CODE_RUNS, "", {"id": step_id, "index": index})


def call_ended(step_id: str, index: int, result: dict[str, Any]) -> NewEvent:
    """Return the event for the end of the step's call at `index`, with its result."""
    return _event(event_names.CALL_ENDED, "", {"id": step_id, "index": index, "result": result})


def message_grew(message_id: str, run_id: str, *parts: dict[str, Any]) -> NewEvent:
    """Return the event for new parts of the message that come whole, such as an image."""
    return _event(event_names.MESSAGE_DELTA, run_id, message_delta(message_id, list(parts)))


@lru_cache(maxsize=1024)
def _wrap_of(
    message_id: str, index: int, part: Callable[[int, str], dict[str, Any]]
) -> Callable[[str], str]:
    # Nearly all events are these, and only their text differs: 0.6 µs each instead of 3 µs.
    wrapped = json.dumps(message_delta(message_id, [part(index, _TEXT)]))
    before, after = wrapped.split(json.dumps(_TEXT))
    return lambda text: f"{before}{json.dumps(text)}{after}"


def _event(name: str, run_id: str, data: dict[str, Any]) -> NewEvent:
    return NewEvent(name, run_id, json.dumps(data))


def _events(names: Iterable[str], run_id: str, data: dict[str, Any]) -> list[NewEvent]:
    text = json.dumps(data)
    return [NewEvent(name, run_id, text) for name in names]
