"""Text as PostgreSQL can store it."""

REPLACEMENT = "\ufffd"


def storable(text: str) -> str:
    """Return `text` with U+FFFD for what neither UTF-8 nor PostgreSQL can store.

    That is NUL, and halves of surrogate pairs that stand alone. Halves that form a pair are joined.
    """
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", REPLACEMENT)
