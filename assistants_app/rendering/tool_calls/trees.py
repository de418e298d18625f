"""JSON as a tree that opens and folds without a script."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

DEPTH = 12  # deeper values are shown as JSON
OPEN_DEPTH = 2  # levels that are open at first
ITEMS = 200  # of one object or array


def render_tree(value: Any, *, depth: int = 0) -> SafeString:
    """Render objects and arrays as lists, folded below the second level, and the rest as JSON."""
    pairs = list(_pairs_of(value))
    if not pairs or depth >= DEPTH:
        return format_html("<code>{}</code>", json.dumps(value, ensure_ascii=False))
    rows = format_html_join(
        "", "<li>{}</li>", ((_render_row(*pair, depth),) for pair in pairs[:ITEMS])
    )
    more = len(pairs) - ITEMS
    rest = format_html("<li>… {}</li>", more) if more > 0 else ""
    return format_html('<ul class="tree">{}{}</ul>', rows, rest)


def _render_row(name: str, value: Any, depth: int) -> SafeString:
    inner = render_tree(value, depth=depth + 1)
    count = len(list(_pairs_of(value)))
    if not count or depth + 1 >= DEPTH:
        return format_html("<b>{}</b> {}", name, inner)
    state = SafeString(" open" if depth + 1 < OPEN_DEPTH else "")
    sign = "[{}]" if isinstance(value, list) else "{{{}}}"
    return format_html(
        "<details{}><summary><b>{}</b> <small>{}</small></summary>{}</details>",
        state,
        name,
        sign.format(count),
        inner,
    )


def _pairs_of(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(index), item) for index, item in enumerate(value))
