"""Downloads end when the person, the session or the link behind them loses the access."""

import asyncio
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import repeat
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from assistants_app.domain.rights import EDITOR, OWNER
from assistants_app.events.access import AccessChange
from assistants_app.models import Membership, Share
from assistants_app.queries.people.sessions import list_sessions
from assistants_app.realtime.hops import in_thread
from assistants_app.services.people.members import change_role, remove_member
from assistants_app.services.people.sessions import end_session
from assistants_app.services.project.deletion import delete_project
from assistants_app.services.shares.shares import create_share, forbid_sharing, revoke_share
from assistants_app.services.threads.requests import delete_thread
from assistants_app.web import open_downloads
from assistants_app.web.people import activity
from assistants_app.web.shares import page
from assistants_app.wire.shares import Hides
from playground.transport import REQUEST, SiteHandler
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("transactional_db")
PIECE = "{}\n"


class Reader:
    """A client that reads the first piece of a response and then nothing more."""

    refusal = None

    def __init__(self, path: str, session_key: str = "") -> None:
        self.body = BytesIO()
        self.status = 0
        self.read = b""
        self.is_whole = False
        self.aborted = asyncio.Event()
        self.began = asyncio.Event()
        self.reads_on = asyncio.Event()
        cookie = f"{settings.SESSION_COOKIE_NAME}={session_key}".encode()
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"cookie", cookie)],
            REQUEST: self,
        }
        self._unread = [{"type": "http.request", "body": b""}]

    async def receive(self) -> dict[str, Any]:
        if self._unread:
            return self._unread.pop()
        never: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        return await never

    async def send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        if message["type"] != "http.response.body":
            return
        self.read += message.get("body", b"")
        self.is_whole = not message.get("more_body")
        self.began.set()
        if message.get("more_body"):
            await self.reads_on.wait()

    def paced(self, send: Any) -> Any:
        return send

    def abort(self) -> None:
        self.aborted.set()


async def opened(reader: Reader) -> "asyncio.Task[None]":
    """Return the task that sends the response, when the client has read its first piece."""
    sending = asyncio.create_task(SiteHandler()(reader.scope, reader.receive, reader.send))
    async with asyncio.timeout(10):
        await reader.began.wait()
    await checked()
    assert reader.status == 200
    return sending


async def checked() -> None:
    """Wait until everything is checked that has to be."""
    while (checking := open_downloads._open.checking) and not checking.done():
        await checking


async def is_cut_off(reader: Reader, sending: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(1):
        await reader.aborted.wait()
        await asyncio.wait([sending])
    assert not reader.is_whole
    assert open_downloads._open.held == set()


def session_of(cast: Cast) -> str:
    # A second owner, who may download everything.
    Membership.objects.filter(user=cast.bob).update(role=OWNER)
    client = Client()
    client.force_login(cast.bob)
    return str(client.session.session_key)


def remove(cast: Cast) -> None:
    remove_member(project=cast.project, user_id=cast.bob.pk)


def demote(cast: Cast) -> None:
    change_role(project=cast.project, user_id=cast.bob.pk, role=EDITOR)


def sign_out(cast: Cast) -> None:
    [session] = list_sessions(cast.bob, current="")
    end_session(user=cast.bob, session_id=session.id)


def delete_everything(cast: Cast) -> None:
    delete_project(project=cast.project, name=cast.project.name)


@pytest.mark.parametrize("end", [remove, demote, sign_out, delete_everything])
async def test_an_export_is_cut_off(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, end: Callable[[Cast], None]
) -> None:
    monkeypatch.setattr(activity, "_ndjson", lambda *arguments: repeat(PIECE))
    reader = Reader(
        reverse("activity_ndjson", args=[cast.project.id]), await in_thread(session_of, cast)
    )
    sending = await opened(reader)
    await in_thread(end, cast)
    await is_cut_off(reader, sending)
    assert reader.read.decode() == PIECE


async def test_a_file_is_cut_off(cast: Cast) -> None:
    url = reverse("file_content", args=[cast.project.id, cast.file.id])
    reader = Reader(url, await in_thread(session_of, cast))
    sending = await opened(reader)
    await in_thread(remove, cast)
    await is_cut_off(reader, sending)


async def test_what_others_download_goes_on(cast: Cast) -> None:
    url = reverse("file_content", args=[cast.project.id, cast.file.id])
    reader = Reader(url, await in_thread(session_of, cast))
    sending = await opened(reader)
    await in_thread(remove_member, project=cast.project, user_id=cast.vera.pk)
    # An editor may still read files.
    await in_thread(demote, cast)
    await checked()
    reader.reads_on.set()
    await sending
    assert (reader.read, reader.is_whole) == (b"Secret", True)
    assert not reader.aborted.is_set()
    assert open_downloads._open.held == set()


def revoke(cast: Cast, share: Share) -> None:
    revoke_share(project=cast.project, share_id=share.pk)


def forbid(cast: Cast, share: Share) -> None:
    forbid_sharing(project=cast.project, forbidden=True)


def delete_its_thread(cast: Cast, share: Share) -> None:
    delete_thread(project=cast.project, thread_id=cast.thread.id)


@pytest.mark.parametrize("end", [revoke, forbid, delete_its_thread])
async def test_a_file_of_a_link_is_cut_off(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, end: Callable[[Cast, Share], None]
) -> None:
    shown = {"files": {"1": {"id": cast.file.id, "name": "Secret.txt"}}}
    monkeypatch.setattr(page, "what_it_shows", lambda share: shown)
    share, token = await in_thread(
        create_share,
        project=cast.project,
        thread_id=cast.thread.id,
        user=cast.alice,
        title="",
        until_id="",
        run_id="",
        hides=Hides(),
        follows=True,
        expires_at=None,
    )
    reader = Reader(reverse("share_file", args=[token, "1"]))
    sending = await opened(reader)
    await in_thread(end, cast, share)
    await is_cut_off(reader, sending)


async def test_a_change_during_the_view_is_not_missed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()

    def remove_meanwhile(*arguments: object) -> Iterator[str]:
        remove(cast)
        change = AccessChange(project_id=cast.project.id, user_id=cast.bob.pk)
        loop.call_soon_threadsafe(open_downloads._take, change)
        return repeat(PIECE)

    monkeypatch.setattr(activity, "_ndjson", remove_meanwhile)
    url = reverse("activity_ndjson", args=[cast.project.id])
    reader = Reader(url, await in_thread(session_of, cast))
    sending = asyncio.create_task(SiteHandler()(reader.scope, reader.receive, reader.send))
    await reader.began.wait()
    await is_cut_off(reader, sending)


async def test_an_export_that_breaks_off_does_not_look_whole(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: object) -> Iterator[str]:
        yield PIECE
        raise OSError("the disk is gone")

    monkeypatch.setattr(activity, "_ndjson", broken)
    url = reverse("activity_ndjson", args=[cast.project.id])
    reader = Reader(url, await in_thread(session_of, cast))
    reader.reads_on.set()
    await SiteHandler()(reader.scope, reader.receive, reader.send)
    assert reader.aborted.is_set()
    assert not reader.is_whole
    assert "A response broke off." in caplog.text
