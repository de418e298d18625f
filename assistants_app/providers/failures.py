"""A provider's failures as a run's: the vendor's code, and a message that a person can act on."""

import email.utils
import re
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from assistants_app.domain.errors import RunFailure
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.secrecy import Secrets, bare_url

SERVER_ERROR, RATE_LIMIT = "server_error", "rate_limit_exceeded"
LONGEST_QUOTE = 500  # characters
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")
# OpenAI and vLLM, llama.cpp, Anthropic, Gemini, Groq; not a "string too long" of some name.
CONTEXT_WORDS = re.compile(
    r"context (length|window|size)|maximum context|(?<!string )too long"
    r"|maximum number of tokens|reduce the length of the messages",
    re.IGNORECASE,
)


def status_failure(error: openai.APIStatusError, endpoint: Endpoint, model: str = "") -> RunFailure:
    """What an HTTP error of the provider means for the run."""
    status, name = error.status_code, endpoint.name
    said = said_by(error, Secrets(endpoint))
    if status == 429:
        return RunFailure(RATE_LIMIT, f"{name} refuses for its rate limit or quota: {said}")
    if status in {401, 403}:
        return RunFailure(SERVER_ERROR, _about_key(status, said, endpoint))
    if status in {400, 413, 422} and CONTEXT_WORDS.search(said):
        return RunFailure(
            SERVER_ERROR,
            f"The thread is longer than the context of {model}: {said} "
            "Shorten it, or set a truncation strategy or max_prompt_tokens.",
        )
    if status == 404:
        no_api = f"{where(endpoint)} is not the base URL of an OpenAI-compatible API"
        if not model:
            return RunFailure(SERVER_ERROR, f"{no_api} (404). Such a URL usually ends with /v1.")
        return RunFailure(
            SERVER_ERROR, f"{name} does not know the model '{model}', or {no_api} (404): {said}"
        )
    if status >= 500:
        return RunFailure(SERVER_ERROR, f"{name} had an error ({status}): {said}")
    return RunFailure(SERVER_ERROR, f"{name} refused the request ({status}): {said}")


def _about_key(status: int, said: str, endpoint: Endpoint) -> str:
    if not endpoint.api_key:
        return f"{endpoint.name} asks for an API key ({status}). Set one for this endpoint."
    about = (
        f"{endpoint.name} does not accept the API key ({status}). Check the key of this endpoint"
    )
    # What is said about a wrong key often quotes parts of it.
    return f"{about}." if status == 401 else f"{about} and what it may do: {said}"


def connection_failure(error: Exception, endpoint: Endpoint) -> RunFailure:
    """What a failure below HTTP means for the run."""
    cause = _below(error)
    place = f"{endpoint.name} at {where(endpoint)}"
    if isinstance(cause, httpx2.ConnectTimeout):
        what = "cannot be reached: it did not answer in time. Are its host and port right?"
    elif isinstance(cause, httpx2.TimeoutException | openai.APITimeoutError):
        what = "did not answer in time"
    elif _is_tls(cause):
        what = f"has no valid TLS certificate, or does not speak TLS ({cause})"
    elif isinstance(cause, httpx2.ConnectError):
        what = f"cannot be reached ({cause}). Is it running, and is this its host and port?"
    else:
        what = f"broke the connection ({cause})"
    return RunFailure(SERVER_ERROR, f"{place} {what}")


def unsendable(error: ValueError, endpoint: Endpoint) -> RunFailure:
    """What a thread means for the run that cannot be put into JSON."""
    return RunFailure(SERVER_ERROR, f"The thread cannot be sent to {endpoint.name}: {error}.")


def not_in_form(error: Exception, endpoint: Endpoint) -> RunFailure:
    """What JSON means for the run that is no chat completion."""
    return RunFailure(
        SERVER_ERROR,
        f"{endpoint.name} sent something that is not in the form of chat completions ({error}). "
        f"Is {where(endpoint)} the base URL of an OpenAI-compatible API?",
    )


def require_url(endpoint: Endpoint) -> None:
    """Raises :class:`RunFailure` for a base URL that no request can be sent to."""
    url = endpoint.base_url
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        sound = parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
        httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL):
        sound = False
    if not sound or any(char.isspace() for char in url):
        raise RunFailure(
            SERVER_ERROR,
            f"The base URL of {endpoint.name} is not one that can be asked. It must start with "
            "http:// or https://, name a host, and usually ends with /v1.",
        )


def is_passing(error: Exception) -> bool:
    """Whether another try may go better: not after a timeout, which took its time already."""
    cause = _below(error)
    return not isinstance(cause, httpx2.TimeoutException | httpx2.UnsupportedProtocol) and not (
        isinstance(error, openai.APITimeoutError) or _is_tls(cause)
    )


def _below(error: Exception) -> BaseException:
    """The transport's error under the package's."""
    wrapped = isinstance(error, openai.APIConnectionError) and error.__cause__ is not None
    return (error.__cause__ or error) if wrapped else error


def _is_tls(cause: BaseException) -> bool:
    return "CERTIFICATE" in str(cause).upper() or "SSL" in str(cause).upper()


def where(endpoint: Endpoint) -> str:
    """The endpoint's base URL, without secrets."""
    return bare_url(endpoint.base_url)


def stream_failure(error: Any, endpoint: Endpoint) -> RunFailure:
    """An error object in the middle of a stream."""
    said = error.get("message") if isinstance(error, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    limited = str(code) in {"429", "rate_limit_exceeded"}
    return RunFailure(
        RATE_LIMIT if limited else SERVER_ERROR,
        f"{endpoint.name} broke off with an error: "
        + Secrets(endpoint).text(str(said or error))[:LONGEST_QUOTE],
    )


def said_by(error: openai.APIStatusError, secrets: Secrets | None = None) -> str:
    """The provider's own words, at most 500 characters of them; without the `secrets`, if given."""
    said = _words_of(error)
    return (secrets.text(said) if secrets else said)[:LONGEST_QUOTE]


def _words_of(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        said = inner.get("message") if isinstance(inner, dict) else inner
        if said:
            return str(said)
    return error.response.text or error.message


def is_quota(error: openai.APIStatusError) -> bool:
    """Whether a 429 will not go away by waiting."""
    return "insufficient_quota" in {error.code, error.type}


def retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds that the provider asks to wait: ``retry-after-ms``, seconds, or an HTTP date."""
    if _NUMBER.fullmatch(milliseconds := headers.get("retry-after-ms", "")):
        return float(milliseconds) / 1000
    text = headers.get("retry-after", "")
    if _NUMBER.fullmatch(text):
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.fromtimestamp(time.time(), UTC)).total_seconds())
