"""The run log: bars, costs, step details, events and API calls."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assistants_app.events.log import NewEvent
from assistants_app.events.writer import writer
from assistants_app.models import KeptEvents, ModelPrice, ProviderCall, Run, RunStep, Thread
from assistants_app.models.kept_events import KeptEvent, packed
from assistants_app.queries.runs.provider_calls import call_of_step, calls_of_run
from assistants_app.queries.runs.runs import newest_runs, runs_beside, steps_of_runs
from assistants_app.queries.threads.state import logged_run
from assistants_app.rendering.api_code.calls import api_calls
from assistants_app.rendering.runs.log import log_context
from assistants_app.rendering.runs.trace import as_ndjson
from assistants_app.wire.runs.steps import (
    function_call,
    tool_calls_details,
)
from tests.cast import Cast, make_run
from tests.queries.project.usage_rows import settle_all
from tests.web.pages import signed_in
from tests.web.threads.logged_runs import call_for, get, plain, step_of, waited_run


@pytest.fixture
def logged(cast: Cast) -> Run:
    return waited_run(cast)


def context_of(run: Run) -> dict[str, Any]:
    return log_context(newest_runs(run.thread), logged_run(run))


def test_the_wait_for_a_person_is_a_stretch_of_its_own(logged: Run) -> None:
    called, written = context_of(logged)["bars"]
    assert [(part.start, part.width, part.waits) for part in called.stretches] == [
        (0, 10, False),
        (10, 80, True),
    ]
    assert [(part.start, part.width, part.waits) for part in written.stretches] == [(90, 10, False)]


def test_the_time_of_a_run_is_without_the_wait(cast: Cast, logged: Run) -> None:
    context = context_of(logged)
    assert (context["run_time"], context["waited"], context["total"]) == (2, 8, 10)
    page = plain(get(cast, "run_log", logged.thread_id, logged.id))
    assert "Run time 2.00 s Waited for outputs 8.00 s" in page
    assert "1.00 s · waited 8.00 s" in page
    trace = plain(get(cast, "run_trace", logged.id))
    assert "Run time 2.00 s Waited for outputs 8.00 s" in trace
    assert "1.00 s · waited 8.00 s" in trace
    step = logged.steps.all()[0]
    drawer = plain(get(cast, "run_step", logged.id, step.id))
    assert "Time 1.00 s Waited for outputs 8.00 s" in drawer


def test_a_run_that_did_not_wait_does_not_speak_of_it(cast: Cast, logged: Run) -> None:
    RunStep.objects.filter(run=logged).update(waits_since=None)
    for page in (
        get(cast, "run_log", logged.thread_id, logged.id),
        get(cast, "run_trace", logged.id),
    ):
        assert "10.00 s" in page
        assert "Waited" not in page


def test_a_bar_that_waits_has_no_end_yet(cast: Cast, logged: Run) -> None:
    Run.objects.filter(pk=logged.id).update(status="requires_action", completed_at=None)
    waiting = function_call("call_2", "get_weather", "{}", None)
    step_of(logged, tool_calls_details([waiting]), 11, None, waits=12)
    page = get(cast, "run_log", logged.thread_id, logged.id)
    assert "data-axis" in page
    assert "get_weather 1.00 s · waiting" in plain(page)
    assert re.search(r"waiting\s*<span data-clock=.12.000.>", page)
    assert re.search(r"Waited for outputs 5\d\.\d s", plain(page))
    logged.refresh_from_db()
    assert context_of(logged)["bars"][-1].stretches[-1].end is None


def test_the_costs_of_steps_are_the_run_s(cast: Cast, logged: Run) -> None:
    price = {"prompt": Decimal(10), "cached": Decimal(1), "completion": Decimal(100)}
    ModelPrice.objects.create(project=cast.project, model=logged.model, **price)
    settle_all()
    logged.refresh_from_db()
    context = context_of(logged)
    assert sum(bar.cost for bar in context["bars"]) == context["cost"] == Decimal("0.00528")
    for name in ("prompt_tokens", "completion_tokens"):
        assert sum(bar.usage[name] for bar in context["bars"]) == context["usage"][name]
    page = get(cast, "run_log", logged.thread_id, logged.id)
    for told in ("$0.005280", "<dd>80</dd>", "<dd>14</dd>"):
        assert told in page


def test_a_failed_step_says_why_in_red(cast: Cast, logged: Run) -> None:
    error = {"code": "server_error", "message": "It <broke>."}
    RunStep.objects.filter(run=logged).update(status="failed", last_error=error)
    Run.objects.filter(pk=logged.id).update(status="failed", last_error=error)
    page = get(cast, "run_log", logged.thread_id, logged.id)
    assert 'class="wf-step failed"' in page
    assert "bar fail" in page
    assert plain(page.split("<details")[0]).count("It <broke>.") == 1
    other = {"code": "server_error", "message": "Only this step."}
    RunStep.objects.filter(pk=logged.steps.all()[0].pk).update(last_error=other)
    assert ">Only this step.<" in get(cast, "run_log", logged.thread_id, logged.id)
    assert "server_error: Only this step." in get(cast, "run_trace", logged.id)


def test_statuses_are_words_with_the_apis_own_in_their_tooltips(cast: Cast, logged: Run) -> None:
    words = {
        "in_progress": "Running",
        "requires_action": "Waiting for you",
        "cancelled": "Stopped",
        "completed": "Completed",
    }
    for status, word in words.items():
        Run.objects.filter(pk=logged.id).update(status=status)
        badge = f'title="{status}">{word}</span>'
        assert badge in get(cast, "run_log", logged.thread_id, logged.id)
        assert badge in get(cast, "run_trace", logged.id)
        choices = get(cast, "run_log", logged.thread_id, logged.id).split("</select>")[0]
        assert f'data-rest=" · {word}" title="{status}"' in choices


def test_the_runs_before_and_after_are_a_click_away(cast: Cast, logged: Run) -> None:
    newer = make_run(cast.project, logged.thread, cast.assistant, status="completed")
    page = get(cast, "run_log", logged.thread_id, logged.id)
    next_url = reverse("run_log", args=[cast.project.id, logged.thread_id, newer.id])
    assert "data-previous-run" in page
    assert f'hx-get="{next_url}"' in page
    assert runs_beside(logged) == (None, newer.id)
    assert runs_beside(newer) == (logged.id, None)
    trace = get(cast, "run_trace", newer.id)
    assert (
        f'data-previous-run href="{reverse("run_trace", args=[cast.project.id, logged.id])}"'
        in trace
    )
    assert "data-next-run href" not in trace


def test_an_old_run_is_among_the_choices(cast: Cast, logged: Run) -> None:
    runs = [logged] + [
        make_run(cast.project, logged.thread, cast.assistant, status="completed")
        for _number in range(59)
    ]
    for place in (0, 5, 9, 10, 30, 59):
        page = get(cast, "run_log", logged.thread_id, runs[place].id)
        address = reverse("run_log", args=[cast.project.id, logged.thread_id, runs[place].id])
        [option] = re.findall(rf'<option value="{address}".*?>', page, re.DOTALL)
        assert "selected" in option
        assert page.count("<option") <= 50
        around = [item.id for item in runs[max(place - 1, 0) : place + 2]]
        for run_id in set(around) - {runs[place].id}:
            beside = reverse("run_log", args=[cast.project.id, logged.thread_id, run_id])
            assert f'hx-get="{beside}"' in page


def test_a_thread_without_runs_invites_to_run(cast: Cast) -> None:
    assert "Run to see steps" in get(cast, "playground")


def test_the_drawer_shows_what_went_in_and_out(cast: Cast, logged: Run) -> None:
    step = steps_of_runs({logged.id})[0]
    page = get(cast, "run_step", logged.id, step.id)
    for told in (
        "How &lt;b&gt;warm&lt;/b&gt;?",
        "&quot;at&quot;: &quot;Oslo&quot;",
        ">11<",
        ">40<",
    ):
        assert told in page
    assert "thread.run.step" in get(cast, "run_step", logged.id, step.id, tab="json")


def test_the_drawer_shows_the_request_and_its_curl(cast: Cast, logged: Run) -> None:
    step = steps_of_runs({logged.id})[0]
    retry = {
        "at": 0.5,
        "reason": "asked again after 0.5 s",
        "error": None,
        "response": {"status": 429, "headers": {}, "body": "Busy"},
    }
    ProviderCall.objects.update(retries=[retry])
    page = get(cast, "run_step", logged.id, step.id, tab="request")
    for told in (
        "POST http://model.example/v1/chat/completions",
        "content-type",
        "asked again after 0.5 s",
        ">429<",
        "1 earlier attempt",
    ):
        assert told in page
    assert "Shortened" not in page
    assert "Bearer $OPENAI_API_KEY" in get(cast, "run_step", logged.id, step.id, tab="curl")
    answer = get(cast, "run_step", logged.id, step.id, tab="response")
    assert ">200<" in answer
    assert "&quot;content&quot;:&quot;11&quot;" in re.sub("<[^>]*>", "", answer)


def test_a_request_that_is_not_kept_is_said_to_be_gone(cast: Cast, logged: Run) -> None:
    ProviderCall.objects.all().delete()
    step = steps_of_runs({logged.id})[0]
    for tab in ("request", "response"):
        assert "No request is stored for this step" in get(
            cast, "run_step", logged.id, step.id, tab=tab
        )
    url = reverse("run_step", args=[cast.project.id, logged.id, step.id])
    assert signed_in(cast.bob).get(url, {"tab": "odd"}).status_code == 404


def test_a_refused_call_is_on_the_trace_although_it_has_no_step(cast: Cast, logged: Run) -> None:
    refusal = {"status": 400, "headers": {}, "body": '{"error": "No <such> model"}', "error": "No."}
    call = call_for(steps_of_runs({logged.id})[0], 1, response=refusal)
    ProviderCall.objects.filter(pk=call.id).update(step_ids=[])
    page = get(cast, "run_trace", logged.id)
    assert "Failed model call" in page
    assert "No &lt;such&gt; model" in page


def test_events_are_filtered_by_name(cast: Cast, logged: Run) -> None:
    names = ("thread.run.created", "thread.message.delta", "thread.run.completed")
    events = [NewEvent(name, logged.id, json.dumps({"of": name})) for name in names]
    writer.append(logged.thread_id, events)
    page = get(cast, "log_events", logged.id)
    assert all(f">{name}<" in page for name in names)
    page = get(cast, "log_events", logged.id, name="message")
    assert [name for name in names if f">{name}<" in page] == ["thread.message.delta"]
    assert "No event name contains this text" in get(cast, "log_events", logged.id, name="odd")


def test_expired_events_keep_their_names_and_sizes(cast: Cast, logged: Run) -> None:
    milliseconds = int(logged.created_at.timestamp() * 1000) + 1500
    kept = [
        KeptEvent("thread.run.created", 1200, milliseconds),
        KeptEvent("thread.run.completed", 1300, milliseconds + 250),
    ]
    KeptEvents.objects.create(run=logged, events=packed(kept))
    # A later log of the thread may have a part of them.
    writer.append(logged.thread_id, [NewEvent("thread.run.completed", logged.id, "{}")])
    page = get(cast, "log_events", logged.id).replace("\xa0", " ")
    for told in ("has expired", ">thread.run.created<", "1.2 KB", "0.250 s"):
        assert told in page
    assert ">thread.run.completed<" in get(cast, "log_events", logged.id, name="completed")
    assert "1.3 KB" in get(cast, "run_trace", logged.id).replace("\xa0", " ")
    last = json.loads(list(as_ndjson(logged, kept))[-1])
    assert (last["event"], last["size"], last["data"]) == ("thread.run.completed", 1300, None)


def test_actions_are_shown_as_api_calls(cast: Cast, logged: Run) -> None:
    Run.objects.filter(pk=logged.id).update(cancelled_at=logged.created_at + timedelta(seconds=20))
    page = re.sub("<[^>]*>", "", get(cast, "log_calls", logged.id))
    for told in (
        "client.beta.threads.create",
        "client.beta.threads.messages.create",
        "client.beta.threads.runs.create",
        "client.beta.threads.runs.submit_tool_outputs",
        "client.beta.threads.runs.cancel",
        f"{settings.PUBLIC_URL}/v1/threads/{logged.thread_id}/runs/{logged.id}/submit_tool_outputs",
    ):
        assert told in page


def test_api_calls_are_in_order_and_without_replies(logged: Run) -> None:
    thread = logged.thread
    messages = list(thread.messages.order_by("pk"))
    steps = steps_of_runs({logged.id})
    Thread.objects.filter(pk=thread.id).update(created_at=logged.created_at - timedelta(hours=1))
    thread.refresh_from_db()
    calls = api_calls(thread, messages, [logged], steps, "http://here/v1")
    assert [call.short_path for call in sorted(calls, key=lambda call: call.path)] == [
        "/threads",
        "/threads/…/messages",
        "/threads/…/runs",
        "/threads/…/runs/…/submit_tool_outputs",
    ]
    assert [call.at for call in calls] == sorted(call.at for call in calls)


def test_the_number_of_queries_does_not_grow_with_the_run(logged: Run) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            context_of(logged)
        return len(queries)

    few = asked()
    for number in range(20):
        call_for(step_of(logged, tool_calls_details([]), number, number + 1), number + 1)
    assert asked() == few


def test_only_the_call_of_the_step_is_read_whole(logged: Run) -> None:
    long_ago = logged.created_at
    steps = [step_of(logged, tool_calls_details([]), number, number + 1) for number in range(5)]
    calls = [call_for(step, 1) for step in steps]
    with CaptureQueriesContext(connection) as queries:
        assert call_of_step(steps[2]) == calls[2]
    assert [('"request"' in query["sql"]) for query in queries] == [False, True]
    with CaptureQueriesContext(connection) as queries:
        ended = {name: call.ended_at for call in calls_of_run(logged) for name in call.step_ids}
        assert ended[steps[0].id] == long_ago + timedelta(seconds=1)
    assert '"request"' not in queries[0]["sql"]
    assert '"response",' not in queries[0]["sql"]
