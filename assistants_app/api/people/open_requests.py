"""Streams, and requests that wait for a model. They end when their key loses its access."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from assistants_app.api.hops import hop
from assistants_app.domain.errors import Unauthenticated
from assistants_app.events.access import AccessChange, Listener
from assistants_app.models import ApiKey
from assistants_app.queries.project.access import forget_keys, keys_allowed

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


@dataclass(eq=False, slots=True)
class OpenRequest:
    """A request that lasts. `end` is called if its key loses its access."""

    project_id: str
    key_id: str
    end: Callable[[], None]


@dataclass(slots=True)
class _OpenRequests:
    """The open requests of this process. All of it happens in the event loop."""

    changes: int = 0  # that this process has heard of
    requests: set[OpenRequest] = field(default_factory=set)
    suspects: set[OpenRequest] = field(default_factory=set)
    checking: asyncio.Task[None] | None = None

    def suspect(self, requests: set[OpenRequest]) -> None:
        """Check soon whether the keys of these requests still have access."""
        self.suspects |= requests
        if self.suspects and (self.checking is None or self.checking.done()):
            self.checking = asyncio.create_task(self._check())

    async def _check(self) -> None:
        while self.suspects:
            suspects, self.suspects = self.suspects & self.requests, set()
            try:
                allowed = await hop(keys_allowed, {request.key_id for request in suspects})
            except Exception:  # noqa: BLE001 - the consumer boundary: the next attempt may succeed
                logger.exception("Could not check the access of open requests.")
                self.suspects |= suspects
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for request in suspects & self.requests:
                if request.key_id not in allowed:
                    request.end()


_open = _OpenRequests()


def hear_changes() -> int:
    """Let this process hear of changes of access. Return the number of changes it has heard of."""
    _listener.listen()
    return _open.changes


def add(key: ApiKey, end: Callable[[], None], *, since: int) -> OpenRequest:
    """Call `end` once the key has lost its access. `since`: the changes before it was looked up."""
    request = OpenRequest(key.project_id, key.pk, end)
    _open.requests.add(request)
    if since != _open.changes:
        _open.suspect({request})
    return request


def remove(request: OpenRequest) -> None:
    """End the watch over a request that has ended."""
    _open.requests.discard(request)


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
    _open.changes += 1
    _open.suspect({it for it in _open.requests if concerns(it.project_id, it.key_id)})


def _all(project_id: str, key_id: str) -> bool:
    return True


_listener = Listener(_take)
