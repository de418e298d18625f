"""The trace of a run: times, tokens, steps with input and output, events, errors."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import RedisError

from assistants_app import conf
from assistants_app.events import log
from assistants_app.events.log import Event, NewEvent
from assistants_app.events.writer import writer
from assistants_app.models import ModelPrice, Run, RunStep, Thread
from assistants_app.rendering.runs.trace import as_ndjson
from assistants_app.wire.runs.steps import (
    code_call,
    function_call,
    image_output,
    logs_output,
    message_creation_details,
    tool_calls_details,
)
from tests.cast import Cast, make_run
from tests.queries.project.usage_rows import settle_all
from tests.web.pages import say, signed_in, squeezed


@pytest.fixture
def traced(cast: Cast) -> Run:
    """A run of four seconds: queued for half a second, two steps, then it failed."""
    thread = Thread.objects.create(project=cast.project)
    began = timezone.now() - timedelta(minutes=1)
    run = make_run(
        cast.project,
        thread,
        cast.assistant,
        status="failed",
        created_at=began,
        started_at=began + timedelta(seconds=0.5),
        failed_at=began + timedelta(seconds=4),
        last_error={"code": "rate_limit_exceeded", "message": "Too many <b>requests</b>."},
        usage={
            "prompt_tokens": 1200,
            "completion_tokens": 34,
            "cached_tokens": 1000,
            "reasoning_tokens": 21,
            "estimated": 1,
        },
    )
    message = say(thread, "Eleven **degrees**.", "assistant", run_id=run.id)
    for details in (
        tool_calls_details(
            [
                function_call("call_1", "get_weather", '{"location":"Paris"}', '{"temp":11}'),
                code_call("call_2", "print(6 * 7)", [logs_output("42"), image_output("file-1")]),
            ]
        ),
        message_creation_details(message.id),
    ):
        RunStep.objects.create(
            run=run,
            thread_id=thread.id,
            assistant_id=cast.assistant.id,
            type=details["type"],
            status="completed",
            created_at=began + timedelta(seconds=1),
            first_token_at=began + timedelta(seconds=1.25),
            completed_at=began + timedelta(seconds=2),
            step_details=details,
        )
    return run


def page_of(cast: Cast, run: Run) -> str:
    answer = signed_in(cast.bob).get(reverse("run_trace", args=[cast.project.id, run.id]))
    assert answer.status_code == 200
    return squeezed(answer.content.decode())


def test_times_and_tokens_are_shown(cast: Cast, traced: Run) -> None:
    page = page_of(cast, traced)
    for told in ("0.500 s", "1.25 s", "4.00 s", "≈ 1,200", ">1,000<", "≈ 34", ">21<"):
        assert told in page


def test_steps_show_what_went_in_and_came_out(cast: Cast, traced: Run) -> None:
    page = page_of(cast, traced)
    assert "get_weather, code_interpreter" in page
    for told in ("&quot;location&quot;: &quot;Paris&quot;", "&quot;temp&quot;: 11"):
        assert told in page
    for told in ("print(6 * 7)", "<code>42</code>", "file-1", "Eleven **degrees**."):
        assert told in page


def test_the_error_is_shown_as_text(cast: Cast, traced: Run) -> None:
    page = page_of(cast, traced)
    assert "rate_limit_exceeded" in page
    assert "Too many &lt;b&gt;requests&lt;/b&gt;." in page


def test_a_price_gives_the_cost(cast: Cast, traced: Run) -> None:
    assert "$" not in page_of(cast, traced)
    ModelPrice.objects.create(
        project=cast.project,
        model=traced.model,
        prompt=Decimal(1),
        cached=Decimal("0.1"),
        completion=Decimal(10),
    )
    settle_all()
    assert "≈ $0.000640" in page_of(cast, traced)


def test_the_way_back_leads_to_the_thread(cast: Cast, traced: Run) -> None:
    assert f"?a={traced.assistant_id}&amp;t={traced.thread_id}" in page_of(cast, traced)


def test_events_of_the_run_alone_are_shown(cast: Cast, traced: Run) -> None:
    events = [
        NewEvent("thread.run.created", traced.id, '{"id": "mine"}'),
        NewEvent("thread.run.created", "run_other", '{"id": "another"}'),
    ]
    writer.append(traced.thread_id, events)
    page = page_of(cast, traced)
    assert "{&quot;id&quot;: &quot;mine&quot;}" in page
    assert "another" not in page


def test_events_that_are_gone_or_unreachable_are_said_to_be(
    cast: Cast, traced: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "This run's events have expired" in page_of(cast, traced)

    def fail(thread_id: str) -> list[Event]:
        raise RedisError

    monkeypatch.setattr(log, "read", fail)
    assert "event log is unavailable" in page_of(cast, traced)
    url = reverse("run_events", args=[cast.project.id, traced.id])
    assert signed_in(cast.bob).get(url).status_code == 404


def test_lines_have_the_time_of_each_event(traced: Run) -> None:
    milliseconds = int(traced.created_at.timestamp() * 1000) + 1500
    events = [Event(f"{milliseconds}-0", "thread.run.queued", traced.id, '{"a": "ü"}')]
    [line] = as_ndjson(traced, events)
    told = json.loads(line)
    assert told["after"] == pytest.approx(1.5, abs=0.002)
    assert (told["event"], told["data"]) == ("thread.run.queued", {"a": "ü"})
    assert line.endswith("}\n")
    assert "ü" in line


def test_a_run_that_goes_on_says_so(cast: Cast) -> None:
    run = make_run(cast.project, Thread.objects.create(project=cast.project), cast.assistant)
    page = page_of(cast, run)
    assert "The run is in progress" in page
    assert "Waiting for the model" in page


@pytest.mark.parametrize(
    ("limit", "said"), [(600.0, "10 minutes"), (60.0, "1 minute."), (90.0, "90 seconds")]
)
def test_an_expired_run_names_the_limit_that_is_set(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, limit: float, said: str
) -> None:
    monkeypatch.setattr(conf, "RUN_EXPIRES_AFTER", limit)
    thread = Thread.objects.create(project=cast.project)
    run = make_run(cast.project, thread, cast.assistant, status="expired")
    assert f"It didn&#x27;t finish within {said}" in page_of(cast, run)


def test_a_model_may_have_run_without_an_assistant(cast: Cast, traced: Run) -> None:
    Run.objects.filter(pk=traced.pk).update(assistant_id="")
    page = squeezed(page_of(cast, traced))
    assert "<dt>Assistant</dt><dd>–</dd>" in page
    assert "(deleted)" not in page
    client = signed_in(cast.alice)
    for name in ("runs", "usage", "threads"):
        listed = client.get(reverse(name, args=[cast.project.id]), {"origin": ""})
        assert "(deleted)" not in listed.content.decode()
