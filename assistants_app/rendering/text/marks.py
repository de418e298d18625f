"""Marks on what a search found."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from assistants_app.rendering.text.citations import TextAround
from assistants_app.rendering.text.markdown import render_markdown


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


def marked_markdown(around: TextAround) -> SafeString:
    """Return the text of a Markdown file with the blocks marked that the cited text is in."""
    # Whole lines, because Markdown begins with them.
    begin = around.before.rfind("\n") + 1
    rest = around.after.find("\n")
    end = len(around.after) if rest < 0 else rest
    cited = around.before[begin:] + around.cited + around.after[:end]
    parts = (around.before[:begin], cited, around.after[end:])
    block = '{}<div class="cited" id="cited-text" role="mark">{}</div>{}'
    return format_html(block, *map(render_markdown, parts))
