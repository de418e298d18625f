"""Streams, and requests that wait for a model. They end when their key loses its access."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from assistants_app.api.hops import hop
from assistants_app.domain.errors import Unauthenticated
from assistants_app.events.access import AccessChange, Listener
from assistants_app.events.held_access import Held, HeldAccess
from assistants_app.models import ApiKey
from assistants_app.queries.project.access import forget_keys, keys_allowed
from assistants_app.services.money.known_limits import forget_limits


@dataclass(frozen=True, slots=True)
class KeyAccess:
    """The access of an API key."""

    project_id: str
    key_id: str


OpenRequest = Held[KeyAccess]


async def _allowed(accesses: Collection[KeyAccess]) -> Collection[KeyAccess]:
    valid = await hop(keys_allowed, {access.key_id for access in accesses})
    return {access for access in accesses if access.key_id in valid}


_open = HeldAccess(_allowed)


def hear_changes() -> int:
    """Let this process hear of changes of access. Return the number of changes it has heard of."""
    _listener.listen()
    return _open.changes


def add(key: ApiKey, end: Callable[[], None], *, since: int) -> OpenRequest:
    """Call `end` once the key has lost its access. `since`: the changes before it was looked up."""
    access = KeyAccess(key.project_id, key.pk)
    return _open.add(access, end, since=since, until=key.expires_at)


def remove(request: OpenRequest) -> None:
    """End the watch over a request that has ended."""
    _open.remove(request)


def access_ended() -> Unauthenticated:
    """Return the error for the client of a request that is ended."""
    return Unauthenticated(
        "This API key no longer has access to the project, so the request was ended. Ask an owner "
        "of the project for another key.",
        code="invalid_api_key",
    )


def _take(change: AccessChange | None) -> None:
    concerns = change.concerns_key if change else _all
    # First the cache, so that nobody gets in while the open requests are checked.
    forget_keys(concerns)
    forget_limits(change.project_id if change else "")
    _open.take(lambda access: concerns(access.project_id, access.key_id))


def _all(project_id: str, key_id: str) -> bool:
    return True


_listener = Listener(_take)
