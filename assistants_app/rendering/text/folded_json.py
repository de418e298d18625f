"""JSON with colours, whose objects and arrays fold without a script.

Without its markup it is the text of the JSON, so it can be copied.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

MOST_VALUES = 4000  # more would make the page slow, so they are shown as plain text
DEPTH = 24  # values below are shown on one line
SHORT = 60  # characters of an object or array that stays on one line
INDENT = "  "


def render_json(value: Any) -> SafeString:
    """Render a JSON value."""
    if _count(value, MOST_VALUES) > MOST_VALUES:
        return conditional_escape(json.dumps(value, indent=2, ensure_ascii=False))
    return _render(value, "", "", 0)


def _count(value: Any, most: int) -> int:
    """Return the number of values in `value`, or a number above `most`."""
    stack, count = [value], 0
    while stack and count <= most:
        item = stack.pop()
        count += 1
        if isinstance(item, dict | list):
            stack += item.values() if isinstance(item, dict) else item
    return count


def _render(value: Any, key: SafeString | str, end: str, depth: int) -> SafeString:
    """Render a value with its key before and `end` behind: a comma, a line end, both or nothing."""
    indent = INDENT * depth
    if not isinstance(value, dict | list) or _is_short(value) or depth >= DEPTH:
        return format_html("{}{}{}{}", indent, key, _scalars(value), end)
    first, last = "{}" if isinstance(value, dict) else "[]"
    # Open, so that a search in the page finds everything. Lines end inside of the elements: between
    # blocks, a line end would be an empty line.
    return format_html(
        '<details class="fold" open><summary data-rest=" … {} … {}">{}{}{}<i>\n</i></summary>'
        "{}{}{}{}</details>",
        len(value),
        last,
        indent,
        key,
        first,
        format_html_join("", "{}", ((line,) for line in _lines(value, depth + 1))),
        indent,
        last,
        end,
    )


def _lines(value: dict[str, Any] | list[Any], depth: int) -> Iterator[SafeString]:
    pairs: list[tuple[SafeString | str, Any]]
    if isinstance(value, dict):
        pairs = [(_key(name), item) for name, item in value.items()]
    else:
        pairs = [("", item) for item in value]
    for place, (key, item) in enumerate(pairs, 1):
        yield _render(item, key, ",\n" if place < len(pairs) else "\n", depth)


def _key(name: str) -> SafeString:
    return format_html('<span class="hl-nt">{}</span>: ', json.dumps(name, ensure_ascii=False))


def _is_short(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value
    flat = not any(isinstance(item, dict | list) for item in items)
    return not value or (flat and len(json.dumps(value, ensure_ascii=False)) <= SHORT)


def _scalars(value: Any) -> SafeString:
    """Render a value on one line."""
    if isinstance(value, dict):
        pairs = ((_key(name), _scalars(item)) for name, item in value.items())
        return format_html("{{{}}}", format_html_join(", ", "{}{}", pairs))
    if isinstance(value, list):
        return format_html("[{}]", format_html_join(", ", "{}", ((_scalars(i),) for i in value)))
    kind = "s2" if isinstance(value, str) else "kc" if value in (True, False, None) else "mi"
    text = json.dumps(value, ensure_ascii=False)
    return format_html('<span class="hl-{}">{}</span>', kind, text)
