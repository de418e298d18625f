"""Turn a provider's failures into a run's: the vendor's code, and a message to act on."""

import email.utils
import json
import re
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from assistants_app.domain.errors import KeyRefused, NotAnApi, ProviderFault, RunFailure
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.outbound.errors import (
    AddressDenied,
    RedirectDenied,
    ResponseTooLarge,
)
from assistants_app.providers.outbound.quoting import (
    LONGEST_QUOTE,
    inner_error,
    message_in,
    reason_in,
)
from assistants_app.providers.secrecy import Secrets, bare_url

SERVER_ERROR, RATE_LIMIT = "server_error", "rate_limit_exceeded"
INVALID_PROMPT = "invalid_prompt"
REFUSES_KEY, NEEDS_KEY = KeyRefused.WORDS
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")
# Words of OpenAI and vLLM, llama.cpp, Anthropic, Gemini, Groq. "string too long" is about a name.
CONTEXT_WORDS = re.compile(
    r"context (length|window|size)|maximum context|(?<!string )too long"
    r"|maximum number of tokens|reduce the length of the messages",
    re.IGNORECASE,
)

# How providers say that their filter refused the prompt, as `code`, `type` or `innererror.code`:
# OpenAI, Azure, LiteLLM and Moonshot, DashScope.
PROMPT_CODES = {
    "invalid_prompt",
    "content_filter",
    "responsibleaipolicyviolation",
    "content_policy_violation",
    "contentpolicyviolationerror",
    "data_inspection_failed",
}
# The same in words: OpenAI, Azure, LiteLLM, DeepSeek.
PROMPT_WORDS = re.compile(
    r"prompt was flagged|content management policy|ContentPolicyViolation|content exists risk",
    re.IGNORECASE,
)
# An exhausted quota, which waiting does not restore: OpenAI, and HTTP's "Payment Required" of
# DeepSeek and OpenRouter.
QUOTA_CODES = {
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "credit_balance_exhausted",
    "402",
}
# OpenAI and Groq, Anthropic, Gemini.
RATE_CODES = {"429", "rate_limit_exceeded", "rate_limit_error", "resource_exhausted", *QUOTA_CODES}
# Statuses of a request that the provider does not like.
REFUSED = {400, 403, 413, 422}


def status_failure(error: openai.APIStatusError, endpoint: Endpoint, model: str = "") -> RunFailure:
    """Return the run's failure for an HTTP error of the provider."""
    failure = _status_failure(error, endpoint, model)
    # A request that was refused is the sender's doing.
    if failure.code != INVALID_PROMPT and error.status_code not in REFUSED - {403}:
        busy = error.status_code >= 500 or (error.status_code == 429 and not is_quota(error))
        asked = retry_after(error.response.headers) or 0.0
        failure.fault = ProviderFault(passing=busy, retry_after=asked)
    return failure


def _status_failure(error: openai.APIStatusError, endpoint: Endpoint, model: str) -> RunFailure:
    status, name = error.status_code, endpoint.name
    said = quote_of(error, Secrets(endpoint))
    codes = _codes_of(error.body) | {str(status)}
    if status in REFUSED and _is_about_prompt(error.body, codes, said):
        return _prompt_failure(f"{name} refused the prompt: {said}")
    if codes & RATE_CODES:
        return RunFailure(
            RATE_LIMIT, f"{name} refused the request because of a rate limit or quota: {said}"
        )
    if status in {401, 403}:
        return KeyRefused(SERVER_ERROR, _key_message(status, said, endpoint))
    if status in {400, 413, 422} and CONTEXT_WORDS.search(said):
        return RunFailure(
            SERVER_ERROR,
            f"The thread is longer than the context window of {model}: {said} "
            "Shorten it, or set a truncation strategy or max_prompt_tokens.",
        )
    if status == 404:
        no_api = f"{where(endpoint)} isn't the base URL of an OpenAI-compatible API"
        if not model:
            return NotAnApi(SERVER_ERROR, f"{no_api} (404). The URL usually ends with /v1.")
        return RunFailure(
            SERVER_ERROR, f"{name} doesn't have the model '{model}', or {no_api} (404): {said}"
        )
    if status >= 500:
        return RunFailure(SERVER_ERROR, f"{name} returned an error ({status}): {said}")
    return RunFailure(SERVER_ERROR, f"{name} refused the request ({status}): {said}")


