"""Threads and their forks as one row of the recent threads."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.models import Message, Thread
from assistants_app.queries.threads.families import recent_families, recent_family
from assistants_app.services.threads.forks import clear_thread, edit_and_fork, fork_thread
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast

Rows = list[tuple[str, list[str]]]


def say(thread: Thread, text: str) -> Message:
    return Message.objects.create(thread=thread, role="user", content=[text_part(text)])


def fork(thread: Thread) -> Thread:
    return fork_thread(project=thread.project, thread_id=thread.id)


def rows_of(cast: Cast, text: str = "") -> Rows:
    page = recent_families(cast.project, text=text)
    return [(item.newest.thread.id, list(item.members)) for item in page.items]


@pytest.fixture
def thread(cast: Cast) -> Thread:
    """The project's only thread, with a question."""
    cast.message.delete()
    say(cast.thread, "How warm is Oslo?")
    return cast.thread


def test_a_thread_and_all_its_forks_are_one_row_of_the_newest(cast: Cast, thread: Thread) -> None:
    alone = Thread.objects.create(project=cast.project)
    first, second = fork(thread), fork(thread)
    of_first = fork(first)
    family = [thread.id, first.id, second.id, of_first.id]
    assert rows_of(cast) == [(of_first.id, family), (alone.id, [alone.id])]
    [row] = recent_family(cast.project, first.id)
    assert (row.newest.thread.id, list(row.members)) == (of_first.id, family)
    assert row.newest.title == "How warm is Oslo?"


def test_a_newer_thread_of_its_own_comes_first(cast: Cast, thread: Thread) -> None:
    copy = fork(thread)
    newer = Thread.objects.create(project=cast.project)
    assert [newest for newest, _ in rows_of(cast)] == [newer.id, copy.id]


def test_a_cleared_thread_begins_a_family(cast: Cast, thread: Thread) -> None:
    empty = clear_thread(project=cast.project, thread_id=thread.id)
    copy = fork(empty) if say(empty, "Hi") else empty
    assert rows_of(cast) == [(copy.id, [empty.id, copy.id]), (thread.id, [thread.id])]


def test_without_their_origin_forks_are_families_of_their_own(cast: Cast, thread: Thread) -> None:
    first, second = fork(thread), fork(thread)
    thread.delete()
    assert rows_of(cast) == [(second.id, [second.id]), (first.id, [first.id])]
    second.delete()
    assert rows_of(cast) == [(first.id, [first.id])]


def test_a_filter_finds_the_newest_thread_with_the_words(cast: Cast, thread: Thread) -> None:
    message = thread.messages.get()
    edited = edit_and_fork(
        project=cast.project, thread_id=thread.id, message_id=message.id, text="How wet is Rome?"
    )
    copy = fork(edited)
    family = [thread.id, edited.id, copy.id]
    assert rows_of(cast, text="rome") == [(copy.id, family)]
    assert rows_of(cast, text="oslo") == [(thread.id, family)]


def test_pages_go_on_behind_many_forks(cast: Cast, thread: Thread) -> None:
    older = [thread.id]
    begin = Thread.objects.create(project=cast.project)
    say(begin, "Again")
    newest = [fork(begin) for _ in range(12)][-1]
    with CaptureQueriesContext(connection) as queries:
        page = recent_families(cast.project, limit=2)
    assert [item.newest.thread.id for item in page.items] == [newest.id]
    assert page.after
    assert len(queries) == 10
    page = recent_families(cast.project, limit=2, after=page.after)
    assert [item.newest.thread.id for item in page.items] == older
    assert page.after == ""


def test_other_projects_have_no_part(cast: Cast, thread: Thread) -> None:
    stranger = Thread.objects.create(
        project=cast.other_project, forked_from_id=thread.id, forked_at_id="msg_1"
    )
    assert rows_of(cast) == [(thread.id, [thread.id])]
    assert recent_family(cast.project, stranger.id) == []
