"""Names of functions."""

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()
UNDERSCORE = SafeString("_<wbr>")


@register.filter
def breakable(name: str) -> SafeString:
    """Return the name as HTML that may begin a new line after each underscore."""
    *parts, last = name.split("_")
    return format_html_join("", "{}{}", [*((part, UNDERSCORE) for part in parts), (last, "")])
