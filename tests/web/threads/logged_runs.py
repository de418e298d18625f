"""Runs with steps and model calls, and the pages that show them."""

import html
import re
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from assistants_app.models import ProviderCall, Run, RunStep, Thread
from assistants_app.wire.runs.steps import (
    function_call,
    message_creation_details,
    tool_calls_details,
)
from tests.cast import Cast, make_run
from tests.web.pages import say, signed_in, squeezed

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "cached_tokens": 40, "reasoning_tokens": 7}


def step_of(
    run: Run, details: dict[str, Any], begin: float, end: float | None, waits: float | None = None
) -> RunStep:
    """A step from `begin` to `end`, in seconds after the run's creation. It waits for outputs from
    `waits` on.
    """
    return RunStep.objects.create(
        run=run,
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type=details["type"],
        status="completed" if end else "in_progress",
        created_at=run.created_at + timedelta(seconds=begin),
        waits_since=run.created_at + timedelta(seconds=waits) if waits else None,
        completed_at=run.created_at + timedelta(seconds=end) if end else None,
        step_details=details,
        usage=USAGE,
    )


def call_for(step: RunStep, end: float, **columns: Any) -> ProviderCall:
    """The model call of a step, over `end` seconds after the run's creation."""
    body = {"model": "m", "messages": [{"role": "user", "content": "How <b>warm</b>?"}]}
    values = {
        "request": {
            "endpoint": "Here",
            "method": "POST",
            "url": "http://model.example/v1/chat/completions",
            "headers": {"content-type": "application/json"},
            "body": body,
            "bytes": 99,
            "cut": False,
        },
        "response": {"status": 200, "headers": {}, "message": {"content": "11"}, "bytes": 9},
        **columns,
    }
    return ProviderCall.objects.create(
        run=step.run,
        step_ids=[step.id],
        model="m",
        started_at=step.created_at,
        ended_at=step.run.created_at + timedelta(seconds=end),
        **values,
    )


def plain(text: str) -> str:
    """Return the words of a page."""
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", text)).split())


def waited_run(cast: Cast) -> Run:
    """A run of ten seconds that waited eight seconds for a function's output."""
    thread = Thread.objects.create(project=cast.project)
    say(thread, "How warm is it?", "user")
    began = timezone.now() - timedelta(minutes=1)
    run = make_run(
        cast.project,
        thread,
        cast.assistant,
        status="completed",
        created_at=began,
        started_at=began,
        completed_at=began + timedelta(seconds=10),
        usage={name: 2 * count for name, count in USAGE.items()},
    )
    called = function_call("call_1", "get_weather", '{"at": "Oslo"}', "11")
    first = step_of(run, tool_calls_details([called]), 0, 9, waits=1)
    call_for(first, 1)
    step_of(run, message_creation_details(say(thread, "11", "assistant", run_id=run.id).id), 9, 10)
    return run


def get(cast: Cast, view: str, /, *ids: str, **query: str) -> str:
    answer = signed_in(cast.bob).get(reverse(view, args=[cast.project.id, *ids]), query)
    assert answer.status_code == 200
    return squeezed(answer.content.decode())
