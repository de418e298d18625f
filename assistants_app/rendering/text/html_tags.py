"""HTML in Markdown: tags that only format text, without attributes. All other HTML stays text."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MOST_NESTED = 8  # details within details
VOID = frozenset({"br", "wbr"})
PAIRED = frozenset(
    {
        *("abbr", "b", "del", "em", "i", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s"),
        *("samp", "small", "strong", "sub", "sup", "u", "var"),
    }
)
FOLDED = frozenset({"details", "summary"})
_TAG = re.compile(r"<(/?)([a-z]+)\s*(/?)>", re.IGNORECASE)
_CODE = re.compile(r"<code>(.*?)</code>", re.DOTALL)
_DETAILS = re.compile(r"<details(\s+open(?:=\"\")?)?\s*>", re.IGNORECASE)
_DETAILS_TAG = re.compile(r"<(/?)details\b[^<>]*>", re.IGNORECASE)
_SUMMARY = re.compile(r"\s*<summary\s*>(.*?)</summary\s*>", re.IGNORECASE | re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def html_plugin(md: MarkdownIt) -> None:
    """Render these tags."""
    md.inline.ruler.before("html_inline", "html_tag", _parse_tag)
    md.core.ruler.after("inline", "html_tag", _pair_tags)
    md.block.ruler.before(
        "html_block",
        "html_details",
        _parse_details,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    md.add_render_rule("html_tag", _render_tag)


# --- tags within a line ------------------------------------------------------------------------
def _parse_tag(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<":
        return False
    # Without this, a run of tags without an end would take quadratic time.
    has_end = state.html_terminator_last("</code>") > state.pos
    if has_end and (code := _CODE.match(state.src, state.pos, state.posMax)):
        if not silent:
            state.push("code_inline", "code", 0).content = code[1]
        state.pos = code.end()
        return True
    tag = _TAG.match(state.src, state.pos, state.posMax)
    if tag is None:
        return False
    name = tag[2].lower()
    if name in VOID:
        nesting = 0
    elif name in PAIRED and not tag[3]:
        nesting = -1 if tag[1] else 1
    else:
        return False
    if not silent:
        # Not with this nesting: the parser would count on the other tag of the pair.
        token = state.push("html_tag", name, 0)
        token.content, token.meta = tag[0], {"nesting": nesting}
    state.pos = tag.end()
    return True


def _pair_tags(state: StateCore) -> None:
    """Turn tags without a partner in the same element into text."""
    # An open tag would format the rest of the message, and of a stream only the rest of a block.
    for token in state.tokens:
        if token.type == "inline":
            for alone in list(_unpaired(token.children or [])):
                alone.type = "text"


def _unpaired(tokens: list[Token]) -> Iterator[Token]:
    # Tags that are open, by element of Markdown, and how many there are of each name.
    opened: list[list[Token]] = [[]]
    counts: list[Counter[str]] = [Counter()]
    for token in tokens:
        if token.nesting == 1:
            opened.append([])
            counts.append(Counter())
        elif token.nesting == -1 and len(opened) > 1:
            counts.pop()
            yield from opened.pop()
        elif token.type != "html_tag" or token.tag in VOID:
            continue
        elif token.meta["nesting"] == 1:
            opened[-1].append(token)
            counts[-1][token.tag] += 1
        elif counts[-1][token.tag]:
            while (last := opened[-1].pop()).tag != token.tag:
                counts[-1][last.tag] -= 1
                yield last
            counts[-1][token.tag] -= 1
        else:
            yield token
    for rest in opened:
        yield from rest


def _render_tag(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    return f"</{token.tag}>" if token.meta["nesting"] == -1 else f"<{token.tag}>"


# --- details -----------------------------------------------------------------------------------
def _parse_details(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a block from ``<details>`` to its ``</details>``, or to the end of the text."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    opening = _DETAILS.match(line)
    depth = state.env.get("details", 0)
    if opening is None or depth >= MOST_NESTED or state.is_code_block(start):
        return False
    if silent:
        return True
    lines = _lines_of_block(state, start, end)
    last, inner, after = _split_at_end(lines)
    state.env["details"] = depth + 1
    token = state.push("details_open", "details", 1)
    token.block, token.map = True, [start, start + last + 1]
    if opening[1]:
        token.attrs = {"open": ""}
    if summary := _SUMMARY.match(inner):
        _push_summary(state, summary[1].strip(), start)
        inner = inner[summary.end() :]
    _parse_inside(state, inner)
    state.push("details_close", "details", -1)
    state.env["details"] = depth
    _parse_inside(state, after)
    state.line = start + last + 1
    return True


def _lines_of_block(state: StateBlock, start: int, end: int) -> list[str]:
    """Return the lines that the list item or the quote around the block has from here."""
    for number in range(start, end):
        if state.sCount[number] < state.blkIndent and not state.isEmpty(number):
            end = number
            break
    return state.getLines(start, end, state.blkIndent, False).split("\n")


def _split_at_end(lines: list[str]) -> tuple[int, str, str]:
    """Return the index of the last line, what is inside the element, and what follows its end."""
    depth = 0
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if fence:
            # A line with at least the same number of marks closes the code.
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            continue
        if mark:
            fence = mark[1]
        for tag in _DETAILS_TAG.finditer(line):
            depth += -1 if tag[1] else 1
            if depth == 0:
                inner = "\n".join([*lines[:number], line[: tag.start()]])
                return number, inner[inner.index(">") + 1 :], line[tag.end() :]
    inner = "\n".join(lines)
    return len(lines) - 1, inner[inner.index(">") + 1 :], ""


def _push_summary(state: StateBlock, text: str, line: int) -> None:
    state.push("summary_open", "summary", 1).block = True
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = text, [line, line + 1], []
    state.push("summary_close", "summary", -1)


def _parse_inside(state: StateBlock, text: str) -> None:
    inside: list[Token] = []
    state.md.block.parse(text, state.md, state.env, inside)
    for token in inside:
        token.level += state.level + 1
        token.map = None  # its lines are counted from the beginning of `text`
    state.tokens += inside
