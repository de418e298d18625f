"""Downloads that are being sent. They are cut off when who asked for them loses the access."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from assistants_app.domain.rights import can
from assistants_app.events.access import AccessChange, Listener
from assistants_app.events.held_access import HeldAccess
from assistants_app.hop import Hop
from assistants_app.queries.project.access import Visit, memberships_of
from assistants_app.queries.shares.shares import shares_alive

AnyResponse = TypeVar("AnyResponse", bound=HttpResponseBase)


@dataclass(frozen=True, slots=True)
class MemberAccess:
    """The access of a signed-in member with the right to `verb`."""

    visit: Visit
    verb: str

    def may_be_lost(self, change: AccessChange) -> bool:
        """Return whether the change concerns this access."""
        return change.concerns_visit(self.visit)


@dataclass(frozen=True, slots=True)
class LinkAccess:
    """The access of everybody who has a share link."""

    project_id: str
    share_id: str

    def may_be_lost(self, change: AccessChange) -> bool:
        """Return whether the change concerns this access."""
        return change.concerns_share(self.project_id, self.share_id)


Access = MemberAccess | LinkAccess


def changes_until_now() -> int:
    """Return the number of changes of access that this process has heard of."""
    return _open.changes


def while_allowed(
    request: HttpRequest,
    response: AnyResponse,
    access: Access,
    *,
    since: int,
    until: datetime | None = None,
) -> AnyResponse:
    """Return the response, which is cut off if it is a stream and its access is lost.

    `since`: the changes before the access was looked up. `until`: when the access expires.
    """
    # Under WSGI, each stream would have an event loop of its own, which hears nothing.
    if isinstance(request, ASGIRequest) and isinstance(response, StreamingHttpResponse):
        pieces = cast(AsyncIterator[bytes], response.streaming_content)
        response.streaming_content = _while_allowed(pieces, access, since, until)
    return response


async def _while_allowed(
    pieces: AsyncIterator[bytes], access: Access, since: int, until: datetime | None
) -> AsyncIterator[bytes]:
    sending = asyncio.current_task()
    assert sending is not None
    _listener.listen()
    # Cancelled, because it may wait for a client that reads nothing. What is cut short doesn't look
    # whole: the server then breaks the connection (playground/transport.py).
    held = _open.add(access, partial(_cancel, sending), since=since, until=until)
    # Not at the end of this generator: of one that was cut off, this may be much later.
    sending.add_done_callback(lambda task: _open.remove(held))
    async for piece in pieces:
        yield piece


def _cancel(sending: "asyncio.Task[Any]") -> None:
    sending.cancel()


def _allowed_now(accesses: Collection[Access]) -> set[Access]:
    of_members = [access for access in accesses if isinstance(access, MemberAccess)]
    of_links = [access for access in accesses if isinstance(access, LinkAccess)]
    allowed: set[Access] = set()
    if of_members:
        memberships = memberships_of({access.visit for access in of_members})
        for access in of_members:
            membership = memberships.get(access.visit)
            if membership and can(membership.role, access.verb):
                allowed.add(access)
    if of_links:
        alive = shares_alive({access.share_id for access in of_links})
        allowed |= {access for access in of_links if access.share_id in alive}
    return allowed


# One thread, because a check is short and there are few.
_in_thread = Hop("downloads", 1)


async def _allowed(accesses: Collection[Access]) -> set[Access]:
    return await _in_thread(_allowed_now, accesses)


_open: HeldAccess[Access] = HeldAccess(_allowed)


def _take(change: AccessChange | None) -> None:
    _open.take(lambda access: change is None or access.may_be_lost(change))


_listener = Listener(_take)
