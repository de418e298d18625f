"""Changes of who may do what, published to all processes, which then ask the database again.

What is published only says where to look, so a forged or lost message gives nobody any access.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import partial

from django.db import transaction

from assistants_app.events.broadcasts import broadcast, hear
from assistants_app.queries.project.access import Visit, digest

CHANNEL = "access-changed"


@dataclass(frozen=True, slots=True)
class AccessChange:
    """What has changed: everything to which all the fields that aren't empty apply.

    `session` is the digest of a session key, because a session key is a secret.
    """

    project_id: str = ""
    user_id: int | None = None
    key_id: str = ""
    session: str = ""
    share_id: str = ""

    def concerns_visit(self, visit: Visit) -> bool:
        """Return whether the access of a signed-in person may have changed."""
        return (
            not (self.key_id or self.share_id)
            and self.project_id in ("", visit.project_id)
            and self.user_id in (None, visit.user_id)
            and self.session in ("", digest(visit.session_key))
        )

    def concerns_key(self, project_id: str, key_id: str) -> bool:
        """Return whether the access of an API key may have changed."""
        # Of a change of a person, all keys of the project are looked at: some may be theirs.
        return (
            not (self.session or self.share_id)
            and self.project_id in ("", project_id)
            and self.key_id in ("", key_id)
        )

    def concerns_share(self, project_id: str, share_id: str) -> bool:
        """Return whether a share link may have ended."""
        return (
            not (self.key_id or self.session or self.user_id)
            and self.project_id in ("", project_id)
            and self.share_id in ("", share_id)
        )


def access_changed(
    *,
    project_id: str = "",
    user_id: int | None = None,
    key_id: str = "",
    session_key: str = "",
    share_id: str = "",
) -> None:
    """Let all processes look again, once the current transaction is committed.

    Name what has changed as closely as possible: a person in a project, a person everywhere, all
    of a project, a key, a session or a share link.
    """
    session = digest(session_key) if session_key else ""
    change = AccessChange(project_id, user_id, key_id, session, share_id)
    transaction.on_commit(partial(_publish, change))


def _publish(change: AccessChange) -> None:
    broadcast(CHANNEL, json.dumps(asdict(change)).encode())


class Listener:
    """Takes changes of access with `take`, which it gets like :func:`~.broadcasts.hear`."""

    def __init__(self, take: Callable[[AccessChange | None], None]) -> None:
        self._take = take

    def listen(self) -> None:
        """Take the changes in the running event loop from now on."""
        hear(CHANNEL, self._take_payload)

    def _take_payload(self, payload: bytes | None) -> None:
        self._take(None if payload is None else _change_from(payload))


def _change_from(payload: bytes) -> AccessChange:
    # During an upgrade, another version may send fields that this one doesn't know.
    sent = json.loads(payload)
    known = {field.name for field in fields(AccessChange)}
    return AccessChange(**{name: value for name, value in sent.items() if name in known})
