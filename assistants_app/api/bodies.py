"""Bodies of requests: whether they are needed, and how they come from servers that aren't ours."""

from collections.abc import Awaitable, Callable, Mapping
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from assistants_app.api.access import secret_in
from assistants_app.api.responses import too_large
from assistants_app.api.urls import router
from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError
from assistants_app.queries.project.access import find_api_key, known_api_key

Receive = Callable[[], Awaitable[dict[str, Any]]]

LARGEST_BODY = limits.FILE_BYTES + 1024**2  # bytes of a file and of the form around it
IN_MEMORY = 256 * 1024  # bytes; a larger body goes to a file


class Disconnected(Exception):
    """Raised if the client went away before its request was complete."""


def is_needed(method: str, path: str, headers: Mapping[str, str]) -> bool | None:
    """Return whether the response depends on the body, or None if only the database can say.

    It doesn't if the request is refused by its address, method or key.
    """
    match = router.find(path)
    secret = secret_in(headers)
    if match is None or method not in match.route.views or not secret:
        return False
    return True if known_api_key(secret) else None


def has_valid_key(headers: Mapping[str, str]) -> bool:
    """Return whether the request has a valid API key."""
    return find_api_key(secret_in(headers)) is not None


def not_read() -> ApiError:
    """Return the error for a body that was left unread, although the response depends on it."""
    # Only seen if a key becomes valid between the server's look at it and the application's.
    return ApiError("The request body wasn't read. Send the request again.", http_status=408)


async def read_body(receive: Receive) -> BinaryIO:
    """Return a file with the request's body.

    Raises :class:`Disconnected`, and :class:`ApiError` with status 413 if the body is too large.
    """
    file = cast(BinaryIO, SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - for the caller
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            file.write(message.get("body", b""))
            if file.tell() > LARGEST_BODY:
                raise too_large()
            if not message.get("more_body"):
                file.seek(0)
                return file
    except BaseException:
        file.close()
        raise
