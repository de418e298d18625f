"""Forks have complete copies in order, and leave their origin as it is."""

from typing import Any

import pytest

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.events import log
from assistants_app.models import Message, Thread
from assistants_app.queries.threads.forks import family_of
from assistants_app.services.threads import forks
from assistants_app.services.threads.copies import COPIED
from assistants_app.wire.threads.messages import attachment, file_path, image_part, text_part
from tests.cast import Cast, make_run


@pytest.fixture
def thread(cast: Cast) -> Thread:
    """A thread with four messages: a question with a file, a reply with an image and a link to a
    file, a cancelled reply, and another question.
    """
    thread = cast.thread
    thread.metadata = {"customer": "42"}
    thread.tool_resources = {"code_interpreter": {"file_ids": [cast.file.id]}}
    thread.save()
    cast.message.delete()
    say(thread, "Plot it.", attachments=[attachment(cast.file.id, "code_interpreter")])
    reply = text_part("Here: x.png")
    reply["text"]["annotations"] = [file_path("x.png", 6, 11, cast.file.id)]
    say(
        thread,
        "",
        role="assistant",
        content=[image_part(cast.file.id), reply],
        run_id=cast.run.id,
        assistant_id=cast.assistant.id,
    )
    say(thread, "Half", role="assistant", status="incomplete", incomplete_reason="run_cancelled")
    say(thread, "Go on.")
    return thread


def say(thread: Thread, text: str, **columns: Any) -> Message:
    columns.setdefault("content", [text_part(text)])
    columns.setdefault("role", "user")
    columns["has_attachments"] = bool(columns.get("attachments"))
    return Message.objects.create(thread=thread, **columns)


def messages(thread: Thread) -> list[Message]:
    return list(Message.objects.filter(thread=thread).order_by("pk"))


def texts(thread: Thread) -> list[str]:
    return [
        "".join(part["text"]["value"] for part in row.content if part["type"] == "text")
        for row in messages(thread)
    ]


def fork(thread: Thread, message: Message | None = None) -> Thread:
    return forks.fork_thread(
        project=thread.project, thread_id=thread.id, message_id=message.id if message else None
    )


def test_a_fork_has_copies_up_to_the_message_in_order(cast: Cast, thread: Thread) -> None:
    before = messages(thread)
    made = fork(thread, before[2])
    copies = messages(made)
    assert texts(made) == ["Plot it.", "Here: x.png", "Half"]
    for copy, original in zip(copies, before, strict=False):
        assert copy.id != original.id
        for name in COPIED:
            assert getattr(copy, name) == getattr(original, name)
        assert copy.run_id is None
    assert (made.metadata, made.tool_resources) == (thread.metadata, thread.tool_resources)
    assert (made.forked_from_id, made.forked_at_id) == (thread.id, before[2].id)
    assert messages(thread) == before


def test_copies_take_every_column_that_is_not_their_own() -> None:
    own = {"id", "thread", "run_id", "copied_from_id", "copied_run_id", "ordinal"}
    made_of_content = {"words", "prompt_tokens", "prompt_tokens_of"}
    assert {field.name for field in Message._meta.fields} == own | made_of_content | set(COPIED)


def test_copies_are_found_by_their_words(thread: Thread) -> None:
    Message.objects.filter(thread=thread, role="user").update(words=None)
    made = fork(thread)
    assert words(made) == {
        "Plot it.": "'it':2 'plot':1",
        "Here: x.png": "'here':1 'png':3 'x':2",
        "Half": "'half':1",
        "Go on.": "'go':1 'on':2",
    }


def words(thread: Thread) -> dict[str, str]:
    rows = list(Message.objects.filter(thread=thread).order_by("pk").defer(None))
    return dict(zip(texts(thread), [str(row.words) for row in rows], strict=True))


@pytest.mark.django_db(transaction=True)
def test_a_fork_is_published_without_its_messages(thread: Thread) -> None:
    made = fork(thread)
    assert [event.name for event in log.read(made.id)] == ["thread.created"]


def test_without_a_message_everything_but_open_replies_is_copied(thread: Thread) -> None:
    last = messages(thread)[-1]
    say(thread, "growing", role="assistant", status="in_progress")
    made = fork(thread)
    assert texts(made) == ["Plot it.", "Here: x.png", "Half", "Go on."]
    assert made.forked_at_id == last.id


def test_an_empty_thread_can_be_forked(cast: Cast) -> None:
    empty = Thread.objects.create(project=cast.project)
    made = fork(empty)
    assert messages(made) == []
    assert not made.forked_at_id


def test_a_thread_can_be_forked_while_a_run_is_active(cast: Cast, thread: Thread) -> None:
    make_run(cast.project, thread, cast.assistant, status="in_progress")
    assert len(messages(fork(thread))) == 4


