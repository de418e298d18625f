"""The page of a comparison: figures, calls, differences, repeats and kept columns."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assistants_app.models import AssistantDraft, Comparison, Run, Thread
from assistants_app.providers.endpoint import Endpoint
from tests.cast import Cast
from tests.services.compare.made import (
    ask,
    columns_of,
    compare,
    finish,
    lanes_of,
    run_of,
    wait_for_outputs,
)
from tests.web.pages import HTMX, project_url, say, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob(cast: Cast) -> Client:
    return signed_in(cast.bob)


def get(cast: Cast, client: Client, name: str, *ids: str, **query: str) -> str:
    answer: Any = client.get(project_url(cast, name, *ids), query, headers=HTMX)
    assert answer.status_code == 200
    return squeezed(answer.content.decode())


def post(cast: Cast, client: Client, name: str, *ids: str, **body: Any) -> Any:
    return client.post(project_url(cast, name, *ids), body, headers=HTMX)


def answered(cast: Cast, *texts: str, **columns: Any) -> Comparison:
    comparison = compare(cast)
    ask(cast, comparison, "Which colour?")
    for lane, text in zip(lanes_of(comparison), texts, strict=True):
        finish(lane, text, **columns)
    return comparison


def test_a_new_comparison_begins_with_the_published_version_and_the_draft(
    cast: Cast, bob: Client
) -> None:
    AssistantDraft.objects.create(
        assistant=cast.assistant, user=cast.bob, base_number=0, changes={"model": "x"}
    )
    form = get(cast, bob, "new_comparison", a=cast.assistant.id)
    assert form.count('value="published" selected') == 1
    assert form.count('value="draft" selected') == 1


def new(cast: Cast, client: Client, **body: Any) -> Any:
    usual = {
        "columns": "2",
        "repeats": "1",
        **{f"assistant-{place}": cast.assistant.id for place in range(2)},
        **{f"version-{place}": "published" for place in range(2)},
        "model-1": "other",
    }
    return client.post(project_url(cast, "new_comparison"), {**usual, **body})


def test_the_form_makes_the_comparison(cast: Cast, bob: Client) -> None:
    made = new(cast, bob, **{"temperature-1": "0.5", "instructions-1": " Be brief. ", "blind": "1"})
    comparison = Comparison.objects.get()
    assert made["Location"] == project_url(cast, "comparison", comparison.id)
    values = [column.configuration["values"] for column in columns_of(comparison)]
    assert [(one["model"], one["temperature"], one["instructions"]) for one in values] == [
        ("m", None, ""),
        ("other", 0.5, "Be brief."),
    ]
    assert (comparison.blind, comparison.repeats, comparison.author) == (True, 1, cast.bob)


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        ({"temperature-1": "3"}, "temperature-1", "2"),
        ({"temperature-0": "warm"}, "temperature-0", "number"),
        ({"temperature-0": "nan"}, "temperature-0", "number"),
        ({"temperature-0": "0,5"}, "temperature-0", "number"),
        ({"max_completion_tokens-0": "1e3"}, "max_completion_tokens-0", "number"),
        ({"max_completion_tokens-1": "9" * 400}, "max_completion_tokens-1", ""),
        ({"assistant-1": "asst_none"}, "assistant-1", "asst_none"),
        ({"assistant-1": "", "model-1": ""}, "model-1", ""),
        ({"version-1": "99"}, "assistant-1", "99"),
        ({"version-1": "draft"}, "version-1", "no draft"),
    ],
)
def test_a_refused_setting_says_so_under_its_field(
    cast: Cast, bob: Client, body: dict[str, str], where: str, says: str
) -> None:
    refused = new(cast, bob, **body)
    assert refused.status_code == 422
    error = refused.content.decode().split(f'id="e-{where}">')[1].split("<")[0]
    assert error.strip()
    assert says in error
    assert not Comparison.objects.exists()


@pytest.mark.parametrize("body", [{"repeats": "9"}, {"title": "x" * 300}, {"repeats": "x"}])
def test_other_refusals_are_above_the_form(cast: Cast, bob: Client, body: dict[str, str]) -> None:
    refused = new(cast, bob, **body)
    assert refused.status_code == 422
    assert "banner err" in refused.content.decode()


def test_columns_are_added_and_removed_with_what_was_typed(cast: Cast, bob: Client) -> None:
    body = {"columns": "2", "model-0": "one", "model-1": "two"}
    three = post(cast, bob, "comparison_columns", **body, more="1").content.decode()
    assert [three.count(f'value="{model}"') for model in ("one", "two")] == [1, 2]
    body = {"columns": "3", "model-0": "one", "model-1": "two", "model-2": "three"}
    two = post(cast, bob, "comparison_columns", **body, less="1").content.decode()
    assert [two.count(f'value="{model}"') for model in ("one", "two", "three")] == [1, 0, 1]
    kept = post(cast, bob, "comparison_columns", columns="2", less="0").content.decode()
    assert "Column B" in kept
    most = post(cast, bob, "comparison_columns", columns="99", more="1").content.decode()
    assert "Column D" in most


def test_a_run_is_repeated_with_other_settings(cast: Cast, bob: Client) -> None:
    say(cast.thread, "Old answer", "assistant", run_id=cast.run.id)
    form = get(cast, bob, "new_comparison", run=cast.run.id)
    assert "The recorded run:" in form
    body = {"run": cast.run.id, "columns": "2", "repeats": "1", "assistant-1": "run"}
    body |= {"model-1": "other", "form_id": "form_1"}  # sent twice
    made: list[Any] = [bob.post(project_url(cast, "new_comparison"), body) for _ in "ab"]
    assert len({answer["Location"] for answer in made}) == 1
    page = get(cast, bob, "comparison", Comparison.objects.get().id)
    assert "Old answer" in page
    assert ">recorded<" in page
    again = Run.objects.exclude(pk=cast.run.id).get()
    assert (again.model, again.status) == ("other", "queued")


def test_a_message_goes_to_all_columns(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    sent = post(cast, bob, "send_to_columns", comparison.id, content="Hi <b>")
    assert sent.status_code == 200
    assert 'id="compare-box"' in sent.content.decode()
    page = get(cast, bob, "comparison", comparison.id)
    assert page.count("Hi &lt;b&gt;") >= 2
    assert page.count("Queued") == 2
    again = post(cast, bob, "send_to_columns", comparison.id, content="More")
    assert again.status_code == 422
    assert "still answering" in again.content.decode()
    assert ">More</textarea>" in again.content.decode()
    empty = post(cast, bob, "send_to_columns", comparison.id, content=" ")
    assert empty.status_code == 422


def test_heads_have_figures_and_what_differs(cast: Cast, bob: Client) -> None:
    comparison = compare(cast, {"model": "one", "temperature": 0}, {"model": "two"})
    ask(cast, comparison)
    begun = timezone.now()
    for lane in lanes_of(comparison):
        run = finish(lane, "x", started_at=begun, completed_at=begun + timedelta(seconds=3))
        run.steps.create(
            thread_id=run.thread_id,
            assistant_id=run.assistant_id,
            type="message_creation",
            status="completed",
            first_token_at=begun + timedelta(seconds=0.5),
            completed_at=begun + timedelta(seconds=3),
        )
    head = get(cast, bob, "comparison_state", comparison.id)
    for text in ("100", "20", "0.50 s", "3.00 s", "temperature: 0", "temperature: default"):
        assert text in head


def test_time_for_a_person_does_not_count(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    begun = timezone.now()
    first, second = lanes_of(comparison)
    run = finish(first, "x", started_at=begun, completed_at=begun + timedelta(seconds=65))
    finish(second, "x", started_at=begun, completed_at=begun + timedelta(seconds=4))
    run.steps.create(
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type="tool_calls",
        status="completed",
        step_details={"type": "tool_calls", "tool_calls": []},
        waits_since=begun + timedelta(seconds=2),
        completed_at=begun + timedelta(seconds=62),
    )
    head = get(cast, bob, "comparison_state", comparison.id)
    assert "5.00 s" in head
    assert "4.00 s" in head


def test_repeats_have_means_and_ranges(cast: Cast, bob: Client) -> None:
    comparison = compare(cast, repeats=2)
    ask(cast, comparison)
    for tokens, lane in zip((10, 30, 5, 5), lanes_of(comparison), strict=True):
        finish(lane, f"Answer {tokens}", usage={"prompt_tokens": 1, "completion_tokens": tokens})
    page = get(cast, bob, "comparison", comparison.id)
    assert "20<small>10–30</small>" in page
    assert "Means of 2 answers" in page
    assert page.count("<h3>Answer 2</h3>") == 2
    assert ">A 2</option>" in page


def test_the_words_that_differ_are_marked(cast: Cast, bob: Client) -> None:
    comparison = answered(cast, "The sky is <b>blue.", "The sky is <b>grey.")
    shown = get(cast, bob, "comparison_changes", comparison.id)
    assert "<del>blue</del><ins>grey</ins>" in shown
    first, second = (lane.key for lane in lanes_of(comparison))
    shown = get(cast, bob, "comparison_changes", comparison.id, old=second, new=first)
    assert "<del>grey</del><ins>blue</ins>" in shown
    same = get(cast, bob, "comparison_changes", comparison.id, old=first, new=first)
    assert "same words" in same
    url = project_url(cast, "comparison_changes", comparison.id)
    assert bob.get(url, {"old": "another"}).status_code == 404
    ask(cast, comparison, "And?")
    assert "when both" in get(cast, bob, "comparison_changes", comparison.id)


def test_equal_calls_are_answered_once(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    first, second = lanes_of(comparison)
    wait_for_outputs(first, ("call_1", '{"city": "Oslo"}'))
    wait_for_outputs(second, ("call_2", '{ "city":"Oslo" }'))
    page = get(cast, bob, "comparison", comparison.id)
    assert page.count('<fieldset class="call" ') == 1
    field = page.split('name="all-')[1].split('"')[0]
    sent = post(cast, bob, "answer_columns", comparison.id, **{f"all-{field}": "5°"})
    assert sent.status_code == 200
    assert {run_of(lane).status for lane in (first, second)} == {"queued"}
    late = post(cast, bob, "answer_columns", comparison.id, **{f"all-{field}": "6°"})
    assert "wasn't sent" in late.content.decode() or "wasn&#x27;t sent" in late.content.decode()


def test_each_column_can_get_an_output_of_its_own(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    first, second = lanes_of(comparison)
    for lane, call in ((first, "call_1"), (second, "call_2")):
        wait_for_outputs(lane, (call, "{}"))
    key = get(cast, bob, "comparison", comparison.id).split('name="all-')[1].split('"')[0]
    body = {f"apart-{key}": "1", f"own-{first.key}-call_1": "one", f"all-{key}": "ignored"}
    sent = post(cast, bob, "answer_columns", comparison.id, **body)
    assert sent.status_code == 200
    step = run_of(first).steps.get()
    assert step.step_details["tool_calls"][0]["function"]["output"] == "one"
    assert run_of(second).status == "requires_action"
    assert 'name="own-' not in sent.content.decode()
    nothing = post(cast, bob, "answer_columns", comparison.id, **{f"apart-{key}": "1"})
    assert nothing.status_code == 422
    assert "at least one column" in nothing.content.decode()


def test_calls_that_somebody_answers_stay_as_they_were_typed(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    for lane in lanes_of(comparison):
        wait_for_outputs(lane, ("call_1", "{}"))
    page = get(cast, bob, "comparison", comparison.id)
    shown = page.split('name="calls" value="')[1].split('"')[0]
    assert "#compare-calls" in get(cast, bob, "comparison_state", comparison.id)
    same = get(cast, bob, "comparison_state", comparison.id, calls=shown)
    assert "#compare-calls" not in same


def test_one_column_or_all_can_be_stopped(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    first, second = lanes_of(comparison)
    assert post(cast, bob, "stop_columns", comparison.id, lane=first.key).status_code == 204
    assert run_of(second).status == "queued"
    assert post(cast, bob, "stop_columns", comparison.id).status_code == 204
    assert "The run was stopped" in get(cast, bob, "comparison_state", comparison.id)


def test_a_kept_column_shows_what_it_changes_first(cast: Cast, bob: Client) -> None:
    comparison = compare(cast, {"model": "one"}, {"model": "two"})
    key = columns_of(comparison)[1].key
    shown = get(cast, bob, "keep_column", comparison.id, key)
    assert "<code>model</code>" in shown
    assert "Make it my draft" in shown
    kept = post(cast, bob, "keep_column", comparison.id, key)
    assert kept["HX-Redirect"].endswith(f"?a={cast.assistant.id}")
    assert AssistantDraft.objects.get().changes == {"model": "two"}
    page = get(cast, bob, "comparison", comparison.id)
    assert "Bring my draft back" in page
    other = get(cast, signed_in(cast.alice), "comparison", comparison.id)
    assert "Bring my draft back" not in other
    assert post(cast, bob, "bring_draft_back", comparison.id).status_code == 302
    assert not AssistantDraft.objects.exists()


def test_a_deleted_thread_leaves_its_column(cast: Cast, bob: Client) -> None:
    comparison = answered(cast, "One", "Two")
    Thread.objects.filter(pk=lanes_of(comparison)[0].thread_id).delete()
    page = get(cast, bob, "comparison", comparison.id)
    assert "This thread was deleted." in page
    assert "Two" in page


def test_a_column_of_a_deleted_assistant_says_so_and_is_not_kept(cast: Cast, bob: Client) -> None:
    comparison = answered(cast, "One", "Two")
    assert "Keep A" in get(cast, bob, "comparison", comparison.id)
    cast.assistant.delete()
    page = get(cast, bob, "comparison", comparison.id)
    assert "Keep A" not in page
    assert page.count(">deleted</span>") == 2


def test_columns_that_share_the_bundled_model_say_that_they_take_turns(
    cast: Cast, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = compare(cast)
    assert "take turns" not in get(cast, bob, "comparison", comparison.id)
    bundled = Endpoint(name="Bundled model", base_url="http://x/v1", api_key="", demo=True)
    monkeypatch.setattr("assistants_app.web.compare.page.endpoint_for", lambda **_: bundled)
    assert "take turns" in get(cast, bob, "comparison", comparison.id)
    blind = compare(cast, blind=True)
    assert "take turns" not in get(cast, bob, "comparison", blind.id)


def test_a_renamed_and_a_deleted_comparison(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    post(cast, bob, "rename_comparison", comparison.id, title="  Which\none? ")
    assert "Which one?" in get(cast, bob, "comparisons")
    assert post(cast, bob, "delete_comparison", comparison.id).status_code == 204
    assert not Comparison.objects.exists()
    assert bob.get(project_url(cast, "comparison", comparison.id)).status_code == 404


def test_frames_for_pages_without_a_websocket(cast: Cast, bob: Client) -> None:
    comparison = answered(cast, "One", "Two")
    url = project_url(cast, "comparison_frames", comparison.id)
    frames = bob.get(url).json()["frames"]
    assert {frame["lane"] for frame in frames} == {lane.key for lane in lanes_of(comparison)}
    assert all(frame["ops"][0]["id"] == f"items-{frame['lane']}" for frame in frames)
    shown = [("after", f"{frame['lane']}:{frame['seq']}") for frame in frames]
    assert bob.get(f"{url}?{'&'.join(f'{k}={v}' for k, v in shown)}").json() == {"frames": []}


def test_a_run_that_ends_while_the_page_is_made_is_not_shown_as_running(
    cast: Cast, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    lanes = {lane.thread_id: lane for lane in lanes_of(comparison)}

    def last_seq(thread_id: str) -> str:
        finish(lanes[thread_id], "Done")
        return "9-0"  # so the page isn't sent the end of the run any more

    monkeypatch.setattr("assistants_app.web.compare.page.log.last_seq", last_seq)
    page = get(cast, bob, "comparison", comparison.id)
    assert "Queued" not in page
    assert "compare-status" not in page


def test_viewers_watch_and_do_not_act(cast: Cast) -> None:
    comparison = compare(cast)
    vera = signed_in(cast.vera)
    assert vera.get(project_url(cast, "comparison", comparison.id)).status_code == 200
    acts = ("send_to_columns", "answer_columns", "stop_columns", "delete_comparison")
    for name in acts:
        assert post(cast, vera, name, comparison.id, content="x").status_code == 403
    stranger = signed_in(cast.charlie)
    assert stranger.get(project_url(cast, "comparison", comparison.id)).status_code == 404


def test_the_queries_of_a_page_do_not_grow(
    cast: Cast, bob: Client, django_assert_max_num_queries: Any
) -> None:
    comparison = compare(cast, *[{"model": str(one)} for one in range(4)], repeats=5)
    ask(cast, comparison)
    for lane in lanes_of(comparison):
        finish(lane, "Answer")
    with django_assert_max_num_queries(30):
        get(cast, bob, "comparison_state", comparison.id)