def _key_message(status: int, said: str, endpoint: Endpoint) -> str:
    if not endpoint.api_key:
        return f"{endpoint.name} {NEEDS_KEY} ({status}). Set one for this endpoint."
    about = f"{endpoint.name} {REFUSES_KEY} ({status}). Check the key of this endpoint"
    # Providers often quote parts of a wrong key in their message.
    return f"{about}." if status == 401 else f"{about} and its permissions: {said}"


def connection_failure(error: Exception, endpoint: Endpoint) -> RunFailure:
    """Return the run's failure for an error below HTTP."""
    cause = _transport_error(error)
    url = where(endpoint)
    # An endpoint without a name of its own is called by its host.
    place = url if endpoint.name in url else f"{endpoint.name} at {url}"
    if isinstance(cause, AddressDenied):
        message = (
            f"This site doesn't connect to the address of {place}. Link-local addresses, those of "
            "cloud metadata services, and networks that the operator has denied can't be used."
        )
    elif isinstance(cause, RedirectDenied):
        message = (
            f"{place} redirects to another server ({str(cause)[:100]}). If that is right, enter "
            "the address of that server."
        )
    elif isinstance(cause, ResponseTooLarge):
        message = f"{place} sent {cause.what} larger than {cause.most}. Check its base URL."
    elif isinstance(cause, httpx2.ConnectTimeout):
        message = f"Couldn't reach {place}: it didn't respond in time. Check the host and port."
    elif isinstance(cause, httpx2.TimeoutException | openai.APITimeoutError):
        message = f"{place} didn't respond in time."
    elif _is_tls_error(cause):
        message = f"{place} {_tls_problem(cause)}"
    elif isinstance(cause, httpx2.ConnectError):
        why = _reason(cause)
        message = f"Couldn't reach {place} ({why}). Check that it is running at this address."
    else:
        message = f"{place} broke the connection ({_without_quotes(cause)})."
    passing = is_passing(error) or isinstance(cause, httpx2.TimeoutException)
    return RunFailure(SERVER_ERROR, message, fault=ProviderFault(passing))


def unsendable(error: ValueError, endpoint: Endpoint) -> RunFailure:
    """Return the run's failure for a thread that cannot be written as JSON."""
    return RunFailure(SERVER_ERROR, f"Couldn't send the thread to {endpoint.name}: {error}.")


def not_in_form(error: Exception, endpoint: Endpoint) -> RunFailure:
    """Return the run's failure for JSON that is not a chat completion."""
    return RunFailure(
        SERVER_ERROR,
        f"{endpoint.name} sent data that is not in the form of chat completions ({error}). "
        f"Check that {where(endpoint)} is the base URL of an OpenAI-compatible API.",
        fault=ProviderFault(passing=False),
    )


def web_page(endpoint: Endpoint) -> str:
    """Return the message about a web page in place of a response."""
    return (
        f"{endpoint.name} returned a web page. Check that {where(endpoint)} is the base URL of an "
        "OpenAI-compatible API; it usually ends with /v1."
    )


def require_url(endpoint: Endpoint) -> None:
    """Raise :class:`RunFailure` if no request can be sent to the endpoint's base URL."""
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
            f"The base URL of {endpoint.name} isn't valid. It must start with http:// or https:// "
            "and name a host, and usually ends with /v1.",
        )


def is_passing(error: Exception) -> bool:
    """Return whether another try may succeed."""
    cause = _transport_error(error)
    # A timeout has already taken long enough.
    lasting = (
        *(httpx2.TimeoutException, httpx2.UnsupportedProtocol),
        *(AddressDenied, RedirectDenied, ResponseTooLarge),
    )
    return not isinstance(cause, lasting) and not (
        isinstance(error, openai.APITimeoutError) or _is_tls_error(cause)
    )


def _without_quotes(cause: BaseException) -> str:
    # The parser of HTTP quotes the first line of a server that speaks something else.
    said = str(cause)
    for quote in ("bytearray(b", "b'", 'b"'):
        said = said.partition(f" {quote}")[0]
    return said.rstrip(": ")


