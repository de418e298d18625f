"""The tree of errors that this project raises on purpose."""

from dataclasses import dataclass


class PlaygroundError(Exception):
    """The base class of all errors of this project."""


class ConfigurationError(PlaygroundError):
    """Raised at the start for a wrong setting. The message names it and says how to fix it."""


class ApiError(PlaygroundError):
    """An error in the vendor's format, the base class of what a client may get.

    It is sent with `http_status` as ``{"error": {"message", "type", "param", "code"}}``, the schema
    ``ErrorResponse`` of the vendor's OpenAPI document.
    """

    http_status = 400
    type = "invalid_request_error"

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        http_status: int | None = None,
        type: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code
        self.http_status = http_status or self.http_status
        self.type = type or self.type
        self.headers = headers or {}

    def body(self) -> dict[str, dict[str, str | None]]:
        """Return the JSON body of the response."""
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }


class InvalidRequest(ApiError):
    """400: a parameter is missing, unknown, out of range or of the wrong type."""


class Unauthenticated(ApiError):
    """401: the API key is missing or invalid."""

    http_status = 401


class Forbidden(ApiError):
    """403: the person or API key has no right to do this. The role `needed` has it."""

    http_status = 403

    def __init__(self, message: str, *, needed: str) -> None:
        super().__init__(message, code="insufficient_permissions")
        self.needed = needed


class NotFound(ApiError):
    """404: the project has no such object. The message has the vendor's words."""

    # The same for an id of another project as for an unknown one: a different answer would show
    # strangers which ids exist.
    http_status = 404

    def __init__(self, noun: str, object_id: str, *, by: str = "id") -> None:
        super().__init__(f"No {noun} found with {by} '{object_id}'.")


class Conflict(ApiError):
    """409: someone else has changed the same object in the meantime."""

    http_status = 409


class Unavailable(ApiError):
    """503: the database, Redis or the storage can't be reached, and nothing was done."""

    http_status = 503
    type = "server_error"

    def __init__(self) -> None:
        super().__init__(
            "The server can't reach its database, event log or storage at the moment. Please try "
            "again in a few seconds.",
            code="unavailable",
            # A restart of PostgreSQL takes one or two seconds. The vendor's SDKs wait for as long
            # as this says, and retry twice.
            headers={"Retry-After": "2", "x-should-retry": "true"},
        )


class NoSpace(ApiError):
    """507: a disk is full, or nearly, and nothing was done."""

    http_status = 507
    type = "server_error"

    def __init__(self) -> None:
        super().__init__(
            "The server is running out of disk space, so it accepts no new runs, messages or "
            "files. Runs in progress continue. Please try again later, or ask the operator to free "
            "some space.",
            code="insufficient_storage",
            # Space isn't freed within a second, and a retry that comes too early is refused again.
            headers={"Retry-After": "10", "x-should-retry": "true"},
        )


@dataclass(frozen=True, slots=True)
class ProviderFault:
    """Says of a failure that a model's server is to blame.

    `passing`: another try may succeed, after the seconds that the server asked for (0 if it didn't
    say).
    """

    passing: bool
    retry_after: float = 0.0


class RunFailure(PlaygroundError):
    """Ends a run as `failed` with ``last_error = {code, message}``.

    `code` is one of the vendor's three: ``server_error``, ``rate_limit_exceeded`` or
    ``invalid_prompt``. `message` is for the person who has to act on it. `fault` is None unless the
    model's server is to blame.
    """

    def __init__(self, code: str, message: str, *, fault: ProviderFault | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fault = fault


class NotAnApi(RunFailure):
    """The URL has no OpenAI-compatible API, but another one of the same server may have."""


class KeyRefused(RunFailure):
    """The endpoint wants an API key, or another one."""

    # How its message begins, after the endpoint's name.
    WORDS = ("didn't accept the API key", "requires an API key")


def endpoint_without_key(message: str) -> str:
    """Return the name of the endpoint that refused its key, from a run's error, or ""."""
    for words in KeyRefused.WORDS:
        name, found, _rest = message.partition(f" {words} ")
        if found:
            return name
    return ""


class RunStopped(PlaygroundError):
    """Ends a run that was asked to stop. This is a result, not a fault."""


class ToolError(PlaygroundError):
    """Raised when a tool call fails. The message goes to the model, which may try again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
