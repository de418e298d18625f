"""HTML's source before it is parsed: its depth, and the empty elements of XHTML."""

import re
from collections import Counter

# The parser looks through all open elements at many tags, so its time grows with the square of the
# depth. It also compares each option of a list with those before it. No browser shows more than
# 512 levels, and pages that people read have fewer.
DEEPEST = 12_000
MOST_WORK = 400_000_000  # open elements, summed up over all tags: some seconds of the parser's time
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
OPTIONS = {"optgroup", "option"}
# Elements that have no end, or whose next one ends them: pages leave their end tags out.
SHALLOW = {
    "area", "base", "body", "br", "caption", "col", "colgroup", "dd", "dt", "embed", "frame",
    "head", "hr", "html", "img", "input", "li", "link", "meta", "optgroup", "option", "p", "param",
    "rb", "rp", "rt", "source", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "track",
    "wbr",
}  # fmt: skip
EMPTY = re.compile(r"<([a-zA-Z][\w:.-]*)(\s[^<>]*)?/>")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"}
VOID |= {"source", "track", "wbr"}


def parsing_work(source: str) -> int:
    """Return the parser's work on a page, above ``MOST_WORK`` for one that is nested too deeply."""
    opened: Counter[str] = Counter()
    depth = work = options = 0
    for end, name in TAG.findall(source):
        name = name.lower()
        if name in OPTIONS:
            options += 1
        elif name == "select":
            options = 0
        work += depth + (options if name in OPTIONS else 0)
        if work > MOST_WORK:
            break
        if name in SHALLOW:
            continue
        if not end:
            opened[name] += 1
            depth += 1
            if depth > DEEPEST:
                return MOST_WORK + 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return work


def as_html(source: str) -> str:
    """Return XHTML with end tags for its empty elements.

    For a parser of HTML, an empty title or script would take in the rest of the page.
    """
    return EMPTY.sub(_with_end, source)


def _with_end(found: re.Match[str]) -> str:
    name = found[1]
    return found[0] if name.lower() in VOID else f"<{name}{found[2] or ''}></{name}>"
