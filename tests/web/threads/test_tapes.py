"""Where two runs part, and what cards and the trace say about a tape."""

from typing import Any

import pytest
from django.urls import reverse

from assistants_app.models import Citation, Message, Run, Tape, Thread
from assistants_app.rendering.tool_calls.cards import render_calls
from assistants_app.services.runs.tapes import delete_tape, record_tape
from assistants_app.web.http import playground_url
from assistants_app.wire.runs.steps import (
    BY_MOCK,
    BY_TAPE,
    MISSED,
    RESULT,
    code_call,
    code_result,
    full_step_object,
    function_call,
    message_creation_details,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.web.pages import signed_in
from tests.web.threads.logged_runs import call_for, plain, step_of

WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {}}}
DRIFT = {"path": "city", "recorded": '"Oslo"', "given": '"<b>Bonn</b>"'}


def made_run(cast: Cast, *calls: dict[str, Any], said: str = "", **columns: Any) -> Run:
    """A run that made these calls, each in a turn of its own, and then said something."""
    thread = Thread.objects.create(project=cast.project)
    run = make_run(
        cast.project, thread, cast.assistant, status="completed", tools=[WEATHER], **columns
    )
    for place, call in enumerate(calls):
        call_for(step_of(run, tool_calls_details([call]), place, place + 1), place + 1)
    if said:
        message = Message.objects.create(
            thread=thread,
            role="assistant",
            content=[text_part(said)],
            run_id=run.id,
            status="completed",
        )
        call_for(step_of(run, message_creation_details(message.id), 8, 9), 9)
    return run


def weather(arguments: str, output: str | None = "rain", **result: Any) -> dict[str, Any]:
    call = function_call("call_1", "weather", arguments, output)
    return {**call, RESULT: result} if result else call


