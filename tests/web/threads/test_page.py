"""The thread's column: messages, and the actions on them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assistants_app.models import AssistantDraft, Message, ModelPrice, Run, RunStep, Thread
from assistants_app.wire.runs.steps import message_creation_details
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.queries.project.usage_rows import settle_all
from tests.web.pages import HTMX, opened, say, signed_in, squeezed, thread_url


@pytest.fixture
def alice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)
    return signed_in(cast.alice)


def page_of(alice: Client, cast: Cast, thread: Thread | None = None) -> str:
    address = reverse("playground", args=[cast.project.id])
    query = {"a": cast.assistant.id, "t": (thread or cast.thread).id}
    return squeezed(alice.get(address, query).content.decode())


def reply(cast: Cast, **columns: object) -> Message:
    """A reply of 20 tokens in 0.5 s, half a second after the model was asked."""
    now = timezone.now()
    run = make_run(
        cast.project, cast.thread, cast.assistant, status="completed", started_at=now, **columns
    )
    message = Message.objects.create(
        thread=cast.thread,
        role="assistant",
        content=[text_part("It is **5**.")],
        assistant_id=cast.assistant.id,
        run_id=run.id,
    )
    RunStep.objects.create(
        run=run,
        thread_id=cast.thread.id,
        assistant_id=cast.assistant.id,
        type="message_creation",
        status="completed",
        step_details=message_creation_details(message.id),
        usage={"prompt_tokens": 1000, "completion_tokens": 30, "reasoning_tokens": 10},
        reasoning={"id": "reasoning_0", "text": "3 + 2 is <5>"},
        first_token_at=now + timedelta(milliseconds=310),
        completed_at=now + timedelta(milliseconds=810),
    )
    return message


def test_a_reply_names_who_gave_it_and_what_it_took(cast: Cast, alice: Client) -> None:
    reply(cast, version_number=4, model="scripted-9")
    page = page_of(alice, cast)
    assert ">v4</span>" in page
    assert ">scripted-9</span>" in page
    assert "30 tok · 40 tok/s · first token 0.31 s</a>" in page
    assert "3 + 2 is &lt;5&gt;" in page
    ModelPrice.objects.create(
        project=cast.project,
        model="scripted-9",
        prompt=Decimal(1),
        cached=Decimal(0),
        completion=Decimal(10),
    )
    usage = {"prompt_tokens": 1000, "completion_tokens": 30}
    Run.objects.filter(version_number=4).update(used_draft=True, usage=usage)
    settle_all()
    page = page_of(alice, cast)
    assert "· $0.0013</a>" in page
    assert ">draft</span>" in page
    assert ">v4</span>" not in page


def test_a_copy_of_a_reply_in_a_fork_of_a_fork_shows_the_same(cast: Cast, alice: Client) -> None:
    answer = reply(cast, version_number=4, model="scripted-9")
    fork = opened(alice.post(thread_url(cast, "fork_thread"), {"message": answer.id}, headers=HTMX))
    again = reverse("fork_thread", args=[cast.project.id, fork.id])
    fork = opened(alice.post(again, headers=HTMX))
    page = page_of(alice, cast, fork)
    assert ">v4</span>" in page
    assert "30 tok · 40 tok/s · first token 0.31 s</span>" in page
    assert "reasoning_0" not in page  # it is the other thread's

    body = {"content": "It is 6."}
    edited = opened(alice.post(thread_url(cast, "edit_message", answer.id), body, headers=HTMX))
    page = page_of(alice, cast, edited)
    assert "It is 6." in page
    assert "data-reply-stat" not in page
    assert ">v4</span>" not in page


def test_the_reasoning_of_a_failed_run_is_still_shown(cast: Cast, alice: Client) -> None:
    Run.objects.filter(pk=cast.run.id).update(reasoning={"id": "reasoning_1", "text": "Why <me>?"})
    assert page_of(alice, cast).count("Why &lt;me&gt;?") == 1


def test_a_reply_of_unknown_cost_claims_nothing(cast: Cast, alice: Client) -> None:
    say(cast.thread, "Hm.", "assistant")
    assert "data-reply-stat" not in page_of(alice, cast)


def test_a_rerun_is_asked_for_with_the_versions_of_the_assistant_that_is_chosen(
    cast: Cast, alice: Client
) -> None:
    answer = reply(cast)
    address = thread_url(cast, "rerun_message", answer.id)
    dialog = alice.get(address, {"assistant": cast.assistant.id}).content.decode()
    assert f'value="{cast.assistant.id}" selected' in squeezed(dialog)
    wanted = {"assistant": cast.assistant.id, "model": "other", "version": "9", "dialog": "1"}
    refused = alice.post(address, wanted, headers=HTMX)
    assert refused.status_code == 422
    assert "v9" in refused.content.decode()
    assert 'value="other"' in refused.content.decode()
    assert alice.get(address, {"version": "9" * 5000}).status_code == 200
    fork = opened(alice.post(address, {**wanted, "version": ""}, headers=HTMX))
    assert (fork.forked_from_id, fork.messages.count()) == (cast.thread.id, 1)
    assert fork.runs.get().model == "other"


def test_an_edited_question_is_answered_at_once(cast: Cast, alice: Client) -> None:
    body = {"content": "Open", "action": "run", "assistant": cast.assistant.id}
    address = thread_url(cast, "edit_message", cast.message.id)
    assert 'value="save"' in alice.get(address).content.decode()
    assert opened(alice.post(address, body, headers=HTMX)) == cast.thread
    Run.objects.filter(thread=cast.thread).update(status="completed")
    reply(cast)
    assert 'value="save"' not in alice.get(address).content.decode()
    fork = opened(alice.post(address, body, headers=HTMX))
    assert fork != cast.thread
    assert fork.runs.get().status == "queued"
    refused = alice.post(address, {**body, "assistant": "asst_none"}, headers=HTMX)
    assert refused.status_code == 422


def test_what_is_queued_waits_in_the_thread_until_it_is_sent_or_cancelled(
    cast: Cast, alice: Client
) -> None:
    active = make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    body = {"content": "<i>Later</i>", "action": "queue", "assistant": cast.assistant.id}
    composer = squeezed(alice.post(thread_url(cast, "send_message"), body).content.decode())
    cancel = reverse("cancel_run", args=[cast.project.id, cast.thread.id, active.id])
    assert f'data-stop hx-post="{cancel}"' in composer
    page = page_of(alice, cast)
    assert page.count(">&lt;i&gt;Later&lt;/i&gt;<") == 1
    assert f'data-stop hx-post="{cancel}"' in page
    assert 'data-run-status="in_progress"' in page
    waiting = Run.objects.get(thread=cast.thread, waits__isnull=False)
    assert alice.post(thread_url(cast, "cancel_run", waiting.id)).status_code == 204
    assert "Later" not in page_of(alice, cast)
    assert alice.post(thread_url(cast, "send_message"), {**body, "content": ""}).status_code == 422


def test_a_message_is_shown_raw_copied_and_deleted(cast: Cast, alice: Client) -> None:
    message = say(cast.thread, "**<b>**")
    raw = alice.get(thread_url(cast, "message_json", message.id)).content.decode()
    assert "thread.message" in raw
    assert "<b>" not in raw
    text = alice.get(thread_url(cast, "message_text", message.id))
    assert (text.content, text["content-type"]) == (b"**<b>**", "text/plain; charset=utf-8")
    assert alice.post(thread_url(cast, "delete_message", message.id)).status_code == 200
    assert not Message.objects.filter(pk=message.id).exists()
    run = make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    written = Message.objects.create(
        thread=cast.thread, role="assistant", status="in_progress", run_id=run.id
    )
    assert alice.post(thread_url(cast, "delete_message", written.id)).status_code == 409


def test_a_thread_is_named_and_its_name_is_shown_everywhere(cast: Cast, alice: Client) -> None:
    assert (
        alice.post(thread_url(cast, "rename_thread"), {"title": " Sums  <1> "}).status_code == 200
    )
    assert 'value="Sums &lt;1&gt;"' in page_of(alice, cast)
    listed = alice.get(reverse("threads", args=[cast.project.id])).content.decode()
    assert "Sums &lt;1&gt;" in listed
    refused = alice.post(thread_url(cast, "rename_thread"), {"title": "<i>" * 200})
    assert refused.status_code == 422
    assert "<i>" not in refused.content.decode()


def test_a_failed_run_is_retried_with_another_model(cast: Cast, alice: Client) -> None:
    error = {"code": "server_error", "message": "The <model> crashed."}
    run = make_run(cast.project, cast.thread, cast.assistant, status="failed", last_error=error)
    page = page_of(alice, cast)
    assert "The &lt;model&gt; crashed." in page
    assert reverse("run_trace", args=[cast.project.id, run.id]) in page
    address = thread_url(cast, "retry_run", run.id)
    assert f'value="{cast.assistant.id}" selected' in squeezed(alice.get(address).content.decode())
    body = {"dialog": "1", "assistant": cast.assistant.id, "model": "other"}
    assert alice.post(address, body).status_code == 204
    assert Run.objects.get(thread=cast.thread, status="queued").model == "other"
    refused = alice.post(address, body)
    assert refused.status_code == 422
    assert 'id="rerun-model"' in refused.content.decode()


def test_a_page_without_a_websocket_can_ask_for_the_whole_thread(cast: Cast, alice: Client) -> None:
    say(cast.thread, "Polled")
    frame = alice.get(thread_url(cast, "thread_frame")).json()
    assert frame["whole"] is True
    shown = {operation["id"]: operation["html"] for operation in frame["ops"]}
    assert "Polled" in shown["items"]
    assert {"items", "run-log", "waiting", "thread-status", "run-controls", "outcome"} == set(shown)
    unchanged = alice.get(thread_url(cast, "thread_frame"), {"after": frame["seq"]})
    assert unchanged.status_code == 204


def test_a_new_thread_offers_prompts_for_the_tools_of_its_assistant(
    cast: Cast, alice: Client
) -> None:
    address = reverse("playground", args=[cast.project.id])
    assert "Roll dice and plot" not in alice.get(address).content.decode()
    cast.assistant.tools = [{"type": "code_interpreter"}]
    cast.assistant.save()
    assert "Roll dice and plot" in alice.get(address).content.decode()


@pytest.mark.parametrize(
    "name", ["rerun_message", "message_json", "message_text", "delete_message", "edit_message"]
)
def test_strangers_see_no_message(cast: Cast, name: str) -> None:
    stranger = signed_in(cast.charlie)
    address = thread_url(cast, name, cast.message.id)
    assert stranger.post(address).status_code in (404, 405)
    assert stranger.get(address).status_code in (404, 405)
    assert Message.objects.filter(pk=cast.message.id).exists()


@pytest.mark.parametrize("name", ["rename_thread", "thread_frame"])
def test_strangers_see_no_thread(cast: Cast, name: str) -> None:
    stranger = signed_in(cast.charlie)
    assert stranger.post(thread_url(cast, name), {"title": "x"}).status_code in (404, 405)
    assert stranger.get(thread_url(cast, name)).status_code in (404, 405)


def test_the_meter_names_the_version_of_the_next_run_or_the_users_own_draft(
    cast: Cast, alice: Client
) -> None:
    address = f"{thread_url(cast, 'thread_context')}?a={cast.assistant.id}"
    cast.assistant.version_number = 3
    cast.assistant.save()
    assert ">v3</span>" in alice.get(address).content.decode()
    AssistantDraft.objects.create(
        assistant=cast.assistant,
        user=cast.alice,
        base_number=3,
        changes={"instructions": "word " * 500},
    )
    page = squeezed(alice.get(address).content.decode())
    assert ">draft</span>" in page
    assert "Instructions and tools use 50" in page
    assert ">v3</span>" in signed_in(cast.bob).get(address).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_thread(cast: Cast, alice: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page_of(alice, cast)
        return len(queries)

    reply(cast)
    page_of(alice, cast)
    few = asked()
    for _ in range(50):
        say(cast.thread, "And?")
        reply(cast)
    assert asked() == few <= 30


def test_a_message_behind_a_stopped_run_is_held_and_sent(cast: Cast, alice: Client) -> None:
    form = {"content": "One", "action": "run", "assistant": cast.assistant.id}
    alice.post(thread_url(cast, "send_message"), form)
    active = Run.objects.get(status="queued")
    alice.post(thread_url(cast, "send_message"), {**form, "content": "Two", "action": "queue"})
    waiting = Run.objects.get(waits__isnull=False)
    assert alice.post(thread_url(cast, "cancel_run", active.id)).status_code == 204
    page = page_of(alice, cast)
    send = thread_url(cast, "send_held_run", waiting.id)
    card = page.split(f'id="waiting-{waiting.id}"')[1].split("</article>")[0]
    assert "not sent" in card
    assert f'hx-post="{send}"' in card
    assert "Discard" in card
    # Twice, as from two tabs.
    for _tab in range(2):
        assert alice.post(send).status_code == 204
    waiting.refresh_from_db()
    assert (waiting.waits, waiting.status) == (None, "queued")
    assert alice.post(thread_url(cast, "send_held_run", "run_none")).status_code == 404


@pytest.mark.parametrize("with_thread", [True, False])
def test_the_assistant_for_the_next_run_is_chosen(
    cast: Cast, alice: Client, with_thread: bool
) -> None:
    state = {"a": cast.assistant.id} | ({"t": cast.thread.id} if with_thread else {})
    page = alice.get(reverse("playground", args=[cast.project.id]), state).content.decode()
    [choice] = re.findall(r'<select[^>]+id="next-choice".*?</select>', page, re.DOTALL)
    assert f'<option value="{cast.assistant.id}" selected>Secret</option>' in choice
