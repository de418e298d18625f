r"""TeX in markdown, between ``\( \)``, ``\[ \]``, ``$`` or ``$$``.

The result has the TeX in ``data-tex``, from which a script draws the formula. Without the script,
the TeX itself is visible.
"""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.dollarmath import dollarmath_plugin

from assistants_app.rendering.text.dollars import is_formula

_DOLLARS = re.compile(
    r"(?P<two>\$\$)((?:[^$\\]|\\.|\$(?!\$))+)\$\$|\$((?:[^$\\]|\\.)+)\$(?!\$)", re.DOTALL
)
_INLINE = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)


def math_plugin(md: MarkdownIt) -> None:
    """Add both notations to a markdown parser."""
    dollarmath_plugin(
        md,
        allow_labels=False,
        allow_blank_lines=False,
        renderer=lambda tex, options: _math_span(tex, block=bool(options["display_mode"])),
    )
    md.block.ruler.before("fence", "bracket_math", _block_rule, {"alt": ["paragraph"]})
    # Before the rule that turns "\(" into "(".
    md.inline.ruler.before("escape", "bracket_math", _inline_rule)
    md.inline.ruler.at("math_inline", _dollar_rule)
    for name in ("math_inline", "math_inline_double", "math_block"):
        md.add_render_rule(name, _render_block if name != "math_inline" else _render_inline)
    md.add_render_rule("bracket_math", _render_token)


def _math_span(tex: str, *, block: bool) -> str:
    tex = escapeHtml(tex.strip())
    kind = "math block" if block else "math"
    span = f'<span class="{kind}" data-tex="{tex}">{tex}</span>'
    # In <bdi>, the letters of a formula don't decide on the direction of the text around it.
    return span if block else f'<bdi dir="ltr">{span}</bdi>'


def _render_inline(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    return _math_span(tokens[index].content, block=False)


def _render_block(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    return _math_span(tokens[index].content, block=True)


def _render_token(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    return _math_span(token.content, block=bool(token.block or token.meta.get("block")))


def _dollar_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    match = _DOLLARS.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    before = state.src[max(state.pos - 2, 0) : state.pos]
    after = state.src[match.end() : min(match.end() + 4, state.posMax)]
    is_double = match["two"] is not None
    content = match[2].strip() if is_double else match[3]
    if before.endswith("$") or not is_formula(content, before, after):
        return False
    if not silent:
        kind = "math_inline_double" if is_double else "math_inline"
        state.push(kind, "math", 0).content = content
    state.pos = match.end()
    return True


def _inline_rule(state: StateInline, silent: bool) -> bool:
    match = _INLINE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("bracket_math", "", 0)
        token.content = match[1] or match[2]
        token.meta = {"block": match[2] is not None}
    state.pos = match.end()
    return True


def _block_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""Parse a block from ``\[`` to a line that ends in ``\]``, without a blank line."""
    if not _line_text(state, start).startswith("\\["):
        return False
    for number in range(start, end):
        line = _line_text(state, number)
        if not line.strip():
            return False
        if line.rstrip().endswith("\\]"):
            break
    else:
        return False
    if not silent:
        text = "\n".join(_line_text(state, row) for row in range(start, number + 1)).strip()
        token = state.push("bracket_math", "", 0)
        token.block, token.content = True, text[2:-2]
        token.map = [start, number + 1]
    state.line = number + 1
    return True


def _line_text(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
