"""Opens a provider's stream: bounded retries before the first byte, and a stop at any moment."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import openai

from assistants_app.domain.errors import RunStopped
from assistants_app.providers.chat_model import Endpoint, StopSignal
from assistants_app.providers.failures import (
    connection_failure,
    is_quota,
    retry_after,
    status_failure,
)

logger = logging.getLogger(__name__)

TRIES = 3
LONGEST_WAIT = 30.0  # seconds over all tries
LOADING_TRIES = 40  # a llama.cpp server that loads its model says so with 503
PASSING = {502, 503, 504}

# Opening blocks until the provider sends headers, which a busy model does late. A thread of its
# own can be left behind when the run is to stop.
_openers = ThreadPoolExecutor(256, thread_name_prefix="open-stream")

Open = Callable[[], Any]


def open_stream(open_once: Open, *, endpoint: Endpoint, model: str, stop: StopSignal) -> Any:
    """The entered response of `open_once`.

    Raises :class:`RunFailure`, :class:`RunStopped`, and ``openai.BadRequestError`` for the caller
    to look at.
    """
    waited, tries = 0.0, 0
    while True:
        tries += 1
        try:
            return _open_or_stop(open_once, stop)
        except openai.BadRequestError:
            raise
        except openai.APIStatusError as error:
            failure = status_failure(error, endpoint, model)
            pause = _pause(error, tries)
        except openai.APIConnectionError as error:
            failure = connection_failure(error, endpoint)
            pause = None if isinstance(error, openai.APITimeoutError) else _backoff(tries)
        if pause is None or waited + pause > LONGEST_WAIT:
            raise failure
        logger.info("Trying again in %.1f s: %s", pause, failure.message)
        if stop.wait(pause):
            raise RunStopped
        waited += pause


def _pause(error: openai.APIStatusError, tries: int) -> float | None:
    """Seconds to wait before another try; None for errors that stay."""
    loading = error.status_code == 503 and "loading" in str(error.body).lower()
    if loading and tries < LOADING_TRIES:
        return 0.5
    passing = error.status_code in PASSING or (error.status_code == 429 and not is_quota(error))
    if not passing or tries >= TRIES:
        return None
    asked = retry_after(error.response.headers)
    return _backoff(tries) if asked is None else asked


def _backoff(tries: int) -> float | None:
    return None if tries >= TRIES else 0.5 * 2 ** (tries - 1)


def _open_or_stop(open_once: Open, stop: StopSignal) -> Any:
    if stop.is_set():
        raise RunStopped
    future = _openers.submit(open_once)
    settled = threading.Event()
    future.add_done_callback(lambda _: settled.set())
    unsubscribe = stop.on_set(settled.set)
    try:
        settled.wait()
    finally:
        unsubscribe()
    if stop.is_set():
        future.add_done_callback(_close_late)
        raise RunStopped
    return future.result()


def _close_late(future: "Future[Any]") -> None:
    """The answer to a question that nobody asks any more."""
    if not future.cancelled() and future.exception() is None:
        future.result().http_response.close()
