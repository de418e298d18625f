"""Opens a provider's stream: bounded retries before the first byte, and a stop at any moment."""

import logging
import threading
from collections.abc import Callable

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
LOADING_TRIES = 40  # a llama.cpp server that loads its model says so with 503
LOADING_PAUSE = 0.5  # seconds
PASSING = {502, 503, 504}

Open = Callable[[], httpx2.Response]
Again = Callable[[str, Exception], None]


def _tell_nobody(reason: str, problem: Exception) -> None:
    """Retries that nobody takes down."""


def open_stream(
    open_once: Open, *, endpoint: Endpoint, stop: StopSignal, again: Again = _tell_nobody
) -> httpx2.Response:
    """The response of `open_once`, its headers read. `again` is told why there is another try.

    Raises ``RunFailure`` for a connection that cannot be made and for a request that no JSON
    carries, ``RunStopped``, and ``openai.APIStatusError`` for the caller to look at.
    """
    waited, tries = 0.0, 0
    while True:
        tries += 1
        problem: Exception
        try:
            return _Opening(open_once).response(stop)
        except openai.APIStatusError as error:
            problem, pause = error, _pause(error, tries)
            if pause is None or waited + pause > LONGEST_WAIT:
                raise
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            # The second kind: the body of an error that breaks off, or cannot be unpacked.
            problem, pause = error, _backoff(tries) if is_passing(error) else None
            if pause is None:
                raise connection_failure(error, endpoint) from error
        except ValueError as error:  # such as half an emoji
            raise unsendable(error, endpoint) from error
        logger.info("Asking %s again in %.1f s: %s", endpoint.name, pause, problem)
        again(f"asked again after {pause:.1f} s", problem)
        if stop.wait(pause):
            raise RunStopped
        waited += pause


def _pause(error: openai.APIStatusError, tries: int) -> float | None:
    """Seconds to wait before another try; None for errors that stay."""
    if error.status_code == 503 and "loading" in said_by(error).lower() and tries < LOADING_TRIES:
        return LOADING_PAUSE
    passing = error.status_code in PASSING or (error.status_code == 429 and not is_quota(error))
    if not passing or tries >= TRIES:
        return None
    asked = retry_after(error.response.headers)
    return _backoff(tries) if asked is None else asked


def _backoff(tries: int) -> float | None:
    return None if tries >= TRIES else 0.5 * 2 ** (tries - 1)


class _Opening:
    """One try, in a thread that can be left behind: a busy model sends its headers late.

    A daemon thread, since those of an executor would hold up the end of the process.
    """

    def __init__(self, open_once: Open) -> None:
        self._open_once = open_once
        self._response: httpx2.Response | None = None
        self._error: Exception | None = None
        self._abandoned = False
        self._lock = threading.Lock()
        self._settled = threading.Event()

    def response(self, stop: StopSignal) -> httpx2.Response:
        if stop.is_set():
            raise RunStopped
        threading.Thread(target=self._run, name="open-stream", daemon=True).start()
        unsubscribe = stop.on_set(self._settled.set)
        try:
            self._settled.wait()
        finally:
            unsubscribe()
        if stop.is_set():
            self._abandon()
            raise RunStopped
        if self._error is not None:
            raise self._error
        assert self._response is not None, "the opening thread died; its traceback was printed"
        return self._response

    def _run(self) -> None:
        try:
            response = self._open_once()
            with self._lock:
                self._response = response
                abandoned = self._abandoned
            if abandoned:
                response.close()
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            self._error = error
        finally:
            self._settled.set()

    def _abandon(self) -> None:
        """The answer to a question that nobody asks any more is closed, now or when it comes."""
        with self._lock:
            self._abandoned = True
            response = self._response
        if response is not None:
            response.close()
