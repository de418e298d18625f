"""Links to a part of a thread: who makes them, who sees them, and how they end."""

import re
import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as Away

from assistants_app import conf
from assistants_app.models import AuditEntry, Message, Project, Share
from assistants_app.queries.project.access import digest
from assistants_app.queries.shares.rows import MOST_MESSAGES
from assistants_app.services.shares import visits
from assistants_app.services.shares.shares import create_share
from assistants_app.services.threads.requests import delete_thread
from assistants_app.wire.threads.messages import attachment
from tests.cast import Cast, make_run, strange_address
from tests.web.pages import project_url, say, signed_in, thread_url
from tests.web.shares.canaries import canary_thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visitor() -> Client:
    """Somebody without an account, from an address that no other test uses."""
    return Client(REMOTE_ADDR=strange_address())


def create(cast: Cast, **fields: str) -> tuple[Any, str]:
    """Make a link in the dialog. Return the answer and the token, or "" if there is none."""
    answer = signed_in(cast.bob).post(thread_url(cast, "share_thread"), {"days": "7", **fields})
    found = re.search(r"/s/([\w-]{43})/", answer.content.decode())
    return answer, found[1] if found else ""


def page(client: Client, token: str, name: str = "share", *more: str) -> Any:
    return client.get(reverse(name, args=[token, *more]))


def test_a_link_is_shown_once_and_opens_the_thread(cast: Cast, visitor: Client) -> None:
    answer, token = create(cast, title="For you")
    assert answer.status_code == 200
    share = Share.objects.get()
    assert share.digest == digest(token)
    assert (share.created_by, share.hides_instructions) == (cast.bob, False)
    later = signed_in(cast.bob).get(thread_url(cast, "share_thread")).content.decode()
    assert token not in later
    assert "For you" in later
    shown = page(visitor, token)
    assert "Secret" in shown.content.decode()
    assert "<h1" in shown.content.decode()
    assert AuditEntry.objects.get(verb="create_share").target_id == share.id


def test_the_page_is_kept_out_of_caches_indexes_and_referrers(cast: Cast, visitor: Client) -> None:
    _, token = create(cast)
    for name in ("share", "share_json"):
        answer = page(visitor, token, name)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")


def test_links_that_do_not_work_look_the_same(cast: Cast, visitor: Client) -> None:
    _, token = create(cast)
    other = "A" if token[0] != "A" else "B"
    for wrong in (other + token[1:], token[:-1], token + "A", "x", secrets.token_urlsafe(32)):
        assert page(visitor, wrong).status_code == 404
    missing = page(visitor, secrets.token_urlsafe(32))
    share = Share.objects.get()
    rows = Share.objects.filter(pk=share.pk)
    for ended in ({"expires_at": timezone.now()}, {"revoked_at": timezone.now()}):
        rows.update(expires_at=None, revoked_at=None)
        assert page(visitor, token).status_code == 200
        rows.update(**ended)
        for name, *more in (("share",), ("share_json",), ("share_file", "1")):
            answer = page(visitor, token, name, *more)
            assert answer.status_code == 404
            assert answer.content == missing.content
            assert answer["Cache-Control"] == "no-store"


def test_nothing_but_get_is_allowed(cast: Cast, visitor: Client) -> None:
    _, token = create(cast)
    for method in ("POST", "PUT", "DELETE"):
        answer = visitor.generic(method, reverse("share", args=[token]))
        assert answer.status_code == 405


def test_a_link_ends_with_its_thread(cast: Cast, visitor: Client) -> None:
    _, token = create(cast)
    assert page(visitor, token).status_code == 200
    delete_thread(project=cast.project, thread_id=cast.thread.id)
    assert page(visitor, token).status_code == 404
    assert not Share.objects.exists()


def test_a_revoked_link_keeps_no_snapshot(cast: Cast, visitor: Client) -> None:
    _, token = create(cast)
    share = Share.objects.get()
    answer = signed_in(cast.bob).post(
        project_url(cast, "revoke_share", share.id), {"thread": cast.thread.id}
    )
    assert "Link revoked" in answer.content.decode()
    assert page(visitor, token).status_code == 404
    share.refresh_from_db()
    assert share.snapshot is None
    again = signed_in(cast.bob).post(project_url(cast, "revoke_share", share.id))
    assert again.status_code == 404


def test_editors_revoke_their_own_links_and_owners_all(cast: Cast) -> None:
    share, _ = create_share(project=cast.project, thread_id=cast.thread.id, user=cast.alice)
    mine, _ = create_share(project=cast.project, thread_id=cast.thread.id, user=cast.bob)
    bob, alice = signed_in(cast.bob), signed_in(cast.alice)
    assert bob.post(project_url(cast, "revoke_share", share.id)).status_code == 404
    assert alice.post(project_url(cast, "revoke_share", mine.id)).status_code == 302
    assert alice.post(project_url(cast, "revoke_share", share.id)).status_code == 302
    strangers = reverse("revoke_share", args=[cast.other_project.id, share.id])
    assert signed_in(cast.charlie).post(strangers).status_code == 404


def test_the_dialog_shows_editors_their_own_links(cast: Cast) -> None:
    for user, title in ((cast.alice, "Hers"), (cast.bob, "His")):
        create_share(project=cast.project, thread_id=cast.thread.id, user=user, title=title)
    shown = [
        signed_in(user).get(thread_url(cast, "share_thread")).content.decode()
        for user in (cast.alice, cast.bob)
    ]
    assert [("Hers" in one, "His" in one) for one in shown] == [(True, True), (False, True)]
    assert signed_in(cast.vera).get(thread_url(cast, "share_thread")).status_code == 403


