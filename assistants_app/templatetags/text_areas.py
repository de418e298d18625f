"""Text in text areas."""

from django import template

register = template.Library()


@register.filter
def in_textarea(text: str | None) -> str:
    """Return the text with a newline that HTML drops, if it begins with one of its own."""
    text = text or ""
    return f"\n{text}" if text.startswith(("\n", "\r")) else text
