"""The error tree. Every error carries its identity on the wire or for the model."""


class PlaygroundError(Exception):
    """The root of all errors that this project raises on purpose."""


class ConfigurationError(PlaygroundError):
    """A setting is wrong. Stops the start; the message names the setting and the remedy."""


class ApiError(PlaygroundError):
    """A request that cannot be served, in the vendor's form.

    Shape on the wire: ``{"error": {"message", "type", "param", "code"}}`` with `http_status`
    (schema ``ErrorResponse`` of the vendor's OpenAPI document).
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
        """The JSON body of the vendor's error answer."""
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }


class InvalidRequest(ApiError):
    """400: a parameter is missing, unknown, of a wrong type or out of range."""


class Unauthenticated(ApiError):
    """401: no key, or one that is not valid."""

    http_status = 401


class NotFound(ApiError):
    """404: no such object in this project, in the vendor's words.

    The same for an id of another project as for one that does not exist.
    """

    http_status = 404

    def __init__(self, noun: str, object_id: str) -> None:
        super().__init__(f"No {noun} found with id '{object_id}'.")


class Conflict(ApiError):
    """409: somebody else has changed the same thing meanwhile."""

    http_status = 409


class RunFailure(PlaygroundError):
    """The run cannot be carried on: it ends as `failed` with ``last_error = {code, message}``.

    `code` is one of the vendor's three: ``server_error``, ``rate_limit_exceeded``,
    ``invalid_prompt``. `message` is for the person who has to act on it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RunStopped(PlaygroundError):
    """Someone asked the run to stop: a result, not a fault."""


class ToolError(PlaygroundError):
    """A tool call went wrong; the message goes back to the model, which may try again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
