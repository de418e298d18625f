"""A what-if whose columns get the outputs of the recorded run."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Comparison, Run, RunStep, Tape
from assistants_app.services.compare.comparisons import delete_comparison
from assistants_app.services.runs.tapes import delete_tape, record_tape
from assistants_app.wire.runs.steps import function_call, tool_calls_details
from tests.cast import Cast, make_run
from tests.services.compare.made import ask, finish, lanes_of, run_of
from tests.web.pages import HTMX, project_url, say, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {"columns": "2", "repeats": "1", "assistant-1": "run", "model-1": "other"}


@pytest.fixture
def run(cast: Cast) -> Run:
    """A run that called a function."""
    tool = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    Run.objects.filter(pk=cast.run.id).update(tools=[tool], usage={"prompt_tokens": 1})
    RunStep.objects.create(
        run=cast.run,
        thread_id=cast.thread.id,
        assistant_id=cast.assistant.id,
        type="tool_calls",
        status="completed",
        step_details=tool_calls_details([function_call("call_1", "weather", "{}", "rain")]),
    )
    return Run.objects.get(pk=cast.run.id)


@pytest.fixture
def bob(cast: Cast) -> Client:
    return signed_in(cast.bob)


def start(cast: Cast, client: Client, run: Run, **more: str) -> Any:
    return client.post(project_url(cast, "new_comparison"), {**FORM, "run": run.id, **more})


def again(run: Run) -> Run:
    return Run.objects.exclude(pk=run.id).get()


def form_of(cast: Cast, client: Client, run: Run) -> str:
    url = project_url(cast, "new_comparison")
    return str(client.get(url, {"run": run.id}).content.decode())


def test_the_recording_is_offered_if_the_run_has_calls(cast: Cast, bob: Client, run: Run) -> None:
    chosen = '<input type="checkbox" name="tape" value="1" checked>'
    assert chosen in form_of(cast, bob, run)
    RunStep.objects.filter(run=run, type="tool_calls").delete()
    assert 'name="tape"' not in form_of(cast, bob, run)


def test_the_form_decides_how_calls_are_answered(cast: Cast, bob: Client, run: Run) -> None:
    options = {"tape_matching": "in_order", "tape_on_miss": "ask", "tape_code": "tape"}
    assert start(cast, bob, run, tape="1", **options).status_code == 302
    policy = again(run).tape_policy
    assert (policy["matching"], policy["on_miss"], policy["code"], policy["search"]) == (
        "in_order",
        "ask",
        "tape",
        "live",
    )
    assert Tape.objects.get().source_run_ids == [run.id]


def test_without_the_tick_tools_run_as_usual(cast: Cast, bob: Client, run: Run) -> None:
    assert start(cast, bob, run, tape_matching="in_order").status_code == 302
    assert again(run).tape_policy is None


def test_an_unknown_choice_is_refused_and_the_form_stays(cast: Cast, bob: Client, run: Run) -> None:
    refused = start(cast, bob, run, tape="1", tape_on_miss="<b>")
    assert refused.status_code == 422
    shown = refused.content.decode()
    assert "Invalid value for &#x27;on_miss&#x27;" in shown
    assert 'name="model-1"' in shown
    assert not Comparison.objects.exists()


def test_a_column_links_to_where_it_parts_unless_it_is_blind(
    cast: Cast, bob: Client, run: Run
) -> None:
    for blind in ("", "1"):
        Comparison.objects.all().delete()
        start(cast, bob, run, tape="1", blind=blind)
        comparison = Comparison.objects.get()
        lane = lanes_of(comparison)[-1]
        finish(lane, "Rain")
        made = Run.objects.get(thread_id=lane.thread_id)
        link = reverse("divergence", args=[cast.project.id, run.id, made.id])
        page = bob.get(project_url(cast, "comparison", comparison.id)).content.decode()
        assert (link in page) is not bool(blind)
        # Whoever guesses the address learns nothing before the vote.
        assert bob.get(link).status_code == (404 if blind else 200)


def test_the_whole_conversation_is_recorded_and_goes_on(cast: Cast, bob: Client, run: Run) -> None:
    say(cast.thread, "Rain", "assistant", run_id=run.id)
    say(cast.thread, "And tomorrow?", "user")
    later = make_run(cast.project, cast.thread, cast.assistant, status="completed")
    say(cast.thread, "Snow", "assistant", run_id=later.id)
    assert "1 later run of the thread is recorded" in squeezed(form_of(cast, bob, run))
    start(cast, bob, run, tape="1")
    comparison = Comparison.objects.get()
    assert Tape.objects.get().source_run_ids == [run.id, later.id]
    url = project_url(cast, "comparison", comparison.id)
    page = bob.get(url).content.decode()
    assert ">And tomorrow?</textarea>" in page
    assert 'name="tape" value="1" checked' in squeezed(page)
    finish(lanes_of(comparison)[1], "Rain")

    def send(**body: str) -> Any:
        url = project_url(cast, "send_to_columns", comparison.id)
        return bob.post(url, {"content": "And tomorrow?", **body}, headers=HTMX)

    sent = send(tape="1").content.decode()
    assert "And tomorrow?" not in sent
    lanes = lanes_of(comparison)
    assert {run_of(lane).tape_id for lane in lanes} == {comparison.tape_id}
    for lane in lanes:
        finish(lane, "Snow")
    page = bob.get(url).content.decode()
    # Each run is compared with the recorded one that answered the same message.
    for lane in lanes:
        assert reverse("divergence", args=[cast.project.id, later.id, run_of(lane).id]) in page
    refused = send(content=" ").content.decode()
    assert 'name="tape" value="1" checked' not in squeezed(refused)
    send()
    assert {run_of(lane).tape_policy for lane in lanes} == {None}
    for lane in lanes:
        finish(lane, "Wind")
    # Recorded outputs never become live calls by themselves.
    delete_tape(project=cast.project, tape_id=str(comparison.tape_id))
    gone = send(tape="1").content.decode()
    assert "The tape was deleted." in gone
    assert 'name="tape"' not in gone
    assert "The tape was deleted." not in send().content.decode()


def test_the_recorded_answer_outlives_its_thread(cast: Cast, bob: Client, run: Run) -> None:
    say(cast.thread, "Old words", "assistant", run_id=run.id)
    start(cast, bob, run)
    comparison = Comparison.objects.get()
    finish(lanes_of(comparison)[1], "New words")
    cast.thread.delete()
    changes = bob.get(project_url(cast, "comparison_changes", comparison.id)).content.decode()
    assert "<del>Old</del>" in squeezed(changes)


def test_a_comparison_on_a_tape_that_was_there_before(cast: Cast, bob: Client, run: Run) -> None:
    tape = record_tape(project=cast.project, run_ids=[run.id], name="Weather <b>")
    url = project_url(cast, "new_comparison")
    form = squeezed(bob.get(url, {"tape": tape.id}).content.decode())
    assert f'<option value="{tape.id}" selected>Weather &lt;b&gt;</option>' in form
    columns = {f"assistant-{place}": cast.assistant.id for place in range(2)}
    body = {"columns": "2", "repeats": "1", **columns}
    assert bob.post(url, {**body, "tape_id": "tape_none"}).status_code == 422
    assert bob.post(url, {**body, "tape_id": tape.id}).status_code == 302
    comparison = Comparison.objects.get()
    ask(cast, comparison)
    assert {run_of(lane).tape_id for lane in lanes_of(comparison)} == {tape.id}
    delete_comparison(project=cast.project, comparison_id=comparison.id)
    assert Tape.objects.filter(pk=tape.id).exists()
