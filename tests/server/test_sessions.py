"""Sessions of the site: odd cookies, and what a session's row says about its person."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session as OldSession
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.models import Session
from assistants_app.services.people.sessions import SEEN_GRAIN
from playground.people import sessions
from playground.people.sessions import SessionStore
from tests.cast import Cast
from tests.web.pages import signed_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.mark.parametrize("key", ['"aaaaaaaaa\\000"', '"aaaaaaaa a"', "\xff" * 32, "a" * 5000])
def test_an_odd_session_is_none(cast: Cast, key: str) -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}={key}"
    answer = Client().get("/", headers={"cookie": cookie})
    assert (answer.status_code, answer["location"]) == (302, "/sign-in/?next=/")


def visit(client: Client, **more: Any) -> Session:
    """Open a page, and return the row of the client's session."""
    assert client.get("/", headers={"user-agent": FIREFOX}, **more).status_code == 302
    return Session.objects.get(pk=client.session.session_key)


def test_a_session_is_seen_at_most_once_a_minute(cast: Cast) -> None:
    client = signed_in(cast.alice)
    first = visit(client)
    assert first.user_id == cast.alice.pk
    Session.objects.update(last_seen_at=timezone.now() - SEEN_GRAIN / 2)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert visit(client).last_seen_at < timezone.now() - SEEN_GRAIN / 3
    assert not [one for one in queries if one["sql"].startswith("UPDATE")]
    Session.objects.update(last_seen_at=timezone.now() - 2 * SEEN_GRAIN)
    seen = visit(client, REMOTE_ADDR="192.0.2.9")
    assert timezone.now() - seen.last_seen_at < SEEN_GRAIN
    assert (seen.device, seen.address) == (FIREFOX, "192.0.2.9")
    assert seen.signed_in_at == first.signed_in_at


def test_a_page_opens_although_nothing_can_be_written(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise DatabaseError("disk full")

    client = signed_in(cast.alice)
    monkeypatch.setattr(sessions, "record_seen", fail)
    assert client.get("/").status_code == 302


def test_a_device_with_odd_characters_is_kept_without_them(cast: Cast) -> None:
    client = signed_in(cast.alice)
    Session.objects.update(last_seen_at=timezone.now() - 2 * SEEN_GRAIN)
    client.get("/", headers={"user-agent": "a\0b" + "x" * 500})
    row = Session.objects.get()
    assert row.device.startswith("abx")
    assert len(row.device) == 300


def test_a_sign_in_starts_the_session_again(cast: Cast) -> None:
    store = SessionStore()
    store["state"] = "of a sign-in at a provider"
    store.save()
    Session.objects.update(signed_in_at=timezone.now() - timedelta(hours=1))
    again = SessionStore(store.session_key)
    again[SESSION_KEY] = str(cast.alice.pk)
    again.save()
    row = Session.objects.get()
    assert row.user_id == cast.alice.pk
    assert timezone.now() - row.signed_in_at < timedelta(minutes=1)


def test_a_session_of_a_person_who_is_gone_can_still_be_written(cast: Cast) -> None:
    store = SessionStore()
    store[SESSION_KEY] = "999999"
    store.save()
    assert Session.objects.get().user_id == 999999


def test_deleting_a_person_deletes_their_sessions(cast: Cast) -> None:
    signed_in(cast.charlie)
    assert Session.objects.filter(user=cast.charlie).exists()
    cast.charlie.delete()
    assert not Session.objects.exists()


def test_the_upgrade_signs_nobody_out(cast: Cast) -> None:
    move = import_module("assistants_app.migrations.0032_people_sessions")
    client = signed_in(cast.alice)
    row = Session.objects.get()
    key = str(client.session.session_key)
    empty = SessionStore()
    for old_key, data, expires in (
        (key, row.session_data, timezone.now() + timedelta(days=1)),
        ("e" * 32, row.session_data, timezone.now() - timedelta(days=1)),
        ("a" * 32, empty.encode({}), timezone.now() + timedelta(days=1)),
        ("b" * 32, "not signed", timezone.now() + timedelta(days=1)),
    ):
        OldSession.objects.create(session_key=old_key, session_data=data, expire_date=expires)
    Session.objects.all().delete()
    move.move_sessions(apps, None)
    assert not OldSession.objects.exists()
    moved = Session.objects.get()
    assert (moved.pk, moved.user_id) == (key, cast.alice.pk)
    assert client.get("/")["Location"].startswith("/p/")
    move.move_back(apps, None)
    assert OldSession.objects.get().pk == key