def test_editing_creates_a_fork_that_ends_with_the_edited_message(
    cast: Cast, thread: Thread
) -> None:
    before = messages(thread)
    made = forks.edit_and_fork(
        project=cast.project, thread_id=thread.id, message_id=before[0].id, text="Draw it."
    )
    [edited] = messages(made)
    assert edited.content == [text_part("Draw it.")]
    assert edited.attachments == before[0].attachments
    assert edited.has_attachments
    assert made.forked_at_id == before[0].id
    assert texts(thread)[0] == "Plot it."


def edit(thread: Thread, message: Message, text: str) -> Thread:
    return forks.edit_and_fork(
        project=thread.project, thread_id=thread.id, message_id=message.id, text=text
    )


def test_an_edited_reply_keeps_its_images_and_is_completed(cast: Cast, thread: Thread) -> None:
    _, reply, half, _ = messages(thread)
    made = edit(thread, reply, "Look.")
    assert messages(made)[-1].content == [text_part("Look."), image_part(cast.file.id)]
    made = edit(thread, half, "Whole")
    last = messages(made)[-1]
    assert (last.status, last.incomplete_reason, last.role) == ("completed", None, "assistant")


@pytest.mark.parametrize("text", ["", "x" * 256_001])
def test_an_edited_text_has_the_limits_of_a_message(cast: Cast, thread: Thread, text: str) -> None:
    before = Thread.objects.count()
    with pytest.raises(InvalidRequest):
        forks.edit_and_fork(
            project=cast.project,
            thread_id=thread.id,
            message_id=messages(thread)[0].id,
            text=text,
        )
    assert Thread.objects.count() == before


def send(thread: Thread, message: Message, target: Thread | None) -> Message:
    return forks.copy_message_to(
        project=thread.project,
        thread_id=thread.id,
        message_id=message.id,
        target_id=target.id if target else None,
    )


def test_a_reply_is_sent_to_another_thread_as_the_users(cast: Cast, thread: Thread) -> None:
    target = Thread.objects.create(project=cast.project)
    say(target, "Before")
    copy = send(thread, messages(thread)[1], target)
    assert messages(target)[-1] == copy
    assert copy.role == "user"
    assert not copy.assistant_id
    assert not copy.run_id
    assert copy.content == [image_part(cast.file.id), text_part("Here: x.png")]


def test_a_message_is_sent_to_a_new_thread_with_its_files(thread: Thread) -> None:
    question = messages(thread)[0]
    copy = send(thread, question, None)
    assert copy.thread_id != thread.id
    assert copy.attachments == question.attachments
    assert copy.has_attachments


def test_empty_messages_and_busy_threads_refuse_sending(cast: Cast, thread: Thread) -> None:
    target = Thread.objects.create(project=cast.project)
    growing = say(thread, "growing", role="assistant", status="in_progress")
    empty = say(thread, "", role="assistant")
    for message in (growing, empty):
        with pytest.raises(InvalidRequest):
            send(thread, message, target)
    make_run(cast.project, target, cast.assistant)
    with pytest.raises(InvalidRequest, match="is active"):
        send(thread, messages(thread)[0], target)
    assert messages(target) == []


def test_clearing_keeps_the_tool_resources_and_the_old_thread(cast: Cast, thread: Thread) -> None:
    fresh = forks.clear_thread(project=cast.project, thread_id=thread.id)
    assert messages(fresh) == []
    assert fresh.tool_resources == thread.tool_resources
    assert (fresh.metadata, fresh.forked_from_id) == ({}, thread.id)
    assert len(messages(thread)) == 4


def test_a_family_starts_with_its_oldest_thread(cast: Cast, thread: Thread) -> None:
    one = fork(thread)
    two = fork(thread)
    of_one = fork(one)
    Thread.objects.create(project=cast.project)
    for member in (thread, one, two, of_one):
        found = [(branch.thread.id, branch.depth) for branch in family_of(member)]
        assert found == [(thread.id, 0), (one.id, 1), (of_one.id, 2), (two.id, 1)]
    thread.delete()
    of_one.refresh_from_db()
    assert [branch.thread for branch in family_of(of_one)] == [one, of_one]
    assert family_of(one)[0].title == "Plot it."


def test_strangers_cannot_fork(cast: Cast, thread: Thread) -> None:
    other, message = cast.other_project, messages(thread)[0]
    theirs = Thread.objects.create(project=other)
    for ask in (
        lambda: forks.fork_thread(project=other, thread_id=thread.id),
        lambda: forks.clear_thread(project=other, thread_id=thread.id),
        lambda: forks.edit_and_fork(
            project=other, thread_id=thread.id, message_id=message.id, text="x"
        ),
        lambda: forks.copy_message_to(
            project=other, thread_id=thread.id, message_id=message.id, target_id=theirs.id
        ),
        lambda: send(thread, message, theirs),
        lambda: fork(thread, say(theirs, "x")),
    ):
        with pytest.raises(NotFound):
            ask()