def test_owners_see_all_links_and_turn_them_off(cast: Cast, visitor: Client) -> None:
    _, token = create(cast, title="For you")
    alice = signed_in(cast.alice)
    listed = alice.get(project_url(cast, "sharing")).content.decode()
    assert "For you" in listed
    assert "bob" in listed
    assert signed_in(cast.bob).get(project_url(cast, "sharing")).status_code == 403
    assert signed_in(cast.bob).post(project_url(cast, "forbid_sharing")).status_code == 403
    alice.post(project_url(cast, "forbid_sharing"))
    assert page(visitor, token).status_code == 404
    answer, none = create(cast)
    assert (answer.status_code, none) == (422, "")
    assert "turned share links off" in answer.content.decode()
    alice.post(project_url(cast, "forbid_sharing"), {"allowed": "1"})
    assert page(visitor, token).status_code == 200
    assert not Project.objects.get(pk=cast.other_project.pk).forbids_sharing


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"days": "8"}, 422),
        ({"title": "x" * 513}, 422),
        ({"part": "msg_no"}, 404),
        ({"part": "run_no"}, 404),
        ({"part": "msg_\0"}, 422),
    ],
)
def test_odd_wishes_make_no_link(cast: Cast, fields: dict[str, str], status: int) -> None:
    answer, _ = create(cast, **fields)
    assert answer.status_code == status
    assert not Share.objects.exists()


def test_a_link_shows_no_message_of_another_thread(cast: Cast) -> None:
    other = cast.thread.__class__.objects.create(project=cast.project)
    theirs = say(other, "Elsewhere")
    answer, _ = create(cast, part=theirs.id)
    assert answer.status_code == 404


def test_a_thread_that_is_too_long_says_what_to_do(cast: Cast) -> None:
    content = [{"type": "text", "text": {"value": "x", "annotations": []}}]
    Message.objects.bulk_create(
        Message(thread=cast.thread, role="user", content=content) for _ in range(MOST_MESSAGES)
    )
    answer, _ = create(cast)
    assert answer.status_code == 422
    assert "Choose an earlier message" in answer.content.decode()
    # One that is kept up to date shows the newest ones.
    answer, token = create(cast, follows="on", part="")
    assert answer.status_code == 200


def test_long_threads_are_shown_in_pages(cast: Cast, visitor: Client) -> None:
    for number in range(60):
        say(cast.thread, f"number-{number:02}.")
    _, token = create(cast)
    first = page(visitor, token).content.decode()
    assert "number-48." in first
    assert "number-49." not in first
    second = visitor.get(reverse("share", args=[token]), {"page": "2"}).content.decode()
    assert "number-49." in second
    for odd in ("0", "-1", "x", "99"):
        assert visitor.get(reverse("share", args=[token]), {"page": odd}).status_code == 200


def test_an_address_that_asks_too_often_has_to_wait(
    cast: Cast, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "SHARE_REQUESTS_PER_MINUTE", 3)
    _, token = create(cast)
    found = [page(visitor, token).status_code for _ in range(5)]
    assert found == [200, 200, 200, 429, 429]
    refused = page(visitor, token, "share_file", "1")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert page(Client(REMOTE_ADDR="192.0.2.77"), token).status_code == 200


def test_wrong_tokens_make_an_address_wait(cast: Cast, visitor: Client) -> None:
    _, token = create(cast)
    found = {page(visitor, secrets.token_urlsafe(32)).status_code for _ in range(33)}
    assert found == {404, 429}
    # What it already has still opens.
    assert page(visitor, token).status_code == 200


def test_links_open_while_redis_is_away(
    cast: Cast, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = create(cast)

    class Gone:
        def eval(self, *arguments: object) -> None:
            raise Away("gone")

    monkeypatch.setattr(visits, "client", Gone)
    assert page(visitor, token).status_code == 200


@pytest.mark.parametrize(("follows", "most"), [(False, 1), (True, 7)])
def test_a_page_takes_as_many_queries_for_a_long_thread(
    cast: Cast, visitor: Client, follows: bool, most: int
) -> None:
    told = canary_thread(cast)
    _, token = create_share(
        project=cast.project, thread_id=told.thread.id, user=cast.bob, follows=follows
    )
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page(visitor, token)
        counts.append(len(queries))
        for number in range(20):
            run = make_run(cast.project, told.thread, cast.assistant, status="completed")
            say(
                told.thread,
                str(number),
                "assistant",
                run_id=run.id,
                attachments=[attachment(told.files["attached"].id, "code_interpreter")],
            )
    assert counts[0] == counts[1] <= most


def test_a_link_has_the_scheme_of_the_site(cast: Cast) -> None:
    url = thread_url(cast, "share_thread")
    answer = signed_in(cast.bob).post(url, {"days": "7"}, secure=True)
    assert "https://testserver/s/" in answer.content.decode()


def test_an_end_is_kept(cast: Cast) -> None:
    create(cast, days="30")
    expires_at = Share.objects.get().expires_at
    assert expires_at is not None
    assert timedelta(days=29) < expires_at - timezone.now() <= timedelta(days=30)
