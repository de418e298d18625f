"""Forks, edits, copies, exports and the context meter from the page."""

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from assistants_app.models import Message, RunStep, Thread
from assistants_app.services.threads.forks import fork_thread
from assistants_app.wire.runs.steps import (
    code_call,
    function_call,
    message_creation_details,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.web.pages import HTMX, opened, say, signed_in, squeezed, thread_url


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def test_a_fork_is_opened_with_the_assistant_of_the_page(cast: Cast, alice: Client) -> None:
    say(cast.thread, "Later")
    body = {"message": cast.message.id, "assistant": cast.assistant.id}
    answer = alice.post(thread_url(cast, "fork_thread"), body, headers=HTMX)
    fork = opened(answer)
    assert f"a={cast.assistant.id}" in answer["HX-Redirect"]
    assert (fork.forked_at_id, fork.messages.count()) == (cast.message.id, 1)
    assert alice.post(thread_url(cast, "fork_thread"), {"message": "msg_none"}).status_code == 404


def test_a_cleared_thread_is_opened_empty(cast: Cast, alice: Client) -> None:
    fresh = opened(alice.post(thread_url(cast, "clear_thread"), headers=HTMX))
    assert (fresh.messages.count(), fresh.forked_from_id) == (0, cast.thread.id)


def test_an_edit_is_asked_for_and_refused_in_the_dialog(cast: Cast, alice: Client) -> None:
    address = thread_url(cast, "edit_message", cast.message.id)
    assert ">Secret</textarea>" in alice.get(address).content.decode()
    refused = alice.post(address, {"content": ""}, headers=HTMX)
    assert refused.status_code == 422
    assert "Enter a text." in refused.content.decode()
    fork = opened(alice.post(address, {"content": "Open\r\nnow"}, headers=HTMX))
    assert [row.content for row in fork.messages.all()] == [[text_part("Open\nnow")]]


def test_the_last_message_is_changed_in_its_place(cast: Cast, alice: Client) -> None:
    reply = say(cast.thread, "Blue.", "assistant", run_id=cast.run.id)
    address = thread_url(cast, "edit_message", reply.id)
    form = alice.get(address).content.decode()
    assert 'value="save"' in form
    assert 'value="run"' not in form
    body = {"content": "Gray.", "action": "save"}
    assert opened(alice.post(address, body, headers=HTMX)) == cast.thread
    changed = Message.objects.defer(None).get(pk=reply.pk)
    assert changed.content == [text_part("Gray.")]
    # A person wrote it, so it doesn't show a run's version and tokens. Searches find the new word.
    assert changed.run_id is None
    assert changed.words == "'gray':1"
    earlier = thread_url(cast, "edit_message", cast.message.id)
    assert 'value="save"' not in alice.get(earlier).content.decode()
    refused = alice.post(earlier, body, headers=HTMX)
    assert (refused.status_code, "Fork the thread" in refused.content.decode()) == (422, True)
    make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    assert alice.post(address, body, headers=HTMX).status_code == 422


def test_a_reply_is_sent_to_a_thread_that_is_chosen(cast: Cast, alice: Client) -> None:
    target = Thread.objects.create(project=cast.project)
    say(target, "<i>Target</i>")
    address = thread_url(cast, "copy_message", cast.message.id)
    dialog = alice.get(address).content.decode()
    assert "&lt;i&gt;Target&lt;/i&gt;" in dialog
    assert f'value="{cast.thread.id}"' not in dialog
    body = {"thread": target.id, "assistant": cast.assistant.id}
    assert opened(alice.post(address, body, headers=HTMX)) == target
    assert target.messages.count() == 2
    fresh = opened(alice.post(address, headers=HTMX))
    assert fresh not in (target, cast.thread)


def test_the_tree_names_all_forks_and_marks_this_one(cast: Cast, alice: Client) -> None:
    assert "no forks" in alice.get(thread_url(cast, "thread_tree")).content.decode()
    fork = opened(alice.post(thread_url(cast, "fork_thread"), headers=HTMX))
    tree = alice.get(thread_url(cast, "thread_tree")).content.decode()
    assert tree.count("aria-current") == 1
    assert f"t={fork.id}" in tree


def test_the_tree_says_where_and_by_which_words_forks_part(cast: Cast, alice: Client) -> None:
    question = say(cast.thread, "Which color has the sky over Berlin?")
    say(cast.thread, "The sky over Berlin is blue, as over any other city.", "assistant")
    body = {"message": question.id}
    fork = opened(alice.post(thread_url(cast, "fork_thread"), body, headers=HTMX))
    bare = squeezed(alice.get(thread_url(cast, "thread_tree")).content.decode())
    assert "Nothing added yet" in bare
    say(fork, "The sky over Berlin is mostly grey.", "assistant")
    edit = thread_url(cast, "edit_message", cast.message.id)
    opened(alice.post(edit, {"content": "Second secret"}, headers=HTMX))
    tree = squeezed(alice.get(thread_url(cast, "thread_tree")).content.decode())
    assert '<span class="words" dir="auto">…over Berlin is mostly grey.</span>' in tree
    assert "Another answer after “Which color has the sky over Berlin?” ·" in tree
    assert '<span class="words" dir="auto">Second secret</span>' in tree
    assert "Another message at the beginning ·" in tree


def sent_at_once(pieces: Iterator[str], name: str, media_type: str) -> HttpResponse:
    """Return the download at once, because a stream closes the test's database connection."""
    return HttpResponse("".join(pieces), content_type=media_type, headers={"X-Name": name})


def test_one_thread_is_exported_alone_in_each_form(
    cast: Cast, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(Thread.objects.create(project=cast.project), "Elsewhere")
    stream = alice.get(thread_url(cast, "export_thread", "html"))
    assert stream["Content-Disposition"] == f'attachment; filename="{cast.thread.id}.html"'
    assert stream["X-Content-Type-Options"] == "nosniff"
    monkeypatch.setattr("assistants_app.web.threads.forks.download", sent_at_once)
    for kind in ("json", "jsonl", "md", "html"):
        answer = alice.get(thread_url(cast, "export_thread", kind))
        assert answer["X-Name"] == f"{cast.thread.id}.{kind}"
        assert "Secret" in answer.content.decode()
        assert "Elsewhere" not in answer.content.decode()
    assert alice.get(thread_url(cast, "export_thread", "pdf")).status_code == 404
    stranger = signed_in(cast.charlie).get(thread_url(cast, "export_thread", "json"))
    assert stranger.status_code == 404


def test_the_meter_names_what_would_be_left_out(
    cast: Cast, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_app.conf.DEFAULT_CONTEXT_TOKENS", 16_000)
    address = f"{thread_url(cast, 'thread_context')}?a={cast.assistant.id}"
    page = alice.get(address).content.decode()
    assert "left out" not in page
    assert "report the window size" in page
    say(cast.thread, "Newer")
    options = reverse("run_options", args=[cast.project.id, cast.assistant.id])
    alice.post(options, {"truncation": "last_messages", "last_messages": "1"})
    assert alice.get(address).content.decode().count('class="dropped"') == 1
    alice.post(options)
    for number in range(3):
        say(cast.thread, f"<b>{number}</b> " + "word " * 9000)
    page = alice.get(address).content.decode()
    assert 'class="dropped"' in page
    assert "&lt;b&gt;0&lt;/b&gt;" in page
    assert "<b>0</b>" not in page
    assert alice.get(thread_url(cast, "thread_context")).status_code == 404


def answered(cast: Cast) -> list[Message]:
    """Add a run that calls a function before its first reply and runs code before its second."""
    run = make_run(cast.project, cast.thread, cast.assistant, status="completed")
    replies = []
    for text, call in (
        ("Mild.", function_call("call_1", "get_weather", "{}", "11")),
        ("Sunny.", code_call("call_2", "print(2)", [])),
    ):
        common = {"run": run, "thread_id": cast.thread.id, "status": "completed"}
        RunStep.objects.create(**common, type="tool_calls", step_details=tool_calls_details([call]))
        message = Message.objects.create(
            thread=cast.thread, role="assistant", run_id=run.id, content=[text_part(text)]
        )
        RunStep.objects.create(
            **common,
            type="message_creation",
            step_details=message_creation_details(message.id),
        )
        replies.append(message)
    return replies


def part_of(alice: Client, thread: Thread) -> str:
    answer = alice.get(reverse("thread_part", args=[thread.project_id, thread.id]))
    return str(answer.json()["html"])


def test_copied_replies_have_the_tool_calls_of_the_original(cast: Cast, alice: Client) -> None:
    first, _second = answered(cast)
    fork = fork_thread(project=cast.project, thread_id=cast.thread.id)
    again = fork_thread(project=cast.project, thread_id=fork.id)
    for thread in (fork, again):
        page = squeezed(part_of(alice, thread))
        order = ["Secret", "get_weather", "Mild.</p>", "print", "Sunny.</p>"]
        places = [page.index(part) for part in order]
        assert places == sorted(places)
        assert page.count("From the original run") == 2
        assert "Edit and run again" not in page
    own = part_of(alice, cast.thread)
    assert "Edit and run again" in own
    assert "From the original run" not in own

    start = fork_thread(project=cast.project, thread_id=cast.thread.id, message_id=first.id)
    page = part_of(alice, start)
    assert "get_weather" in page
    assert "print" not in page
    # A reply without its run's thread stays without its tool calls.
    cast.thread.delete()
    page = part_of(alice, fork)
    assert "Sunny." in page
    assert "get_weather" not in page
