"""Model calls in the run log and the trace, and what the model saw."""

import html
import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assistants_app.models import ModelPrice, ProviderCall, Run, RunStep
from assistants_app.queries.threads.state import logged_run
from assistants_app.rendering.runs.log import LogRow, log_context
from assistants_app.rendering.runs.seen import SeenPart, compared, seen_parts
from assistants_app.rendering.text.folded_json import render_json
from assistants_app.wire.runs.steps import (
    code_call,
    message_creation_details,
    tool_calls_details,
)
from tests.cast import Cast, make_run
from tests.queries.project.usage_rows import settle_all
from tests.web.pages import signed_in
from tests.web.threads.logged_runs import call_for, get, plain, step_of, waited_run


@pytest.fixture
def logged(cast: Cast) -> Run:
    return waited_run(cast)


def rows_of(run: Run) -> list[LogRow]:
    rows: list[LogRow] = log_context([run], logged_run(run))["rows"]
    return rows


def response(**columns: Any) -> dict[str, Any]:
    return {"status": 200, "headers": {}, "message": {"content": "11"}, "bytes": 9, **columns}


def active_run(cast: Cast, began: float) -> Run:
    """A run that began this many seconds ago."""
    start = timezone.now() - timedelta(seconds=began)
    Run.objects.filter(thread=cast.thread).update(status="completed")
    return make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        status="in_progress",
        created_at=start,
        started_at=start,
    )


def test_a_model_call_is_a_row_above_its_steps(cast: Cast, logged: Run) -> None:
    price = {"prompt": Decimal(10), "cached": Decimal(1), "completion": Decimal(100)}
    ModelPrice.objects.create(project=cast.project, model=logged.model, **price)
    settle_all()
    logged.refresh_from_db()
    written = RunStep.objects.filter(run=logged).last()
    assert written is not None
    ended = call_for(written, 10, response=response(finish_reason="stop"))
    ProviderCall.objects.filter(pk=ended.pk).update(
        first_token_at=ended.started_at + timedelta(seconds=0.25)
    )
    first, second = rows_of(logged)
    assert [bar.label for bar in first.steps] == ["get_weather"]
    assert [bar.label for bar in second.steps] == ["Reply"]
    assert second.call is not None
    assert (second.call.number, second.call.first_token, second.call.seconds) == (2, 0.25, 1)
    context = log_context([], logged_run(logged))
    assert sum(row.call.cost for row in context["rows"]) == context["cost"]
    page = plain(get(cast, "run_log", logged.thread_id, logged.id))
    assert re.search(
        r"Model call 2 1\.00 s first token 0\.25 s 100 → 20 tok \$0\.0026 stop Reply 1\.00 s", page
    )
    trace = plain(get(cast, "run_trace", logged.id))
    assert trace.index("Model call 1") < trace.index("get_weather") < trace.index("Model call 2")


def test_without_stored_calls_the_steps_have_the_tokens(cast: Cast, logged: Run) -> None:
    ProviderCall.objects.all().delete()
    assert [row.call for row in rows_of(logged)] == [None, None]
    page = plain(get(cast, "run_log", logged.thread_id, logged.id))
    assert page.count("20 tok") == 2
    assert "Model call" not in page