def page(cast: Cast, name: str, *args: str, **headers: str) -> str:
    url = reverse(name, args=[cast.project.id, *args])
    answer = signed_in(cast.vera).get(url, headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def thread_page(cast: Cast, run: Run) -> str:
    url = playground_url(cast.project, a=cast.assistant.id, t=run.thread_id)
    return str(signed_in(cast.alice).get(url).content.decode())


def compared(cast: Cast, left: Run, right: Run) -> str:
    return plain(page(cast, "divergence", left.id, right.id))


def test_a_run_without_an_assistant_has_a_link_with_words(cast: Cast) -> None:
    one, alone = made_run(cast, said="It rains."), made_run(cast, said="Yes.")
    Run.objects.filter(pk=alone.pk).update(assistant_id="")
    raw = page(cast, "divergence", one.id, alone.id)
    link = reverse("run_trace", args=[cast.project.id, alone.id])
    assert f'<a href="{link}">Model alone</a>' in raw


def test_runs_that_do_the_same_are_said_to(cast: Cast) -> None:
    one, other = (made_run(cast, weather("{}"), said="It rains.") for _ in range(2))
    shown = compared(cast, one, other)
    assert "The runs do the same: every step, every output and every citation." in shown
    assert "Requests to the models" not in shown


def test_other_arguments_are_shown_with_both_requests(cast: Cast) -> None:
    left = made_run(cast, weather('{"a": 0}'), weather('{"city": "Oslo"}'), said="Rain.")
    right = made_run(cast, weather('{"a": 0}'), weather('{"city": "Bonn"}'), said="Rain.")
    call = right.provider_calls.order_by("pk")[1]
    call.request["body"]["messages"][0]["content"] = "How <i>cold</i>?"
    call.save()
    shown = compared(cast, left, right)
    assert "Step 2 is the first difference: the same tool, other arguments." in shown
    assert '1 same weather: {"a": 0} weather: {"a": 0}' in shown
    assert 'city "Oslo" "Bonn"' in shown
    # The requests of that step, and of no other.
    assert "What each model was asked before this step." in shown
    raw = page(cast, "divergence", left.id, right.id)
    assert "warm" in raw
    assert "cold" in raw
    assert "<i>cold</i>" not in raw
    assert "Show all lines" in shown
    assert f"{reverse('divergence', args=[cast.project.id, right.id, left.id])}" in raw


def test_equal_requests_are_said_to_be_equal(cast: Cast) -> None:
    shown = compared(cast, made_run(cast, said="Rain."), made_run(cast, said="Sun."))
    assert "Step 1 is the first difference: the messages have other words." in shown
    assert "Both models were asked the same." in shown


def test_a_run_that_stops_earlier_is_compared_by_its_last_request(cast: Cast) -> None:
    left = made_run(cast, weather("{}"), said="Rain.")
    right = made_run(cast, weather("{}"))
    shown = compared(cast, left, right)
    assert "Step 2 is the first difference: one of the runs has ended before it." in shown
    assert "2 first difference Message: Rain. –" in shown


def test_a_run_without_steps_has_no_request(cast: Cast) -> None:
    shown = compared(cast, made_run(cast), made_run(cast, said="Rain."))
    assert "Step 1 is the first difference" in shown
    assert "At least one of the requests is not stored." in shown
    assert "Neither run has taken a step." in compared(cast, made_run(cast), made_run(cast))


def test_other_cited_passages_are_shown_by_their_words(cast: Cast) -> None:
    runs = []
    for number, quote in ((0, "It rains."), (3, "It pours.")):
        run = made_run(cast, said=f"Rain【{number}:0†rain.txt】.")
        Citation.objects.create(
            thread=run.thread,
            number=number,
            place=0,
            file_id="file-rain",
            filename="rain.txt",
            quote=quote,
            start=10 * number,
            end=10 * number + 9,
            score=1.0,
        )
        runs.append(run)
    shown = compared(cast, *runs)
    assert "Step 1 is the first difference: the same text cites other passages." in shown
    assert "Cited passages" in shown
    assert "It rains." in shown
    assert "It pours." in shown


def test_a_panel_gets_the_comparison_alone(cast: Cast) -> None:
    one, other = made_run(cast, said="Rain."), made_run(cast, said="Sun.")
    part = page(cast, "divergence", one.id, other.id, **{"HX-Request": "true"})
    assert "<html" not in part
    assert "the messages have other words" in part


def test_runs_of_other_projects_are_not_found(cast: Cast) -> None:
    thread = Thread.objects.create(project=cast.other_project)
    other = make_run(cast.other_project, thread, cast.assistant)
    for pair in ((cast.run.id, other.id), (other.id, cast.run.id), (cast.run.id, "run_none")):
        url = reverse("divergence", args=[cast.project.id, *pair])
        assert signed_in(cast.alice).get(url).status_code == 404


def test_many_steps_are_cut_and_take_few_queries(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    calls = [weather(f'{{"n": {number}}}') for number in range(120)]
    left, right = made_run(cast, *calls), made_run(cast, *calls)
    with django_assert_max_num_queries(40):
        shown = compared(cast, left, right)
    assert "20 more steps are not shown." in shown


@pytest.fixture
def tape(cast: Cast) -> Tape:
    source = made_run(cast, weather('{"city": "Oslo"}'))
    return record_tape(project=cast.project, run_ids=[source.id])


def test_the_trace_shows_what_the_tape_answered(cast: Cast, tape: Tape) -> None:
    run = made_run(
        cast,
        weather("{}", ended=BY_TAPE, tape={"position": 0, "drift": [DRIFT]}),
        weather("{}", None, ended=MISSED, tape={"missed": "The tape has no <b>call</b>."}),
        tape=tape,
        tape_policy={"matching": "in_order", "code": "tape"},
    )
    raw = page(cast, "run_trace", run.id)
    shown = plain(raw)
    assert "1 call was answered from the tape." in shown
    assert "1 of them had other arguments than the recorded call." in shown
    assert "&lt;b&gt;call&lt;/b&gt;" in raw
    assert (
        "Functions are answered in the order of the recording. Code comes from the tape. Searches "
        "run live. A call without a recorded output fails the run."
    ) in shown
    [source] = tape.source_run_ids
    assert reverse("divergence", args=[cast.project.id, source, run.id]) in raw
    assert "weather · answered from the tape" in shown
    delete_tape(project=cast.project, tape_id=tape.id)
    assert "its tape was deleted" in plain(page(cast, "run_trace", run.id))


def test_a_run_without_a_tape_has_no_such_part(cast: Cast) -> None:
    assert "tape-h" not in page(cast, "run_trace", made_run(cast, said="Rain.").id)


def test_a_source_that_is_gone_is_not_linked(cast: Cast, tape: Tape) -> None:
    run = made_run(cast, tape=tape, tape_policy={})
    Run.objects.filter(pk__in=tape.source_run_ids).delete()
    assert "Recorded from" not in page(cast, "run_trace", run.id)


def test_cards_show_what_came_from_the_tape(cast: Cast) -> None:
    rebuilt = [{"position": 0, "ended": "ok"}, {"position": 1, "ended": "error"}]
    missed = {"missed": "The tape has no output for this code.", "rebuilt": rebuilt}
    code = code_call("call_2", "print(1)", [])
    run = made_run(
        cast,
        weather('{"city": 1}', ended=BY_TAPE, tape={"position": 1, "drift": [DRIFT]}),
        weather("{}", "sun", ended=BY_TAPE, tape={"position": 0, "drift": []}),
        {**code, RESULT: {**code_result("ok"), "tape": missed}},
    )
    raw = thread_page(cast, run)
    shown = plain(raw)
    assert "from the tape, other arguments" in shown
    assert "Recorded call 2 answered." in shown
    assert "&lt;b&gt;Bonn&lt;/b&gt;" in raw
    assert "not on the tape" in shown
    assert "2 recorded calls ran again first, to rebuild the session." in shown
    assert "1 of them failed this time." in shown


@pytest.mark.parametrize(
    ("output", "result", "badge"),
    [
        ("rain", {"ended": BY_TAPE, "tape": {"position": 0}}, "from the tape"),
        # While the step is live, the page doesn't have the output yet.
        (None, {"ended": BY_TAPE, "tape": {"position": 0}}, "from the tape"),
        (None, {"ended": MISSED, "tape": {"missed": "No."}}, "not on the tape"),
        ("rain", {"ended": MISSED, "tape": {"missed": "No."}}, "answered"),
        ("rain", {"ended": BY_MOCK, "tape": {"missed": "No."}}, "answered by mock"),
        (None, {"ended": BY_MOCK}, "answered by mock"),
        ("rain", {}, "answered"),
    ],
)
def test_the_badge_says_what_answered(
    cast: Cast, output: str | None, result: dict[str, Any], badge: str
) -> None:
    run = made_run(cast, weather("{}", output, **result))
    card = render_calls(full_step_object(run.steps.get()), cast.project.id)
    assert f"weather function {badge} " in plain(card)


def test_a_person_sees_why_they_are_asked(cast: Cast) -> None:
    thread = Thread.objects.create(project=cast.project)
    run = make_run(
        cast.project,
        thread,
        cast.assistant,
        status="requires_action",
        tools=[WEATHER],
        tape_policy={"on_miss": "ask"},
    )
    call = weather("{}", None, ended=MISSED, tape={"missed": "The tape has no call of weather."})
    step_of(run, tool_calls_details([call]), 0, None, waits=1)
    assert "The tape has no call of weather." in plain(thread_page(cast, run))
