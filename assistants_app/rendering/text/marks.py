"""Marks on the words that a search found."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def marked_html(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    """Return a text as HTML. `pieces` are its parts, and whether each is a word that was found."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", text) if is_word else text,)
            for text, is_word in pieces
            if text
        ),
    )
