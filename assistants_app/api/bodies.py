"""Bodies of requests that come in pieces, from servers that aren't ours."""

from collections.abc import Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from assistants_app.api.responses import too_large
from assistants_app.domain import limits

Receive = Callable[[], Awaitable[dict[str, Any]]]

LARGEST_BODY = limits.FILE_BYTES + 1024**2  # bytes of a file and of the form around it
IN_MEMORY = 256 * 1024  # bytes; a larger body goes to a file


class Disconnected(Exception):
    """Raised if the client went away before its request was complete."""


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
