"""Open a provider's stream, with bounded retries before the first byte and a stop at any moment.

The connection below it can be cut during a read.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from asyncio.trsock import TransportSocket
from collections.abc import AsyncIterable, Callable, Coroutine
from typing import Any

import httpx2
import openai

from assistants_app.domain.errors import RunStopped
from assistants_app.providers.chat import StopSignal
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import (
    connection_failure,
    is_passing,
    is_quota,
    retry_after,
    said_by,
    unsendable,
)

logger = logging.getLogger(__name__)

TRIES = 3
LONGEST_WAIT = 30.0  # seconds over all tries
# A llama.cpp server answers with 503 while it loads its model.
LOADING_TRIES = 40
LOADING_PAUSE = 0.5  # seconds
PASSING = {502, 503, 504}
# The few bytes after the last event usually arrive with it. Waiting longer would delay every reply
# from a server that keeps the connection open.
DRAIN_SECONDS = 0.25

Open = Callable[[], Coroutine[Any, Any, httpx2.Response]]
Again = Callable[[str, Exception], None]


def _ignore_retry(reason: str, problem: Exception) -> None:
    """Record nothing."""


async def open_stream(
    open_once: Open, *, endpoint: Endpoint, stop: StopSignal, again: Again = _ignore_retry
) -> httpx2.Response:
    """Return the response of `open_once` after its headers. Calls `again` before each retry.

    Raises ``RunFailure`` if no connection can be made or the request cannot be written as JSON,
    ``RunStopped``, and ``openai.APIStatusError`` for the caller to interpret.
    """
    waited, tries = 0.0, 0
    while True:
        tries += 1
        problem: Exception
        try:
            return await _response(open_once, stop)
        except openai.APIStatusError as error:
            problem, pause = error, _pause_before_retry(error, tries)
            if pause is None or waited + pause > LONGEST_WAIT:
                raise
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            # HTTPError: the body of an error response broke off, or could not be decompressed.
            problem, pause = error, _backoff_seconds(tries) if is_passing(error) else None
            if pause is None:
                raise connection_failure(error, endpoint) from error
        except ValueError as error:
            # The body could not be encoded: it has half an emoji, for example.
            raise unsendable(error, endpoint) from error
        logger.info("Asking %s again in %.1f s: %s", endpoint.name, pause, problem)
        again(f"asked again after {pause:.1f} s", problem)
        if await stop.sleep(pause):
            raise RunStopped
        waited += pause


def _pause_before_retry(error: openai.APIStatusError, tries: int) -> float | None:
    # Returns None if another try would not help.
    if error.status_code == 503 and "loading" in said_by(error).lower() and tries < LOADING_TRIES:
        return LOADING_PAUSE
    passing = error.status_code in PASSING or (error.status_code == 429 and not is_quota(error))
    if not passing or tries >= TRIES:
        return None
    asked = retry_after(error.response.headers)
    return _backoff_seconds(tries) if asked is None else asked


def _backoff_seconds(tries: int) -> float | None:
    return None if tries >= TRIES else 0.5 * 2 ** (tries - 1)


async def _response(open_once: Open, stop: StopSignal) -> httpx2.Response:
    if stop.is_set():
        raise RunStopped
    loop = asyncio.get_running_loop()
    # A task of its own, which the signal can cancel: a busy model sends its headers late.
    opening = loop.create_task(open_once())
    unsubscribe = stop.on_set(lambda: loop.call_soon_threadsafe(opening.cancel))
    try:
        response = await opening
    except asyncio.CancelledError:
        if stop.is_set():
            raise RunStopped from None
        raise
    finally:
        unsubscribe()
    if stop.is_set():
        await response.aclose()
        raise RunStopped
    return response


class Line:
    """The socket from which a response is read."""

    def __init__(self, response: httpx2.Response) -> None:
        network_stream = response.extensions.get("network_stream")
        self._socket: TransportSocket | None = (
            network_stream.get_extra_info("socket") if network_stream else None
        )
        self._lock = threading.Lock()

    def cut(self) -> None:
        """End the stream, even during a read. Safe from any thread, and more than once."""
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        """Give up the socket: from now on it may serve another stream."""
        with self._lock:
            self._socket = None

    async def drain(self, chunks: AsyncIterable[bytes]) -> None:
        """Read to the end of the response, so that the connection can serve another request.

        If that takes longer than `DRAIN_SECONDS`, the connection is cut instead.
        """
        timer = asyncio.get_running_loop().call_later(DRAIN_SECONDS, self.cut)
        try:
            with contextlib.suppress(httpx2.HTTPError):
                async for _ in chunks:
                    pass
        finally:
            timer.cancel()
