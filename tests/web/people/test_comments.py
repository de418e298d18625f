"""Comments and ratings on the page of a thread."""

import re
from typing import Any

import pytest
from django.test import Client

from assistants_app.domain import limits
from assistants_app.models import Comment, Membership, Message, Rating
from assistants_app.services.people.comments import resolve_comment
from assistants_app.services.people.ratings import rate_message
from tests.cast import Cast, api_client
from tests.services.people.conversations import answer, comment, reply_of
from tests.web.pages import HTMX, project_url, signed_in, squeezed, thread_url

pytestmark = pytest.mark.django_db(transaction=True)
ATTACK = '"><script>alert(1)</script> **bold** [x](javascript:alert(1)) @bob\u202e{{ 7*7 }}'


def post(client: Client, url: str, **form: str) -> Any:
    return client.post(url, form, headers=HTMX)


def comment_url(cast: Cast, name: str, made: Comment) -> str:
    return project_url(cast, name, made.id)


def frame(cast: Cast, client: Client) -> str:
    """Return the thread's page."""
    return str(client.get(project_url(cast, "playground"), {"t": cast.thread.id}).content.decode())


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


@pytest.fixture
def reply(cast: Cast) -> Message:
    return reply_of(cast)


def test_the_form_names_the_members(cast: Cast, alice: Client) -> None:
    form = squeezed(alice.get(thread_url(cast, "comment_on_message", cast.message.id)).text)
    assert re.findall(r'role="option"[^>]*>(\w+)<', form) == ["alice", "bob", "vera"]


def test_a_comment_is_made_and_shown_escaped(cast: Cast, alice: Client) -> None:
    url = thread_url(cast, "comment_on_message", cast.message.id)
    answered = post(alice, url, text=ATTACK)
    assert (answered.status_code, answered.content) == (200, b"")
    page = frame(cast, signed_in(cast.bob))
    assert "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt; **bold** [x]" in page
    assert '<b class="mention">@bob</b>' in page
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Enter a text."), ("x" * (limits.COMMENT + 1), "Use at most 10,000 characters.")],
)
def test_errors_are_under_the_field(cast: Cast, alice: Client, text: str, words: str) -> None:
    url = thread_url(cast, "comment_on_message", cast.message.id)
    refused = post(alice, url, text=text)
    assert refused.status_code == 422
    assert f'role="alert">{words}' in squeezed(refused.text)
    assert 'aria-invalid="true"' in refused.text


def test_a_text_that_was_refused_is_kept(cast: Cast, alice: Client) -> None:
    first = comment(cast, cast.alice, "First")
    text = "\n</textarea><b>" + "x" * limits.COMMENT
    refused = post(alice, comment_url(cast, "edit_comment", first), text=text)
    assert refused.status_code == 422
    assert "\n\n&lt;/textarea&gt;&lt;b&gt;xxx" in refused.text


def test_a_conversation(cast: Cast, alice: Client) -> None:
    bob = signed_in(cast.bob)
    first = comment(cast, cast.alice, "First")
    assert "Reply to alice" in bob.get(comment_url(cast, "reply_to_comment", first)).text
    post(bob, comment_url(cast, "reply_to_comment", first), text="Second")
    post(alice, comment_url(cast, "edit_comment", first), text="First, edited")
    page = frame(cast, alice)
    assert page.index("First, edited") < page.index("Second")
    assert "edited" in squeezed(page)
    post(bob, comment_url(cast, "resolve_comment", first))
    assert "Resolved by bob:" in frame(cast, alice)
    post(alice, comment_url(cast, "reopen_comment", first))
    assert "Resolved by" not in frame(cast, alice)


def test_the_menu_has_what_a_person_may_do(cast: Cast, alice: Client) -> None:
    first = comment(cast, cast.alice, "First")
    reply = answer(cast, cast.bob, "Second", first)

    def entries(client: Client, made: Comment) -> list[str]:
        menu = squeezed(client.get(comment_url(cast, "comment_menu", made)).text)
        return re.findall(r"</svg>([^<]+)</", menu)

    assert entries(alice, first) == ["Copy link", "Resolve", "Edit", "Delete"]
    assert entries(signed_in(cast.vera), reply) == ["Copy link"]
    # She is an owner.
    assert entries(alice, reply) == ["Copy link", "Delete"]
    assert entries(signed_in(cast.bob), first) == ["Copy link", "Resolve"]
    resolve_comment(project=cast.project, comment_id=first.id, user=cast.bob)
    assert entries(alice, first)[1] == "Reopen"


