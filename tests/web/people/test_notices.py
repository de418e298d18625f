"""The bell and its page."""

import pytest
from django.test import Client

from assistants_app.models import Membership, Notice
from assistants_app.services.people.comments import OnInstructions
from assistants_app.web.people import notices
from tests.cast import Cast
from tests.services.people.conversations import answer, comment
from tests.web.pages import project_url, signed_in, squeezed
from tests.web.people.instructions import assistant_with

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(cast: Cast, client: Client, **query: str) -> str:
    shown = client.get(project_url(cast, "notices"), query)
    assert shown.status_code == 200
    return squeezed(shown.text)


@pytest.fixture
def bob(cast: Cast) -> Client:
    return signed_in(cast.bob)


def test_a_mention_is_read_by_opening_it(cast: Cast, bob: Client) -> None:
    comment(cast, cast.alice, "Look, @bob <i>")
    page = page_of(cast, bob)
    assert "Mentions and replies: 1 unread" in page
    assert "alice mentioned you" in page
    assert "Look, @bob &lt;i&gt;" in page
    [notice] = Notice.objects.all()
    # Browsers fetch links in advance, and that must not mark anything as read.
    url = project_url(cast, "open_notice", notice.id)
    assert bob.get(url).status_code == 405
    to = bob.post(url)["Location"]
    assert to.startswith(project_url(cast, "playground"))
    assert f"t={cast.thread.id}&m={cast.message.id}" in to
    assert "unread" not in page_of(cast, bob)
    assert "alice mentioned you" in page_of(cast, bob)


def test_the_notice_of_somebody_else_does_not_exist(cast: Cast) -> None:
    comment(cast, cast.alice, "@bob")
    [notice] = Notice.objects.all()
    for user in (cast.alice, cast.vera):
        answered = signed_in(user).post(project_url(cast, "open_notice", notice.id))
        assert answered.status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_marked_as_read(cast: Cast, bob: Client) -> None:
    first = comment(cast, cast.bob, "First")
    for text in ("Second", "Third, @bob"):
        answer(cast, cast.alice, text, first)
    page = page_of(cast, bob)
    assert "alice replied" in page
    assert "Mentions and replies: 2 unread" in page
    bob.post(project_url(cast, "read_notices"))
    page = page_of(cast, bob)
    assert "unread" not in page
    assert "Mark all as read" not in page


def test_the_bell_counts_on_every_page(cast: Cast, bob: Client) -> None:
    comment(cast, cast.alice, "@bob")
    for name in ("playground", "threads", "bell"):
        assert 'aria-hidden="true">1<' in squeezed(bob.get(project_url(cast, name)).text)


def test_pages(cast: Cast, bob: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "PAGE", 2)
    for number in range(3):
        comment(cast, cast.alice, f"@bob {number}")
    first = page_of(cast, bob)
    assert ["@bob 2" in first, "@bob 1" in first, "@bob 0" in first] == [True, True, False]
    oldest = Notice.objects.order_by("-pk")[1].id
    assert f"?before={oldest}" in first
    rest = page_of(cast, bob, before=oldest)
    assert ["@bob 1" in rest, "@bob 0" in rest] == [False, True]
    assert page_of(cast, bob, before="\0\ud800".encode("utf-8", "replace").decode())


def test_former_members_see_nothing(cast: Cast, bob: Client) -> None:
    comment(cast, cast.alice, "@bob")
    Membership.objects.filter(user=cast.bob).delete()
    assert bob.get(project_url(cast, "notices")).status_code == 404


def test_a_notice_about_instructions(cast: Cast, bob: Client) -> None:
    assistant = assistant_with(cast, "One\nTwo")
    made = comment(cast, cast.alice, "@bob", OnInstructions(assistant.id, 1, 2, 2))
    assert "on the instructions of Tutor" in page_of(cast, bob)
    [notice] = Notice.objects.all()
    to = bob.post(project_url(cast, "open_notice", notice.id))["Location"]
    assert to.endswith(f"/versions/1/comments/#{made.id}")
    assert bob.get(to).status_code == 200
