"""A request of the API, and how its parts are read."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, BinaryIO, TypeVar
from urllib.parse import parse_qsl, quote

from django.conf import settings

from assistants_app.api.connections import Connection
from assistants_app.api.responses import too_large
from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import ApiKey, Project
from assistants_app.services.project.guesses import address_of
from assistants_app.wire.json_bodies import read_json
from assistants_app.wire.validation import Params, parse

ParamsType = TypeVar("ParamsType", bound=Params)
QUERY_PARAMETERS = 1000  # with more, a request is refused
_QUOTED = "/:@&+$,-_.!~*'()"  # characters that stay as they are in a path


class ApiRequest:
    """A request, which has a `key` once it is authenticated.

    Names of `headers` are in lower case, and `path` is percent-decoded. `file` has the body.
    `connection` is None on a server that isn't ours. `deployment` is the one in the path of Azure's
    older clients.
    """

    def __init__(
        self,
        scope: Mapping[str, Any],
        headers: dict[str, str],
        file: BinaryIO,
        connection: Connection | None,
    ) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query_string: bytes = scope["query_string"]
        self.headers = headers
        self.file = file
        self.connection = connection
        self.deployment = ""
        self._key: ApiKey | None = None
        self._peer = str((scope.get("client") or ("",))[0])

    @property
    def address(self) -> str:
        """The client's address, or "" if it is unknown."""
        return address_of(self._peer, self.headers.get("x-forwarded-for", ""))

    @property
    def key(self) -> ApiKey:
        """The API key that was sent."""
        assert self._key is not None, "the request was not authenticated yet"
        return self._key

    @key.setter
    def key(self, key: ApiKey) -> None:
        self._key = key

    @property
    def project(self) -> Project:
        """The project that the key belongs to."""
        return self.key.project

    @property
    def key_id(self) -> str:
        """The id of the key."""
        return self.key.id

    @property
    def is_form(self) -> bool:
        """Whether the body is a form with several parts, which views read from `file`."""
        return is_form(self.headers)

    @property
    def url(self) -> str:
        """Return the path and the query, percent-encoded."""
        query = self.query_string.decode("latin-1")
        path = quote(self.path, safe=_QUOTED)
        return f"{path}?{query}" if query else path

    @cached_property
    def body(self) -> bytes:
        """The whole body. Raises :class:`ApiError` with status 413 if it is too large."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        data = self.file.read(limit + 1)
        if len(data) > limit:
            raise too_large()
        return data

    def params(self, params: type[ParamsType], **defaults: str) -> ParamsType:
        """Return the JSON body as `params`. Raises :class:`InvalidRequest`.

        `defaults` that aren't empty stand in for fields that the body lacks.
        """
        given = {name: value for name, value in defaults.items() if value}
        # Whatever the content type says: curl, for one, sends JSON as a form.
        return parse(params, {**given, **read_json(self.body)})

    @cached_property
    def query_lists(self) -> dict[str, list[str]]:
        """All values of each query parameter. Raises :class:`InvalidRequest` for too many."""
        if not self.query_string:
            return {}
        try:
            text = self.query_string.decode()
        except UnicodeDecodeError:
            text = self.query_string.decode("latin-1")
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=QUERY_PARAMETERS)
        except ValueError:
            raise InvalidRequest("The URL has too many query parameters.") from None
        found: dict[str, list[str]] = {}
        for name, value in pairs:
            found.setdefault(name, []).append(value)
        return found

    @property
    def query(self) -> dict[str, str]:
        """The query parameters, the last value of each. Raises :class:`InvalidRequest`."""
        return {name: values[-1] for name, values in self.query_lists.items()}


def is_form(headers: Mapping[str, str]) -> bool:
    """Return whether a request's body is a form with several parts."""
    return headers.get("content-type", "").lstrip().lower().startswith("multipart/")


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers in an ASGI scope by their names in lower case.

    Values of repeated headers are joined with commas.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        # Latin-1 has a character for each byte, so that any value can be read.
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers
