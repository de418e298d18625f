"""Reads of comments. More comments, messages or members take no more queries."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.models import Comment, Message, Notice, Rating
from assistants_app.queries.people.comments import SHOWN, comments_of_message, talk_of
from assistants_app.queries.people.notices import MOST_COUNTED, Bell, bell_of, list_notices
from tests.cast import Cast
from tests.queries.threads.conversations import reply

pytestmark = pytest.mark.django_db


def add(cast: Cast, message: Message, count: int, parent: Comment | None = None) -> list[Comment]:
    return Comment.objects.bulk_create(
        Comment(
            project=cast.project,
            thread=cast.thread,
            message=message,
            author=cast.bob,
            text=str(number),
            parent=parent,
        )
        for number in range(count)
    )


def queries_of(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


@pytest.mark.parametrize(("messages", "each"), [(1, 1), (20, 1), (20, 2 * SHOWN)])
def test_more_comments_take_no_more_queries(cast: Cast, messages: int, each: int) -> None:
    found = [reply(cast) for _ in range(messages)]
    for message in found:
        add(cast, message, each)
        Rating.objects.create(thread=cast.thread, message=message, user=cast.bob, value=1)
    ids = [message.id for message in found]
    assert queries_of(lambda: talk_of(ids)) == 2
    talk = talk_of(ids)
    assert {len(one.comments) for one in talk.values()} == {min(each, SHOWN)}
    assert {one.total for one in talk.values()} == {each}


def test_replies_come_with_their_parent(cast: Cast) -> None:
    [old] = add(cast, cast.message, 1)
    add(cast, cast.message, SHOWN)
    [answer] = add(cast, cast.message, 1, parent=old)
    assert queries_of(lambda: talk_of([cast.message.id])) == 3
    shown = talk_of([cast.message.id])[cast.message.id].comments
    assert [comment.id for comment in shown[:2]] == [old.id, answer.id]
    assert len(shown) == SHOWN + 1
    everything = comments_of_message(cast.message.id)
    assert everything[:2] == [old, answer]
    assert len(everything) == SHOWN + 2


def test_nothing_is_said(cast: Cast) -> None:
    assert talk_of([cast.message.id]) == {}


# --- the bell ------------------------------------------------------------------------------------
def inform(cast: Cast, count: int) -> None:
    Notice.objects.bulk_create(
        Notice(
            project=cast.project,
            user=cast.alice,
            kind="reply",
            comment=comment,
            actor=cast.bob,
        )
        for comment in add(cast, cast.message, count)
    )


@pytest.mark.parametrize(("notices", "count"), [(0, "0"), (3, "3"), (99, "99"), (101, "99+")])
def test_the_bell_counts(cast: Cast, notices: int, count: str) -> None:
    inform(cast, notices)
    bell = bell_of(cast.alice, cast.project.id)
    assert (bell.is_shown, bell.count) == (True, count)
    assert queries_of(lambda: bell_of(cast.alice, cast.project.id)) == 2
    assert bell_of(cast.bob, cast.project.id).unread == 0


def test_a_lone_member_has_no_bell(cast: Cast) -> None:
    assert bell_of(cast.charlie, cast.other_project.id) == Bell(False, 0)
    assert bell_of(cast.charlie, cast.project.id) == Bell(False, 0)
    assert queries_of(lambda: bell_of(cast.charlie, cast.other_project.id)) == 1


def test_pages_of_notices(cast: Cast) -> None:
    inform(cast, 5)
    assert MOST_COUNTED == 99
    first = list_notices(cast.project, cast.alice, limit=3)
    rest = list_notices(cast.project, cast.alice, before=first[-1].id, limit=3)
    assert [notice.comment.text for notice in first + rest] == ["4", "3", "2", "1", "0"]
    assert queries_of(lambda: list_notices(cast.project, cast.alice)) == 1
    assert list_notices(cast.project, cast.bob) == []
