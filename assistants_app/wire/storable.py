"""Text as PostgreSQL can store it."""

REPLACEMENT = "\ufffd"


def storable(text: str) -> str:
    """Return `text` with U+FFFD for what neither UTF-8 nor PostgreSQL can store.

    That is NUL, and halves of surrogate pairs that stand alone. Halves that form a pair are joined.
    """
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", REPLACEMENT)


class StorablePieces:
    """Makes text storable that arrives in pieces.

    Some servers send the two halves of an emoji in different pieces. The first half waits.
    """

    def __init__(self) -> None:
        self.waiting = ""

    def take(self, piece: str) -> str:
        """Return the part of the text so far that is certain and new."""
        text = self.waiting + piece
        self.waiting = text[-1] if text and "\ud800" <= text[-1] < "\udc00" else ""
        return storable(text.removesuffix(self.waiting))
