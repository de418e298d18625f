"""Emphasis next to Chinese, Japanese and Korean text, which has no spaces around it.

CommonMark reads ``**`` as an end only if the sign before it isn't punctuation, or if a space or
punctuation follows. In ``**注意：**请`` it is neither.
"""

import unicodedata
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token


def emphasis_plugin(md: MarkdownIt) -> None:
    """Make a parser recognize emphasis beside CJK text. Use it before other plugins."""
    inline = _Inline()
    inline.ruler, inline.ruler2 = md.inline.ruler, md.inline.ruler2
    md.inline = inline


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        # "_" never begins or ends within a word, and CJK text has no visible words.
        if not canSplitWord or not (_is_cjk(before) or _is_cjk(after)):
            return scanned
        return Scanned(_is_edge(after, before), _is_edge(before, after), scanned.length)


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _is_edge(inside: str, outside: str) -> bool:
    """Return whether emphasis may begin or end between these characters."""
    if inside.isspace():
        return False
    if _is_cjk(inside) or not _is_punctuation(inside):
        return True
    return outside.isspace() or _is_punctuation(outside) or _is_cjk(outside)


def _is_cjk(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in {"W", "F", "H"}


def _is_punctuation(sign: str) -> bool:
    return isMdAsciiPunct(ord(sign)) or isPunctChar(sign)
