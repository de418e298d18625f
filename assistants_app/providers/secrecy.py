"""Remove an endpoint's secrets from everything that people are shown."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from assistants_app.providers.bounded_json import json_text
from assistants_app.providers.endpoint import Endpoint

MARK = "[the key]"
SHORTEST = 4  # characters; a shorter secret would be found in ordinary words
_SECRET_HEADER = re.compile(r"auth|key|token|cookie|secret|credential|signature", re.IGNORECASE)
_HARMLESS_HEADER = re.compile(r"x-ratelimit-", re.IGNORECASE)  # "token" here is what they count
_HARMLESS_PARAMETERS = {"api-version"}


class Secrets:
    """The secrets of an endpoint: its key, and passwords and parameters in its base URL.

    They are found as they are, and in the forms of URLs, basic authentication and JSON.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        forms = {form for secret in _secrets_of(endpoint) for form in _forms_of(secret)}
        # The longest first, because one secret may be the start of another.
        found = sorted((form for form in forms if len(form) >= SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, found))) if found else None
        # Whether JSON has the secrets as they are.
        self._is_plain = all(json.dumps(form)[1:-1] == form for form in found)

    def text(self, text: str) -> str:
        """Return the text with the secrets replaced."""
        return text if self._pattern is None else self._pattern.sub(MARK, text)

    def json(self, value: Any) -> Any:
        """Return JSON values with the secrets replaced, also in names of fields."""
        # Thousands of messages take ten times as long one by one as in one text.
        if self._is_plain and not (self._pattern and self._pattern.search(json_text(value))):
            return value
        return self._replaced(value)

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(name)): self._replaced(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._replaced(item) for item in value]
        return value

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the headers without those for secrets, and with secrets replaced in the rest."""
        return {
            name: self.text(value)
            for name, value in headers
            if _HARMLESS_HEADER.match(name) or not _SECRET_HEADER.search(name)
        }

    def url(self, url: str) -> str:
        """Return a URL like :func:`bare_url`, with secrets replaced in its path as well."""
        return self.text(bare_url(url))


def bare_url(url: str) -> str:
    """Return a URL without user and password, and without the values of its parameters."""
    parts = urlsplit(url)
    query = "&".join(_bare_parameter(item) for item in parts.query.split("&") if item)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query, fragment="").geturl()


def _bare_parameter(parameter: str) -> str:
    name, has_value, _ = parameter.partition("=")
    return parameter if name in _HARMLESS_PARAMETERS or not has_value else f"{name}=..."


def _secrets_of(endpoint: Endpoint) -> Iterator[str]:
    yield endpoint.api_key.strip()
    parts = urlsplit(endpoint.base_url)
    user_info, has_user, _ = parts.netloc.rpartition("@")
    if has_user:
        user, _, password = user_info.partition(":")
        # A user without a password is a key, as in https://KEY@host/.
        yield unquote(password or user)
        plain = f"{unquote(user)}:{unquote(password)}"
        yield plain
        yield base64.b64encode(plain.encode()).decode()
    for name, value in parse_qsl(parts.query):
        if name not in _HARMLESS_PARAMETERS:
            yield value


def _forms_of(secret: str) -> set[str]:
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
