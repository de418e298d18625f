"""A provider's failures as a run's: the vendor's code, and a message that a person can act on."""

import email.utils
import time
from datetime import UTC, datetime
from typing import Any

import httpx2
import openai

from assistants_app.domain.errors import RunFailure
from assistants_app.providers.chat_model import Endpoint

SERVER_ERROR, RATE_LIMIT = "server_error", "rate_limit_exceeded"
CONTEXT_WORDS = ("context length", "context window", "context size", "maximum context", "too long")


def status_failure(error: openai.APIStatusError, endpoint: Endpoint, model: str) -> RunFailure:
    """What an HTTP error of the provider means for the run."""
    status, said = error.status_code, said_by(error)
    name = endpoint.name
    if status == 429:
        return RunFailure(RATE_LIMIT, f"{name} refuses for its rate limit or quota: {said}")
    if status in {401, 403}:
        return RunFailure(
            SERVER_ERROR,
            f"{name} does not accept the API key ({status}). Check the key of this endpoint.",
        )
    if any(words in said.lower() for words in CONTEXT_WORDS):
        return RunFailure(
            SERVER_ERROR,
            f"The thread is longer than the context of {model}: {said} "
            "Shorten it, or set a truncation strategy or max_prompt_tokens.",
        )
    if status == 404:
        return RunFailure(
            SERVER_ERROR,
            f"{name} does not know the model '{model}', or {endpoint.base_url} is not the base URL "
            f"of an OpenAI-compatible API (404): {said}",
        )
    if status >= 500:
        return RunFailure(SERVER_ERROR, f"{name} had an error ({status}): {said}")
    return RunFailure(SERVER_ERROR, f"{name} refused the request ({status}): {said}")


def connection_failure(error: Exception, endpoint: Endpoint) -> RunFailure:
    """What a failure below HTTP means for the run."""
    cause = error.__cause__ or error
    where = f"{endpoint.name} at {endpoint.base_url}"
    if isinstance(error, openai.APITimeoutError) or isinstance(cause, httpx2.TimeoutException):
        what = "did not answer in time"
    elif "CERTIFICATE" in str(cause).upper() or "SSL" in str(cause).upper():
        what = f"has no valid TLS certificate ({cause})"
    elif isinstance(cause, httpx2.ConnectError):
        what = f"cannot be reached ({cause}). Is it running, and is this its host and port?"
    else:
        what = f"broke the connection ({cause})"
    return RunFailure(SERVER_ERROR, f"{where} {what}")


def stream_failure(error: Any, endpoint: Endpoint) -> RunFailure:
    """An error object in the middle of a stream."""
    said = error.get("message") if isinstance(error, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    limited = code in {429, "rate_limit_exceeded"}
    return RunFailure(
        RATE_LIMIT if limited else SERVER_ERROR,
        f"{endpoint.name} broke off with an error: {said or error}",
    )


def said_by(error: openai.APIStatusError) -> str:
    """The provider's own words, at most 500 characters of them."""
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        said = inner.get("message") if isinstance(inner, dict) else inner
        if said:
            return str(said)[:500]
    return (error.response.text or error.message)[:500]


def is_quota(error: openai.APIStatusError) -> bool:
    """Whether a 429 will not go away by waiting."""
    return error.code == "insufficient_quota"


def retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds that the provider asks to wait: ``retry-after-ms``, seconds, or an HTTP date."""
    if (milliseconds := headers.get("retry-after-ms", "")).replace(".", "", 1).isdigit():
        return float(milliseconds) / 1000
    text = headers.get("retry-after", "")
    if text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.fromtimestamp(time.time(), UTC)).total_seconds())