def test_nobody_changes_what_others_said(cast: Cast) -> None:
    first, bob = comment(cast, cast.alice, "First"), signed_in(cast.bob)
    assert post(bob, comment_url(cast, "edit_comment", first), text="x").status_code == 404
    assert post(bob, comment_url(cast, "delete_comment", first)).status_code == 404
    assert Comment.objects.get().text == "First"


def test_owners_delete_what_others_said(cast: Cast, alice: Client) -> None:
    made = comment(cast, cast.bob, "Unkind")
    menu = squeezed(alice.get(comment_url(cast, "comment_menu", made)).text)
    assert "Delete this comment by bob? It is noted in the activity" in menu
    assert post(alice, comment_url(cast, "edit_comment", made), text="x").status_code == 404
    assert post(alice, comment_url(cast, "delete_comment", made)).status_code == 200
    assert not Comment.objects.exists()
    activity = squeezed(alice.get(project_url(cast, "activity")).text)
    assert "deleted the comment by" in activity
    assert "Unkind" not in activity


def test_a_deleted_comment_with_replies(cast: Cast, alice: Client) -> None:
    first = comment(cast, cast.alice, "First")
    answer(cast, cast.bob, "Second", first)
    post(alice, comment_url(cast, "delete_comment", first))
    page = frame(cast, alice)
    assert "This comment was deleted." in page
    assert "Second" in page


def test_viewers_comment_and_rate(cast: Cast, reply: Message) -> None:
    vera = signed_in(cast.vera)
    url = thread_url(cast, "comment_on_message", reply.id)
    assert post(vera, url, text="Why?").status_code == 200
    url = thread_url(cast, "rate_message", reply.id)
    assert post(vera, url, value="down").status_code == 200
    assert Rating.objects.get().user == cast.vera


def test_all_comments_are_in_a_dialog(cast: Cast, alice: Client) -> None:
    made = [comment(cast, cast.alice, f"Number {number}.") for number in range(21)]
    answer(cast, cast.bob, "Number 21.", made[0])
    page = frame(cast, alice)
    # The first is there, because its reply is among the newest.
    assert "Number 0." in page
    assert "Number 1." not in page
    assert "Show all 22 comments" in squeezed(page)
    dialog = alice.get(thread_url(cast, "comments", cast.message.id)).text
    assert [f"Number {number}." in dialog for number in range(22)] == [True] * 22


def test_a_lone_member_sees_no_comments_until_there_are_some(cast: Cast, alice: Client) -> None:
    assert "data-team" in frame(cast, alice)
    Membership.objects.filter(project=cast.project).exclude(user=cast.alice).delete()
    page = frame(cast, alice)
    assert "data-team" not in page
    assert 'href="' + project_url(cast, "notices") not in page
    comment(cast, cast.alice, "A note to myself")
    assert "data-team" in frame(cast, alice)


# --- ratings -------------------------------------------------------------------------------------
def test_a_rating_with_a_note(cast: Cast, alice: Client, reply: Message) -> None:
    url = thread_url(cast, "rate_message", reply.id)
    form = post(alice, url, value="up").text
    assert "You rated this reply as good." in form
    refused = post(alice, url, value="up", note="x" * (limits.RATING_NOTE + 1))
    assert refused.status_code == 422
    assert "Use at most 1,000 characters." in refused.text
    assert post(alice, url, value="up", note=ATTACK).content == b""
    rate_message(
        project=cast.project,
        thread_id=cast.thread.id,
        message_id=reply.id,
        user=cast.bob,
        value="down",
    )
    assert "Ratings: 1 good, 1 bad" in frame(cast, alice)
    dialog = alice.get(thread_url(cast, "ratings", reply.id)).text
    assert "&quot;&gt;&lt;script&gt;alert(1)" in dialog
    assert dialog.index("alice") < dialog.index("bob")
    post(alice, thread_url(cast, "unrate_message", reply.id))
    assert "Ratings: 0 good, 1 bad" in frame(cast, alice)


def test_ratings_that_are_refused(cast: Cast, alice: Client, reply: Message) -> None:
    for message, value in ((cast.message, "up"), (reply, "sideways"), (reply, "")):
        url = thread_url(cast, "rate_message", message.id)
        assert post(alice, url, value=value).status_code == 409
    assert not Rating.objects.exists()


def test_the_api_shows_nothing_of_it(cast: Cast, reply: Message) -> None:
    comment(cast, cast.alice, "Inner secret")

    api = api_client(cast.key)
    for path in ("", f"/{cast.message.id}", f"/{reply.id}"):
        body = api.get(f"/v1/threads/{cast.thread.id}/messages{path}").text
        assert "Inner secret" not in body
        assert "rating" not in body
