"""Short messages to all processes. One connection of an event loop to Redis hears all channels."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from redis.exceptions import RedisError

from assistants_app.events.connections import Command, LoopConnection, ReplyError
from assistants_app.redis_client import client

logger = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.25
# A connection that has silently broken is noticed after at most both together.
PING_SECONDS, PATIENCE = 2.0, 2.0
# A process that hears nothing is reminded of it this often.
DEAF_SECONDS = 5.0

Take = Callable[[bytes | None], None]


def broadcast(channel: str, payload: bytes) -> None:
    """Send a message to all processes, this one included."""
    # This process needs no Redis for it. Others may be without it, and look for themselves.
    # By a copy of the references, which is made in one step: a loop of another thread may begin to
    # receive, or go away, at any moment.
    for reference in _receivers.keyrefs():
        loop = reference()
        receiver = None if loop is None else _receivers.get(loop)
        if loop is not None and receiver is not None:
            with suppress(RuntimeError):  # the loop has been closed
                loop.call_soon_threadsafe(receiver.pass_on, channel, payload)
    try:
        client().publish(channel, payload)
    except RedisError as error:
        logger.warning("Couldn't publish on %s: %s", channel, error)


def hear(channel: str, take: Take) -> None:
    """Call `take` with each message on the channel, in the running event loop, from now on.

    It gets None if messages may have been missed: when the process begins to hear them, and every
    `DEAF_SECONDS` while it can't. It may get a message twice. Does nothing if it is called already.
    """
    receiver = receiver_of_loop()
    takers = receiver.takers.setdefault(channel, [])
    if take not in takers:
        takers.append(take)
        receiver.subscribe(channel)


class Receiver:
    """The connection of an event loop. `takers` are those who hear each channel."""

    def __init__(self) -> None:
        self.takers: dict[str, list[Take]] = {}
        self._loop = asyncio.get_running_loop()
        self._connection: LoopConnection | None = None
        self._task = self._loop.create_task(self._stay_connected())

    def subscribe(self, channel: str) -> None:
        """Receive a channel that has its first taker."""
        if self._connection is not None:
            self._connection.send(("SUBSCRIBE", channel))
            self.pass_on(channel, None)

    def call(self, command: Command) -> asyncio.Future[Any]:
        """Send a command to Redis. The future has its reply.

        It raises ``OSError`` while Redis can't be reached, and :class:`ReplyError` if it refuses.
        """
        if self._connection is not None:
            return self._connection.call(command)
        failed: asyncio.Future[Any] = self._loop.create_future()
        failed.set_exception(ConnectionError("Redis can't be reached."))
        return failed

    def pass_on(self, channel: str, payload: bytes | None) -> None:
        """Pass a message on to all who take it."""
        for take in self.takers.get(channel, ()):
            take(payload)

    def _remind(self) -> None:
        for channel in self.takers:
            self.pass_on(channel, None)

    async def _stay_connected(self) -> None:
        look_at = self._loop.time() + DEAF_SECONDS
        while True:
            try:
                connection = await LoopConnection.open(self._receive)
            except (OSError, ReplyError) as error:
                logger.info("Can't hear other processes at the moment: %s", error)
            else:
                if await self._hear(connection):
                    logger.warning("Lost the connection over which processes hear each other.")
                    look_at = self._loop.time()
            if self._loop.time() >= look_at:
                self._remind()
                look_at = self._loop.time() + DEAF_SECONDS
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, connection: LoopConnection) -> bool:
        """Receive messages until the connection is lost. Return whether it ever worked."""
        if self.takers:
            connection.send(("SUBSCRIBE", *self.takers))
        try:
            while True:
                async with asyncio.timeout(PATIENCE):
                    await connection.call(("PING",))
                if self._connection is None:
                    # Redis answers in order, so this process has subscribed by now. A channel that
                    # got its first taker meanwhile is subscribed a second time, which does no harm.
                    self._connection = connection
                    connection.send(("SUBSCRIBE", *self.takers))
                    self._remind()
                await asyncio.wait([connection.lost], timeout=PING_SECONDS)
        except (OSError, ReplyError):
            return self._connection is not None
        finally:
            self._connection = None
            connection.close()

    def _receive(self, message: list[Any]) -> None:
        if message[0] == b"message":
            self.pass_on(message[1].decode(), message[2])


# By event loop, because a connection belongs to the loop that opened it.
_receivers: "WeakKeyDictionary[asyncio.AbstractEventLoop, Receiver]" = WeakKeyDictionary()


def receiver_of_loop() -> Receiver:
    """Return the receiver of the running event loop, and start it if necessary."""
    loop = asyncio.get_running_loop()
    receiver = _receivers.get(loop)
    if receiver is None:
        receiver = _receivers[loop] = Receiver()
    return receiver