def _transport_error(error: Exception) -> BaseException:
    # The package wraps the errors of its transport.
    wrapped = isinstance(error, openai.APIConnectionError) and error.__cause__ is not None
    return (error.__cause__ or error) if wrapped else error


def _is_tls_error(cause: BaseException) -> bool:
    return "CERTIFICATE" in str(cause).upper() or "SSL" in str(cause).upper()


def _tls_problem(cause: BaseException) -> str:
    said = str(cause)
    if found := re.search(r"certificate verify failed: (.+?)(?: \(_ssl|$)", said):
        return f"has no valid TLS certificate ({found[1]})."
    if re.search(r"wrong.version.number|record.layer|unexpected.eof|http.request", said, re.I):
        return "doesn't use TLS. If that is right, begin its base URL with http:// instead."
    return f"has no valid TLS certificate, or doesn't use TLS ({said})."


# What operating systems say, and what it means.
REASONS = {
    "connection refused": "nothing answers at this host and port",
    "name or service not known": "there is no host of this name",
    "nodename nor servname": "there is no host of this name",
    "getaddrinfo failed": "there is no host of this name",
    "no address associated": "there is no host of this name",
    "name resolution": "its name can't be looked up at the moment",
    "no route to host": "no network leads there",
    "network is unreachable": "no network leads there",
}


def _reason(cause: BaseException) -> str:
    said = str(cause)
    return next((why for words, why in REASONS.items() if words in said.lower()), said)


def where(endpoint: Endpoint) -> str:
    """Return the endpoint's base URL without secrets."""
    return bare_url(endpoint.base_url)


def stream_failure(error: Any, endpoint: Endpoint) -> RunFailure:
    """Return the run's failure for an error object in the middle of a stream."""
    text = error if isinstance(error, str) else json.dumps({"error": error})
    said = Secrets(endpoint).text(reason_in(text))[:LONGEST_QUOTE]
    codes = _codes_of(error)
    message = f"{endpoint.name} reported an error during its reply: {said}"
    if _is_about_prompt(error, codes, said):
        return _prompt_failure(message)
    code = RATE_LIMIT if codes & RATE_CODES else SERVER_ERROR
    passing = not codes & QUOTA_CODES
    return RunFailure(code, message, fault=ProviderFault(passing))


def _prompt_failure(message: str) -> RunFailure:
    end = "" if message.endswith((".", "!", "?")) else "."
    return RunFailure(
        INVALID_PROMPT, f"{message}{end} Change the instructions or the messages, and run it again."
    )


def _is_about_prompt(error: Any, codes: set[str], said: str) -> bool:
    inner = inner_error(error)
    metadata = inner.get("metadata") if isinstance(inner, dict) else None
    # OpenRouter quotes what its moderation objects to.
    flagged = isinstance(metadata, dict) and "flagged_input" in metadata
    return flagged or bool(codes & PROMPT_CODES) or PROMPT_WORDS.search(said) is not None


def _codes_of(error: Any) -> set[str]:
    """Return everything by which an error says of what kind it is, in lower case."""
    inner = inner_error(error)
    if not isinstance(inner, dict):
        return set()
    details = [inner]
    for name in ("innererror", "provider_specific_fields"):
        details += [inner[name]] if isinstance(inner.get(name), dict) else []
    return {
        str(part[name]).lower()
        for part in details
        for name in ("code", "type", "status")
        if isinstance(part.get(name), str | int)
    }


def said_by(error: openai.APIStatusError) -> str:
    """Return the start of what the provider said, to look for words in it, not to be shown."""
    return (message_in(error.body) or error.response.text or error.message)[:LONGEST_QUOTE]


def quote_of(error: openai.APIStatusError, secrets: Secrets) -> str:
    """Return the provider's reason as it may be shown: without secrets, pages and unknown JSON."""
    # First the secrets, then the cut, which could leave the first half of a key.
    return reason_in(secrets.text(error.response.text))[:LONGEST_QUOTE]


def is_quota(error: openai.APIStatusError) -> bool:
    """Return whether a 429 is about an exhausted quota, which waiting does not restore."""
    return bool(_codes_of(error.body) & QUOTA_CODES)


def retry_after(headers: httpx2.Headers) -> float | None:
    """Return the seconds that the provider asks to wait, or None.

    ``retry-after-ms`` has milliseconds; ``retry-after`` has seconds or an HTTP date.
    """
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
