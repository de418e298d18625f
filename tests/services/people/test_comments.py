"""Comments: who may do what with them, and who hears of them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.rights import EDITOR, OWNER
from assistants_app.events import log
from assistants_app.models import AuditEntry, Comment, Membership, Notice
from assistants_app.queries.people.comments import names_to_mention
from assistants_app.rendering.people.talk import said
from assistants_app.services.acting import Actor, acting
from assistants_app.services.assistants.requests import create_assistant, delete_assistant
from assistants_app.services.people import comments
from assistants_app.services.people.comments import OnInstructions, OnMessage
from assistants_app.services.threads.messages import delete_message
from assistants_app.services.threads.requests import delete_thread
from assistants_app.wire.assistants.assistants import AssistantCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast
from tests.services.people.conversations import answer, comment, on_message, reply_of

pytestmark = pytest.mark.django_db(transaction=True)


def heard(cast: Cast) -> list[tuple[str, str]]:
    """Return who got a notice, and of what kind."""
    found = Notice.objects.filter(project=cast.project).order_by("pk")
    return [(notice.user.username, notice.kind) for notice in found]


def events_of(cast: Cast) -> list[tuple[str, Any]]:
    return [(event.name, event.content) for event in log.read(cast.thread.id)]


def test_a_comment_is_stored_and_published(cast: Cast) -> None:
    made = comment(cast, cast.alice, " Look,\r\n@bob \0<b> ")
    assert (made.text, made.mentions) == ("Look,\n@bob \ufffd<b>", ["bob"])
    assert events_of(cast) == [("playground.talk.changed", {"id": cast.message.id})]
    assert heard(cast) == [("bob", "mention")]


def test_strangers_and_oneself_are_not_mentioned(cast: Cast) -> None:
    assert comment(cast, cast.alice, "@charlie @alice @nobody").mentions == ["alice"]
    assert heard(cast) == []


def test_a_name_that_others_see_is_mentioned_unless_it_is_another_members(cast: Cast) -> None:
    # People who were invited have their address as username, which nobody sees in comments.
    names = {cast.bob: "Bob Lee", cast.vera: "Alice"}
    for user, name in names.items():
        User.objects.filter(pk=user.pk).update(first_name=name)
    assert names_to_mention(cast.project) == ["alice", "Bob Lee", "vera"]
    made = comment(cast, cast.alice, "Look, @bob lee, and @Alice")
    assert made.mentions == ["Bob Lee", "alice"]
    assert heard(cast) == [("bob", "mention")]
    assert '<b class="mention">@bob lee</b>,' in said(made).html
    assert said(answer(cast, User.objects.get(pk=cast.bob.pk), "Yes", made)).author == "Bob Lee"
    User.objects.filter(pk=cast.vera.pk).update(first_name="Bob Lee")
    assert names_to_mention(cast.project) == ["alice", "bob", "vera"]


def test_replies_reach_everybody_who_said_something_there(cast: Cast) -> None:
    carol = User.objects.create_user("carol")
    Membership.objects.create(project=cast.project, user=carol)
    first = comment(cast, cast.alice, "First")
    second = answer(cast, cast.bob, "Second", first)
    assert second.parent_id == first.id
    # An answer to a reply belongs to the same conversation, and a mention is more than a reply.
    third = answer(cast, carol, "Third, @bob", second)
    assert third.parent_id == first.id
    assert heard(cast) == [("alice", "reply"), ("bob", "mention"), ("alice", "reply")]


def test_a_former_member_hears_nothing(cast: Cast) -> None:
    first = comment(cast, cast.bob, "First")
    Membership.objects.filter(user=cast.bob).delete()
    answer(cast, cast.alice, "Second @bob", first)
    assert heard(cast) == []


@pytest.mark.parametrize("text", ["", " \n ", "x" * (limits.COMMENT + 1)])
def test_texts_that_are_refused(cast: Cast, text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        comment(cast, cast.alice, text)
    assert refused.value.param == "text"
    assert not Comment.objects.exists()


def test_a_message_that_is_being_written_takes_no_comments(cast: Cast) -> None:
    message = reply_of(cast, status="in_progress")
    with pytest.raises(InvalidRequest):
        comment(cast, cast.alice, "x", OnMessage(cast.thread.id, message.id))


def test_one_comment_too_many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "COMMENTS", 2)
    first = comment(cast, cast.alice, "1")
    answer(cast, cast.alice, "2", first)
    for attempt in (on_message(cast), comments.OnComment(first.id)):
        with pytest.raises(InvalidRequest, match="2 comments"):
            comment(cast, cast.alice, "3", attempt)


def test_things_of_other_projects_do_not_exist(cast: Cast) -> None:
    made = comment(cast, cast.alice, "1")
    theirs: dict[str, Any] = {"project": cast.other_project, "comment_id": made.id}
    for call in (
        lambda: comments.create_comment(
            project=cast.other_project, author=cast.charlie, on=on_message(cast), text="x"
        ),
        lambda: comments.create_comment(
            project=cast.other_project,
            author=cast.charlie,
            on=comments.OnComment(made.id),
            text="x",
        ),
        lambda: comments.edit_comment(**theirs, user=cast.alice, text="x"),
        lambda: comments.delete_comment(**theirs, user=cast.alice),
        lambda: comments.resolve_comment(**theirs, user=cast.alice),
        lambda: comments.reopen_comment(**theirs),
    ):
        with pytest.raises(NotFound):
            call()
    made.refresh_from_db()
    assert (made.text, made.resolved_at) == ("1", None)


def test_an_edit_informs_only_those_who_are_new(cast: Cast) -> None:
    made = comment(cast, cast.alice, "@bob")
    edited = comments.edit_comment(
        project=cast.project, comment_id=made.id, user=cast.alice, text="@bob, look"
    )
    assert edited.edited_at
    assert heard(cast) == [("bob", "mention")]
    assert len(events_of(cast)) == 2


def test_an_edit_without_a_change_is_none(cast: Cast) -> None:
    made = comment(cast, cast.alice, "x")
    same = comments.edit_comment(
        project=cast.project, comment_id=made.id, user=cast.alice, text=" x "
    )
    assert same.edited_at is None
    assert len(events_of(cast)) == 1


def test_comments_of_others_can_not_be_changed(cast: Cast) -> None:
    made = comment(cast, cast.alice, "x")
    mine: dict[str, Any] = {"project": cast.project, "comment_id": made.id, "user": cast.bob}
    with pytest.raises(NotFound):
        comments.edit_comment(**mine, text="y")
    with pytest.raises(NotFound):
        comments.delete_comment(**mine)


def test_an_owner_deletes_the_comments_of_others_and_it_is_noted(cast: Cast) -> None:
    first = comment(cast, cast.bob, "Unkind @vera")
    reply = answer(cast, cast.vera, "Indeed", first)
    with acting(Actor(cast.project.id, EDITOR, user_id=cast.vera.pk)), pytest.raises(NotFound):
        comments.delete_comment(project=cast.project, comment_id=first.id, user=cast.vera)
    with acting(Actor(cast.project.id, OWNER, user_id=cast.alice.pk)):
        comments.delete_comment(project=cast.project, comment_id=first.id, user=cast.alice)
        first.refresh_from_db()
        assert first.is_deleted
        with pytest.raises(NotFound):  # it is gone already
            comments.delete_comment(project=cast.project, comment_id=first.id, user=cast.alice)
        own = comment(cast, cast.alice, "Mine")
        comments.delete_comment(project=cast.project, comment_id=own.id, user=cast.alice)
    with acting(Actor(cast.project.id, EDITOR, user_id=cast.vera.pk)):
        comments.delete_comment(project=cast.project, comment_id=reply.id, user=cast.vera)
    assert not Comment.objects.exists()
    # What people delete of their own isn't noted, nor what the comment said.
    [entry] = AuditEntry.objects.filter(verb="delete_comment")
    assert (entry.actor_name, entry.target_id, entry.target_name) == ("alice", first.id, "bob")
    assert entry.details == {"thread": cast.thread.id}


def test_a_comment_with_replies_keeps_its_place(cast: Cast) -> None:
    first = comment(cast, cast.alice, "First @bob")
    second = answer(cast, cast.bob, "Second", first)
    comments.delete_comment(project=cast.project, comment_id=first.id, user=cast.alice)
    first.refresh_from_db()
    assert first.is_deleted
    assert heard(cast) == [("alice", "reply")]
    with pytest.raises(NotFound):
        comments.edit_comment(
            project=cast.project, comment_id=first.id, user=cast.alice, text="again"
        )
    comments.delete_comment(project=cast.project, comment_id=second.id, user=cast.bob)
    assert not Comment.objects.exists()


def test_resolve_and_reopen(cast: Cast) -> None:
    first = comment(cast, cast.alice, "First")
    second = answer(cast, cast.bob, "Second", first)
    which: dict[str, Any] = {"project": cast.project, "comment_id": first.id}
    for _ in range(2):
        resolved = comments.resolve_comment(**which, user=cast.bob)
        assert resolved.resolved_by == cast.bob
    assert len(events_of(cast)) == 3
    assert comments.reopen_comment(**which).resolved_at is None
    with pytest.raises(NotFound):
        comments.resolve_comment(project=cast.project, comment_id=second.id, user=cast.bob)


def test_comments_go_with_what_they_are_about(cast: Cast) -> None:
    comment(cast, cast.alice, "@bob")
    delete_message(project=cast.project, thread_id=cast.thread.id, message_id=cast.message.id)
    assert not Comment.objects.exists()
    message = reply_of(cast)
    comment(cast, cast.alice, "@bob", OnMessage(cast.thread.id, message.id))
    delete_thread(project=cast.project, thread_id=cast.thread.id)
    assert not Notice.objects.exists()


# --- on instructions -----------------------------------------------------------------------------
@pytest.fixture
def lines(cast: Cast) -> OnInstructions:
    params = parse(AssistantCreateParams, {"model": "m", "instructions": "One\nTwo\nThree"})
    assistant = create_assistant(project=cast.project, params=params)
    return OnInstructions(assistant.id, 1, 2, 3)


def test_a_comment_quotes_the_lines(cast: Cast, lines: OnInstructions) -> None:
    made = comment(cast, cast.alice, "Why, @bob?", lines)
    assert (made.version_number, made.line, made.quote) == (1, 2, "Two\nThree")
    assert answer(cast, cast.bob, "Because.", made).assistant_id == lines.assistant_id
    assert heard(cast) == [("bob", "mention"), ("alice", "reply")]
    delete_assistant(project=cast.project, assistant_id=lines.assistant_id)
    assert not Comment.objects.exists()


def test_open_pages_of_instructions_hear_of_each_change(
    cast: Cast, lines: OnInstructions, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, ...]] = []

    def hear(*change: str) -> None:
        assert not connection.in_atomic_block
        heard.append(change)

    monkeypatch.setattr(comments, "project_changed", hear)
    made = comment(cast, cast.alice, "Why?", lines)
    which: dict[str, Any] = {"project": cast.project, "comment_id": made.id}
    answer(cast, cast.bob, "Because.", made)
    comments.edit_comment(**which, user=cast.alice, text="Why not?")
    comments.resolve_comment(**which, user=cast.bob)
    comments.reopen_comment(**which)
    comments.delete_comment(**which, user=cast.alice)
    assert heard == [(cast.project.id, "comments")] * 6
    # A thread's page has the events of its log.
    comment(cast, cast.alice, "x")
    assert len(heard) == 6


@pytest.mark.parametrize(
    ("first", "last", "param"), [(0, 1, "first_line"), (3, 2, "first_line"), (3, 4, "first_line")]
)
def test_lines_that_do_not_exist(
    cast: Cast, lines: OnInstructions, first: int, last: int, param: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        comment(cast, cast.alice, "x", OnInstructions(lines.assistant_id, 1, first, last))
    assert refused.value.param == param


def test_long_quotes_are_refused(
    cast: Cast, lines: OnInstructions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "QUOTED_LINES", 1)
    with pytest.raises(InvalidRequest) as refused:
        comment(cast, cast.alice, "x", lines)
    assert refused.value.param == "last_line"


def test_a_version_that_does_not_exist(cast: Cast, lines: OnInstructions) -> None:
    with pytest.raises(NotFound):
        comment(cast, cast.alice, "x", OnInstructions(lines.assistant_id, 2, 1, 1))
