"""What ends a connection to another server before its response is complete."""

import httpx2


class AddressDenied(httpx2.ConnectError):
    """Raised instead of connecting to a network that the rules deny."""


class RedirectDenied(httpx2.TransportError):
    """Raised for a redirect to another server, which must get neither the key nor the request."""


class ResponseTooLarge(httpx2.TransportError):
    """Raised when a response, or a part of it that has to be read at once, exceeds its limit."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"{what} was larger than {_size(most)}")
        self.what, self.most = what, _size(most)


class ResponseTooSlow(httpx2.ReadTimeout):
    """Raised when a response isn't complete in time, although pieces of it may arrive."""


def _size(count: int) -> str:
    return f"{count // 1024**2} MB" if count >= 1024**2 else f"{count // 1024} KB"
