"""Open a provider's stream, with bounded retries before the first byte and a stop at any moment."""

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
# A llama.cpp server answers with 503 while it loads its model.
LOADING_TRIES = 40
LOADING_PAUSE = 0.5  # seconds
PASSING = {502, 503, 504}

Open = Callable[[], httpx2.Response]
Again = Callable[[str, Exception], None]


def _ignore_retry(reason: str, problem: Exception) -> None:
    """Record nothing."""


def open_stream(
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
            return _Opening(open_once).response(stop)
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
        if stop.wait(pause):
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


class _Opening:
    """One try in a thread of its own, which can be abandoned: a busy model sends its headers late.

    A daemon thread, because the threads of an executor would hold up the end of the process.
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
        # Closes the response now, or as soon as it arrives.
        with self._lock:
            self._abandoned = True
            response = self._response
        if response is not None:
            response.close()
