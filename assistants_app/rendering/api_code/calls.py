"""The actions in a thread, as the API calls that do the same."""

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
_ID_PATTERN = re.compile(r"(thread|run)_\w+")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call with its code in each language. `run_id` is the run that it affects, or ""."""

    at: datetime
    path: str
    run_id: str
    code: list[SafeString]

    @property
    def short_path(self) -> str:
        """Return the path without IDs."""
        return _ID_PATTERN.sub("…", self.path)


def api_calls(
    thread: Thread,
    messages: Sequence[Message],
    runs: Sequence[Run],
    steps: Sequence[RunStep],
    base_url: str,
) -> list[ApiCall]:
    """Return the calls, oldest first."""
    # Nobody records calls. The rows of the thread show what was done, from the page or the API.
    done = sorted(_actions_of(thread, messages, runs, steps), key=lambda each: each[0])
    return [
        ApiCall(
            at=at,
            path=sample.path,
            run_id=run_id,
            code=[_render_code(sample, name, base_url) for name in SHOWN_LANGUAGES],
        )
        for at, run_id, sample in done
    ]


def _render_code(sample: Sample, language: str, base_url: str) -> SafeString:
    _name, colours, write = LANGUAGES[language]
    return SafeString(code_figure(write(sample, base_url), colours))


def _actions_of(
    thread: Thread, messages: Sequence[Message], runs: Sequence[Run], steps: Sequence[RunStep]
) -> Iterator[tuple[datetime, str, Sample]]:
    yield thread.created_at, "", created_thread_sample(thread_object(thread))
    for message in messages:
        # A message with a run is a reply. Nobody added it by a call.
        if not message.run_id and message.content:
            yield message.created_at, "", message_sample(message_object(message))
    for run in runs:
        wire_run = run_object(run)
        yield run.created_at, run.id, run_sample(wire_run)
        if run.cancelled_at:
            yield run.cancelled_at, run.id, cancel_sample(wire_run)
        for step in steps:
            if step.run_id == run.id and step.completed_at and (given := _calls_with_outputs(step)):
                yield step.completed_at, run.id, outputs_sample(wire_run, given)


def _calls_with_outputs(step: RunStep) -> list[dict[str, Any]]:
    """Return the step's function calls, if all of them have outputs."""
    calls = step.step_details.get("tool_calls", [])
    functions = [call for call in calls if call["type"] == FUNCTION]
    return functions if all(call["function"]["output"] is not None for call in functions) else []