@pytest.mark.parametrize(
    "reported",
    [
        None,
        {"prompt_tokens": 5, "completion_tokens": 3},
        {"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}},
        {"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": None},
        {"prompt_tokens": "five", "completion_tokens": None, "prompt_tokens_details": "none"},
    ],
)
def test_a_call_without_counted_steps_shows_what_the_endpoint_reported(
    logged: Run, reported: dict[str, Any] | None
) -> None:
    RunStep.objects.filter(run=logged).update(usage={})
    ProviderCall.objects.filter(run=logged).update(response=response(usage=reported))
    call = rows_of(logged)[0].call
    assert call is not None
    known = reported is not None and reported["prompt_tokens"] == 5
    assert (call.prompt, call.completion) == ((5, 3) if known else (0, 0))


@pytest.mark.parametrize(
    "refused",
    [
        {
            "status": 400,
            "headers": {},
            "body": '{"error": "No <such> model"}',
            "error": "No <way>.",
        },
        {"status": 503, "headers": {}, "body": "Busy"},
        {"error": "The endpoint can't be reached."},
    ],
)
def test_a_failed_call_is_red_and_says_why(
    cast: Cast, logged: Run, refused: dict[str, Any]
) -> None:
    call = call_for(RunStep.objects.filter(run=logged)[0], 1, response=refused)
    ProviderCall.objects.filter(pk=call.id).update(step_ids=[])
    page = get(cast, "run_log", logged.thread_id, logged.id)
    assert 'class="wf-step call failed"' in page
    url = reverse("run_call", args=[cast.project.id, logged.id, call.id])
    assert f'hx-get="{url}?tab=response"' in page
    why = html.escape(str(refused.get("error", refused.get("status"))), quote=True)
    assert f'<small class="error">{why}</small>' in page
    trace = get(cast, "run_trace", logged.id)
    assert re.search(rf'<details class="trace-step call failed" id="{call.id}" open>', trace)
    assert "Failed model call" in trace


def test_the_error_of_a_failed_run_stands_once(cast: Cast, logged: Run) -> None:
    error = {"code": "server_error", "message": "The endpoint said no."}
    Run.objects.filter(pk=logged.id).update(status="failed", last_error=error)
    call = call_for(logged.steps.all()[0], 1, response=response(error=error["message"]))
    ProviderCall.objects.filter(pk=call.id).update(step_ids=[])
    for view, ids in (("run_log", [logged.thread_id, logged.id]), ("run_trace", [logged.id])):
        shown = get(cast, view, *ids).split("Run as JSON")[0]
        assert plain(shown).count("The endpoint said no.") == 1, view


def test_while_the_model_answers_its_call_ticks(cast: Cast) -> None:
    run = active_run(cast, 6)
    [waiting] = rows_of(run)
    assert waiting.call is not None
    assert (waiting.call.number, waiting.call.call, waiting.call.first_token) == (1, None, None)
    page = get(cast, "run_log", run.thread_id, run.id)
    assert 'class="log-steps" data-axis="6.' in page
    assert page.count("data-clock=") == 2  # the call and the whole run
    assert "waiting for the first token" in page
    step = step_of(run, message_creation_details("msg_1"), 2, None)
    RunStep.objects.filter(pk=step.pk).update(first_token_at=step.created_at)
    [writing] = rows_of(run)
    assert writing.call is not None
    assert (writing.call.first_token, [bar.label for bar in writing.steps]) == (2, ["Reply"])
    page = get(cast, "run_log", run.thread_id, run.id)
    assert "first token</dt><dd>2.00 s" in page.lower().replace("> ", ">")
    assert 'id="tokens-so-far"' in page


def test_while_code_runs_no_model_call_ticks(cast: Cast) -> None:
    run = active_run(cast, 6)
    step = step_of(run, tool_calls_details([code_call("call_1", "1", [])]), 1, None)
    call_for(step, 3)
    [row] = rows_of(run)
    assert row.call is not None
    assert row.call.call is not None
    assert [bar.label for bar in row.steps] == ["Python"]
    RunStep.objects.filter(pk=step.pk).update(
        status="completed", completed_at=run.created_at + timedelta(seconds=4)
    )
    again = rows_of(run)[-1].call
    assert again is not None
    assert (again.number, again.call, again.begin) == (2, None, 4)


@pytest.mark.parametrize("status", ["queued", "requires_action", "completed", "failed"])
def test_only_a_run_in_progress_has_a_call_that_goes_on(cast: Cast, status: str) -> None:
    run = active_run(cast, 6)
    Run.objects.filter(pk=run.pk).update(status=status)
    run.refresh_from_db()
    assert rows_of(run) == []


def test_a_session_of_code_costs_nothing_that_nobody_charges(cast: Cast, logged: Run) -> None:
    Run.objects.filter(pk=logged.pk).update(usage={"prompt_tokens": 1, "code_sessions": 1})
    settle_all()
    for view, ids in (("run_log", (logged.thread_id, logged.id)), ("run_trace", (logged.id,))):
        page = get(cast, view, *ids)
        assert "$" not in page
        assert ">no price</a>" in page


def test_the_trace_names_the_assistant_its_version_and_configuration(
    cast: Cast, logged: Run
) -> None:
    Run.objects.filter(pk=logged.pk).update(
        version_number=3, used_draft=True, instructions="Be <kind>.", temperature=0.25
    )
    page = get(cast, "run_trace", logged.id)
    playground = reverse("playground", args=[cast.project.id])
    assert f'<a href="{playground}?a={logged.assistant_id}">{cast.assistant.name}</a>' in page
    assert reverse("versions", args=[cast.project.id, logged.assistant_id]) + '#v3">v3</a>' in page
    assert "with the changes of a draft" in page
    assert '"instructions": "Be <kind>."' in html.unescape(re.sub("<[^>]*>", "", page))
    cast.assistant.delete()
    page = get(cast, "run_trace", logged.id)
    assert "(deleted)" in page
    assert "#v3" not in page


CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"at":"Oslo"}'},
}
SEARCH = {"id": "call_2", "function": {"name": "file_search", "arguments": '{"query":"x"}'}}
BODY = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "Warm?"}]},
        {"role": "assistant", "content": None, "tool_calls": [CALL, SEARCH]},
        {"role": "tool", "tool_call_id": "call_1", "content": "11"},
        {"role": "tool", "tool_call_id": "call_2", "content": "From a file."},
    ],
    "tools": [{"type": "function", "function": {"name": "get_weather"}}],
    "stream": True,
    "temperature": 0.5,
}


