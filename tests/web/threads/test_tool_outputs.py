"""The card of a run that waits for outputs: suggestions, errors, and late outputs."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from assistants_app.models import FunctionMock, Run, RunStep
from assistants_app.queries.threads.state import thread_runs, thread_snapshot
from assistants_app.rendering.runs.waiting_card import last_output, render_outcome
from assistants_app.services.assistants import mocks
from assistants_app.services.assistants.drafts import save_draft
from assistants_app.wire.assistants.mocks import MockParams
from assistants_app.wire.runs.runs import required_action
from assistants_app.wire.runs.steps import (
    BY_MOCK,
    RESULT,
    code_result,
    function_call,
    step_object,
    tool_calls_details,
)
from assistants_app.wire.validation import parse
from tests.cast import Cast, make_run
from tests.web.pages import signed_in

PARIS = function_call("call_paris", "get_weather", '{"city": "Paris"}', None)
ROME = function_call("call_rome", "get_weather", '{"city": "Rome"}', None)
MOCKED = {**function_call("call_time", "get_time", "{}", "noon"), RESULT: code_result(BY_MOCK)}


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def called(cast: Cast, run: Run, *calls: dict[str, Any], **columns: Any) -> RunStep:
    return RunStep.objects.create(
        run=run,
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type="tool_calls",
        step_details=tool_calls_details(list(calls)),
        **columns,
    )


def answered(cast: Cast, arguments: str, output: str, **more: Any) -> RunStep:
    call = {**function_call("call_old", "get_weather", arguments, output), **more}
    return called(cast, cast.run, call, status="completed", completed_at=timezone.now())


@pytest.fixture
def run(cast: Cast) -> Run:
    """A run that waits for two outputs, after a mock has answered a third call."""
    waiting = required_action([PARIS, ROME])
    run = make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        status="requires_action",
        required_action=waiting,
        origin="page",
    )
    called(cast, run, PARIS, ROME, MOCKED)
    return run


def url(run: Run, name: str) -> str:
    return reverse(name, args=[run.project_id, run.thread_id, run.id])


def prepare(client: Client, run: Run, do: str, call: str = "call_paris", **typed: Any) -> str:
    body = {"call": call, "do": do, **{f"{name}-{call}": value for name, value in typed.items()}}
    answer = client.post(url(run, "prepare_output"), body)
    assert answer.status_code == 200
    return answer.content.decode()


def make_mock(run: Run, **body: Any) -> FunctionMock:
    params = parse(MockParams, {"function": "get_weather", "kind": "static", **body})
    return mocks.save_mock(project=run.project, assistant_id=run.assistant_id, params=params)


def test_the_card_has_all_calls_and_shows_which_are_answered(run: Run) -> None:
    html = render_outcome(thread_runs(run.thread_id))
    assert html.count("<fieldset") == 3
    assert "answered by mock" in html
    assert "noon" in html
    assert "<b>city</b> <code>&quot;Paris&quot;</code>" in html
    assert 'name="output-call_time"' not in html


def test_a_run_that_waits_for_its_turn_does_not_hide_the_card(cast: Cast, run: Run) -> None:
    make_run(cast.project, cast.thread, cast.assistant, waits={"messages": [], "first": False})
    assert thread_snapshot(run.thread_id).runs.current == run
    assert "data-call" in render_outcome(thread_runs(run.thread_id))


def test_the_api_does_not_mention_mocks(run: Run) -> None:
    [step] = run.steps.all()
    assert RESULT not in json.dumps(step_object(step))


def test_a_call_is_answered_by_its_mock_in_the_box(run: Run, alice: Client) -> None:
    assert "no mock yet" in prepare(alice, run, "mock")
    elsewhere = [{"when": [{"path": "city", "value": "Oslo"}], "output": "cold"}]
    make_mock(run, kind="rules", rules=elsewhere)
    assert "no output for these arguments" in prepare(alice, run, "mock")
    make_mock(run, output={"place": "{{ city }}", "temp": 9})
    html = prepare(alice, run, "mock")
    assert "&quot;place&quot;: &quot;Paris&quot;" in html
    assert 'value="form"' in html
    assert "data-given" in html


def test_the_last_output_for_the_same_arguments_goes_before_a_newer_one(
    cast: Cast, run: Run, alice: Client
) -> None:
    assert "This function has no earlier output" in prepare(alice, run, "reuse")
    answered(cast, '{"city":"Paris"}', "old rain")
    answered(cast, '{"city": "Oslo"}', "new snow")
    answered(cast, '{"city": "Paris"}', "from a mock", **{RESULT: code_result(BY_MOCK)})
    assert ">old rain</textarea>" in prepare(alice, run, "reuse")
    assert ">new snow</textarea>" in prepare(alice, run, "reuse", call="call_rome")
    assert last_output("get_time", {}, [answered(cast, "{}", "x")]) is None


def test_an_error_takes_what_was_typed_as_its_message(run: Run, alice: Client) -> None:
    assert "The function failed." in prepare(alice, run, "error")
    html = prepare(alice, run, "error", output="Out of money")
    assert "{&quot;error&quot;: &quot;Out of money&quot;}" in html


def test_an_output_becomes_the_mock_of_its_function(run: Run, alice: Client) -> None:
    assert "Saved as the function&#x27;s mock." in prepare(alice, run, "keep", output='{"temp": 7}')
    assert FunctionMock.objects.get().definition == {"output": {"temp": 7}}
    run.project.assistants.get(pk=run.assistant_id).delete()
    assert "No assistant found" in prepare(alice, run, "keep", output="x")


def test_form_and_text_become_each_other(run: Run, alice: Client) -> None:
    schema = {"type": "object", "properties": {"temp": {"type": "number"}}, "required": ["temp"]}
    make_mock(run, output="none", result_schema=schema)
    html = prepare(alice, run, "", shape="form", output='{"temp": 7}')
    assert ">7</textarea>" in html
    token = json.dumps(["number", True, "temp"])
    html = prepare(alice, run, "", shape="raw", token=token, field="8")
    assert "{&quot;temp&quot;: 8}" in html
    html = prepare(alice, run, "", shape="raw", token=token, field="warm")
    assert "expected a number" in html
    html = prepare(alice, run, "", shape="form", output='{"temp": 7, "more": 1}')
    assert "so it&#x27;s shown as text" in html


def test_each_invalid_field_of_a_form_has_its_error(run: Run, alice: Client) -> None:
    fields = {"temp": {"type": "number"}, "days": {"type": "integer"}, "sky": {"type": "string"}}
    make_mock(run, output="none", result_schema={"type": "object", "properties": fields})
    tokens = [
        json.dumps([kind["type"].replace("string", "text"), False, name])
        for name, kind in fields.items()
    ]
    body = {"shape": "form", "token": tokens, "field": ["warm", "1.5", "blue"]}
    refused = submit(alice, run, **{f"{name}-call_paris": value for name, value in body.items()})
    paris = refused.content.decode().split("<fieldset")[1]
    assert paris.count('aria-invalid="true"') == 2
    assert "expected a number, but got &#x27;warm&#x27;" in paris
    assert "expected an integer, but got &#x27;1.5&#x27;" in paris


def submit(client: Client, run: Run, **outputs: Any) -> HttpResponse:
    body = {"output-call_paris": "mild", "output-call_rome": "warm", **outputs}
    answer: Any = client.post(url(run, "submit_outputs"), body)
    return answer  # type: ignore[no-any-return]


def test_all_outputs_go_in_one_request(run: Run, alice: Client) -> None:
    token = json.dumps(["number", True, "temp"])
    form = {"shape-call_rome": "form", "token-call_rome": token, "field-call_rome": "20"}
    assert submit(alice, run, **form).status_code == 204
    run.refresh_from_db()
    assert run.status == "queued"
    outputs = [call["function"]["output"] for call in run.steps.get().step_details["tool_calls"]]
    assert outputs == ["mild", '{"temp": 20}', "noon"]


def test_an_error_of_the_api_is_shown_under_its_box_and_nothing_is_lost(
    run: Run, alice: Client
) -> None:
    refused = submit(alice, run, **{"output-call_rome": "x" * (512 * 1024 + 1)})
    html = refused.content.decode()
    assert refused.status_code == 422
    paris, rome = html.split("<fieldset")[1:3]
    assert ">mild</textarea>" in paris
    assert 'class="error"' not in paris
    assert "Use at most 524,288 characters." in rome
    assert "xxxx" in rome
    assert "Enter an output." in submit(alice, run, **{"output-call_rome": " "}).content.decode()
    run.refresh_from_db()
    assert run.status == "requires_action"


def test_late_outputs_are_refused_and_what_was_typed_stays(run: Run, alice: Client) -> None:
    assert submit(alice, run).status_code == 204
    late = submit(alice, run, **{"output-call_paris": "my long text"})
    assert late.status_code == 200
    assert "Already answered" in late.content.decode()
    assert "my long text" in late.content.decode()
    assert "Already answered" in prepare(alice, run, "mock", output="also kept")


def tab(run: Run, name: str = "mock_tab") -> str:
    return reverse(name, args=[run.project_id, run.assistant_id, "get_weather"])


def test_the_tab_keeps_tries_and_removes_a_mock(run: Run, alice: Client) -> None:
    assert "Save mock" in alice.get(tab(run)).content.decode()
    rules = [{"when": [{"path": "city", "value": "Rome"}], "output": "{{ city }} is warm"}]
    body = {"kind": "rules", "rules": json.dumps(rules), "default": '{"a": 1}', "at_once": "1"}
    tried = alice.post(tab(run, "try_mock"), {**body, "arguments": '{"city": "Rome"}'})
    assert "Rome is warm" in tried.content.decode()
    assert not FunctionMock.objects.exists()
    assert "Saved" in alice.post(tab(run), body).content.decode()
    mock = FunctionMock.objects.get()
    assert (mock.definition, mock.at_once) == ({"rules": rules, "default": {"a": 1}}, True)
    assert "automatic mock" in alice.get(tab(run)).content.decode()
    assert "automatic mock" in render_outcome(thread_runs(run.thread_id))
    assert "Save mock" in alice.post(tab(run, "remove_mock")).content.decode()
    assert alice.post(tab(run, "remove_mock")).status_code == 404


@pytest.mark.parametrize(
    ("parameters", "inserted", "arguments"),
    [
        (
            {"type": "object", "properties": {"order_id": {"type": "integer"}, "city": {}}},
            "{{ order_id }}",
            {"order_id": 1, "city": "city"},
        ),
        ({"type": "object", "properties": {}}, None, {"location": "Paris"}),
        (None, None, {"location": "Paris"}),
        ("unfinished", None, {"location": "Paris"}),
    ],
)
def test_the_examples_of_the_tab_have_the_arguments_of_the_function(
    run: Run, alice: Client, cast: Cast, parameters: Any, inserted: str | None, arguments: Any
) -> None:
    function = {"name": "get_weather", "parameters": parameters}
    # As it is in the draft, with a function before it that somebody hasn't finished.
    tools = [{"type": "function", "function": text} for text in ('{"name', function)]
    save_draft(
        project=cast.project,
        assistant_id=cast.assistant.id,
        user=cast.alice,
        changes={"tools": tools},
    )
    page = LexborHTMLParser(alice.get(tab(run)).content.decode())
    example = page.css_first(".of-static code")
    assert (example.text() if example else None) == inserted
    shown, rules = page.css_first("#mock-arguments"), page.css_first("#mock-rules")
    assert shown is not None
    assert rules is not None
    assert json.loads(shown.attributes["placeholder"] or "") == arguments
    [rule] = json.loads(rules.text())
    first = next(iter(arguments))
    assert rule["when"] == [{"path": first, "operator": "equals", "value": arguments[first]}]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"kind": "rules", "rules": "[{"}, "rules", "valid JSON"),
        ({"kind": "rules", "rules": "{}"}, "rules", "JSON list"),
        ({"kind": "static", "result_schema": "[]"}, "result_schema", "JSON object"),
    ],
)
def test_an_error_is_shown_under_its_field(
    run: Run, alice: Client, body: dict[str, str], field: str, words: str
) -> None:
    refused = alice.post(tab(run), {**body, "output": "kept text"})
    assert refused.status_code == 422
    html = refused.content.decode()
    assert words in html.split(f'id="e-{field}"')[1]
    assert "kept text" in html
    assert not FunctionMock.objects.exists()
