"""Quoted lines, and where they are in another version of a text."""


def lines_of(text: str | None) -> list[str]:
    """Return the lines of a text, as quotes count them."""
    # Not `splitlines`, which also ends lines at characters that a page shows within a line.
    return (text or "").replace("\r\n", "\n").split("\n")


def place_of(quote: str, lines: list[str], near: int) -> int | None:
    """Return the number of the line, from 1, where the quote begins, or None if it is gone.

    If the lines have it more than once, it is the place nearest to line `near`.
    """
    wanted = lines_of(quote)
    places = (
        place
        for place, line in enumerate(lines, 1)
        if line == wanted[0] and lines[place - 1 : place - 1 + len(wanted)] == wanted
    )
    return min(places, key=lambda place: abs(place - near), default=None)
