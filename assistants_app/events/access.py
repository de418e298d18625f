"""Changes of who may do what, published to all processes, which then ask the database again.

What is published only says where to look, so a forged or lost message gives nobody any access.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from django.db import transaction
from redis.exceptions import RedisError

from assistants_app.events.connections import LoopConnection, ReplyError
from assistants_app.queries.project.access import Visit, digest
from assistants_app.redis_client import client

logger = logging.getLogger(__name__)

CHANNEL = "access-changed"
RECONNECT_SECONDS = 0.25
# A connection that has silently broken is noticed after at most both together.
PING_SECONDS, PATIENCE = 2.0, 2.0
# While a process hears nothing, it looks at everything that is open this often.
DEAF_SECONDS = 5.0


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


Take = Callable[[AccessChange | None], None]


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
    # Without Redis, other processes look again every DEAF_SECONDS. This process needn't wait.
    for loop, listening in list(_listening_by_loop.items()):
        if not loop.is_closed():
            loop.call_soon_threadsafe(listening.pass_on, change)
    try:
        client().publish(CHANNEL, json.dumps(asdict(change)))
    except RedisError as error:
        logger.warning("Couldn't publish a change of access: %s", error)


def on_access_change(take: Take) -> None:
    """Call `take` with each change, in the running event loop, from now on.

    It gets None if changes may have been missed: when the process begins to hear them, and every
    `DEAF_SECONDS` while it can't. Does nothing if `take` gets them already.
    """
    loop = asyncio.get_running_loop()
    listening = _listening_by_loop.get(loop)
    if listening is None:
        listening = _listening_by_loop[loop] = _Listening()
    if take not in listening.takers:
        listening.takers.append(take)


class _Listening:
    """The subscription of an event loop."""

    def __init__(self) -> None:
        self.takers: list[Take] = []
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._listen_forever())

    def pass_on(self, change: AccessChange | None) -> None:
        """Pass a change on to all who take them."""
        for take in self.takers:
            take(change)

    async def _listen_forever(self) -> None:
        look_at = self._loop.time() + DEAF_SECONDS
        while True:
            try:
                connection = await LoopConnection.open(self._receive)
            except (OSError, ReplyError) as error:
                logger.info("Can't hear of changes of access at the moment: %s", error)
            else:
                if await self._hear(connection):
                    logger.warning("Lost the subscription to changes of access, retrying.")
                    look_at = self._loop.time()
            if self._loop.time() >= look_at:
                self.pass_on(None)
                look_at = self._loop.time() + DEAF_SECONDS
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, connection: LoopConnection) -> bool:
        """Take what is published until the connection is lost. Return whether it ever worked."""
        hears = False
        connection.send(("SUBSCRIBE", CHANNEL))
        try:
            while True:
                async with asyncio.timeout(PATIENCE):
                    await connection.call(("PING",))
                if not hears:
                    # Redis answers in order, so this process has subscribed by now.
                    hears = True
                    self.pass_on(None)
                await asyncio.wait([connection.lost], timeout=PING_SECONDS)
        except (OSError, ReplyError):
            return hears
        finally:
            connection.close()

    def _receive(self, message: list[Any]) -> None:
        if message[0] == b"message":
            self.pass_on(_change_from(message[2]))


def _change_from(payload: bytes) -> AccessChange:
    # During an upgrade, another version may send fields that this one doesn't know.
    sent = json.loads(payload)
    known = {field.name for field in fields(AccessChange)}
    return AccessChange(**{name: value for name, value in sent.items() if name in known})


# By event loop, because a connection belongs to the loop that opened it.
_listening_by_loop: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Listening]" = WeakKeyDictionary()
