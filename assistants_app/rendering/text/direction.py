"""The direction of text, by block: Arabic and Hebrew run from right to left, code never does."""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore

_HOLDERS = {"list_item", "blockquote"}  # their first text decides for all that they hold
_BLOCKS = _HOLDERS | {"paragraph", "heading", "summary"}


def direction_plugin(md: MarkdownIt) -> None:
    """Give each block the direction of its first letter, and code that of English."""
    md.core.ruler.push("direction", _set_directions)
    md.add_render_rule("code_inline", _render_code)


def _set_directions(state: StateCore) -> None:
    # The direction of an element ignores descendants that have a direction of their own. So a
    # paragraph within a list item has none, or else the item's bullet would be on the wrong side.
    depth = 0
    for token in state.tokens:
        kind, _, end = token.type.rpartition("_")
        if end == "open" and kind in _BLOCKS and (not depth or kind == "list_item"):
            token.attrSet("dir", "auto")
        if kind in _HOLDERS:
            depth += 1 if end == "open" else -1


def _render_code(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    # <bdi> keeps the code from deciding on the direction of the text around it.
    return f'<bdi dir="ltr"><code>{escapeHtml(tokens[index].content)}</code></bdi>'