def test_a_request_is_shown_by_roles() -> None:
    parts = seen_parts(BODY)
    assert [(part.kind, part.title) for part in parts] == [
        ("tools", "Tools: get_weather"),
        ("system", "System"),
        ("user", "User"),
        ("call", "Call of get_weather"),
        ("call", "Call of file_search"),
        ("output", "Output of get_weather"),
        ("passages", "Passages"),
        ("settings", "Settings"),
    ]
    assert parts[2].text == "Warm?"
    assert parts[-1].text == json.dumps({"model": "m", "temperature": 0.5}, indent=2)
    assert [part.tokens > 0 for part in parts] == [True] * 7 + [False]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cut": "9 bytes of JSON with too many parts to keep"},
        {"messages": "[cut]", "tools": "[cut]"},
        {"messages": [{"role": "user", "content": "a"}, "[cut: 3 items]"], "tools": ["[cut]"]},
        {"messages": [{"role": "tool", "content": 1}, {"role": 7, "content": {"a": 1}}]},
        {"messages": [{"role": "assistant", "tool_calls": ["[cut]", {"function": None}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}, 3]}]},
    ],
)
def test_a_request_of_any_shape_is_shown(body: dict[str, Any]) -> None:
    for part in compared(seen_parts(BODY), seen_parts(body)):
        assert part.text


def test_the_difference_to_the_request_before() -> None:
    def part(kind: str, text: str) -> SeenPart:
        return SeenPart(kind, kind, text)

    old = [part("system", "Be kind."), part("user", "Warm?"), part("call", "x")]
    new = [part("system", "Be brief."), part("user", "Warm?"), part("assistant", "11")]
    told = compared(old, new)
    assert [(item.kind, item.change) for item in told] == [
        ("system", "changed"),
        ("user", "same"),
        ("assistant", "new"),
        ("call", "gone"),
    ]
    assert told[0].diff is not None
    assert "<ins>brief</ins>" in "".join(row.right_html for row in told[0].diff.rows)


def test_what_the_model_saw_is_compared_with_the_run_before(cast: Cast, logged: Run) -> None:
    first = ProviderCall.objects.get(run=logged)
    page = get(cast, "run_call", logged.id, first.id)
    assert "nothing to compare it with" in page
    newer = make_run(cast.project, logged.thread, cast.assistant, status="completed")
    call = call_for(step_of(newer, message_creation_details("msg_1"), 0, 1), 1)
    request = {**call.request, "body": {**call.request["body"], "temperature": 0.5}}
    ProviderCall.objects.filter(pk=call.pk).update(request=request)
    page = plain(get(cast, "run_call", newer.id, call.id))
    assert "1 changed, 0 new, 0 gone since model call 1 of the previous run" in page
    step = RunStep.objects.get(run=newer)
    assert "1 changed" in get(cast, "run_step", newer.id, step.id, tab="seen")
    again = call_for(step_of(logged, message_creation_details("msg_2"), 9, 10), 10)
    told = plain(get(cast, "run_call", logged.id, again.id))
    assert "nothing changed since model call 1 of this run" in told


def test_the_tabs_of_a_call(cast: Cast, logged: Run) -> None:
    call = ProviderCall.objects.get(run=logged)
    assert "POST http://model.example/v1" in get(
        cast, "run_call", logged.id, call.id, tab="request"
    )
    assert "Bearer $OPENAI_API_KEY" in get(cast, "run_call", logged.id, call.id, tab="curl")
    assert ">200<" in get(cast, "run_call", logged.id, call.id, tab="response")
    client, names = signed_in(cast.bob), [cast.project.id, logged.id]
    url = reverse("run_call", args=[*names, call.id])
    assert client.get(url, {"tab": "io"}).status_code == 404
    assert client.get(reverse("run_call", args=[*names, "call_none"])).status_code == 404
    assert signed_in(cast.charlie).get(url).status_code == 404


@pytest.mark.parametrize(
    "value",
    [
        BODY,
        [],
        {},
        None,
        [1, 2.5, True, None, "<b>"],
        {"a": {"b": [[], {}, {"c": "ü" * 80}]}},
        {"<script>": [{"x": "y" * 70}]},
        [{"n": number} for number in range(3000)],
        json.loads("[" * 60 + "]" * 60),
    ],
)
def test_folded_json_is_the_json(value: Any) -> None:
    text = html.unescape(re.sub("<[^>]*>", "", render_json(value)))
    assert json.loads(text) == value
    assert "<script>" not in render_json(value)
