"""Short lists of links as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Link:
    """A link. `title` is a tooltip, for a text that isn't enough."""

    url: str
    text: str
    title: str = ""


def render_links(links: Sequence[Link], *, most: int = SHOWN) -> SafeString:
    """Return links separated by commas, cut after `most`; a dash if there are no links."""
    # Joined here because a template would put white space before each comma.
    shown = format_html_join(
        ", ",
        '<a href="{}"{}>{}</a>',
        ((link.url, _title_attribute(link), link.text) for link in links[:most]),
    )
    return format_html("{}{}", shown or "–", " …" if len(links) > most else "")


def _title_attribute(link: Link) -> SafeString:
    return format_html(' title="{}"', link.title) if link.title else SafeString("")
