"""What was done in a thread, as the calls of the API that do the same."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Message, Run, RunStep, Thread
from assistants_app.rendering.api_code.samples import (
    LANGUAGES,
    Sample,
    cancel_sample,
    created_thread_sample,
    message_sample,
    outputs_sample,
    run_sample,
)
from assistants_app.rendering.text.markdown import code_figure
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.threads.messages import message_object
from assistants_app.wire.threads.threads import thread_object

SHOWN_LANGUAGES = ("python", "curl")
_ID = re.compile(r"(thread|run)_\w+")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call with its code in each language. `run_id`: the run that it is about."""

    at: datetime
    path: str
    run_id: str
    code: list[SafeString]

    @property
    def short_path(self) -> str:
        """The path without ids."""
        return _ID.sub("…", self.path)


def api_calls(
    thread: Thread,
    messages: Sequence[Message],
    runs: Sequence[Run],
    steps: Sequence[RunStep],
    base_url: str,
) -> list[ApiCall]:
    """The calls, oldest first: what is there of the thread says what was done to it."""
    done = sorted(_done(thread, messages, runs, steps), key=lambda each: each[0])
    return [
        ApiCall(
            at=at,
            path=sample.path,
            run_id=run_id,
            code=[_figure(sample, name, base_url) for name in SHOWN_LANGUAGES],
        )
        for at, run_id, sample in done
    ]


def _figure(sample: Sample, language: str, base_url: str) -> SafeString:
    _name, colours, write = LANGUAGES[language]
    return SafeString(code_figure(write(sample, base_url), colours))


def _done(
    thread: Thread, messages: Sequence[Message], runs: Sequence[Run], steps: Sequence[RunStep]
) -> Iterator[tuple[datetime, str, Sample]]:
    yield thread.created_at, "", created_thread_sample(thread_object(thread))
    for message in messages:
        if not message.run_id and message.content:
            yield message.created_at, "", message_sample(message_object(message))
    for run in runs:
        wire_run = run_object(run)
        yield run.created_at, run.id, run_sample(wire_run)
        if run.cancelled_at:
            yield run.cancelled_at, run.id, cancel_sample(wire_run)
        for step in steps:
            if step.run_id == run.id and step.completed_at and (given := _given(step)):
                yield step.completed_at, run.id, outputs_sample(wire_run, given)


def _given(step: RunStep) -> list[dict[str, Any]]:
    """The step's function calls, if their outputs were given."""
    calls = step.step_details.get("tool_calls", [])
    functions = [call for call in calls if call["type"] == FUNCTION]
    return functions if all(call["function"]["output"] is not None for call in functions) else []
