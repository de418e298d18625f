"""Links in plain text: addresses that begin with a scheme or with ``www.``, and nothing else."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt

_BEGIN = re.compile(
    r"(?<![a-z0-9_])(?:https?://(?=[^\s/.])|mailto:(?=\S+@))|(?<![\w.@/:-])www\.(?=[\w-]+\.\w)",
    re.I,
)
# Marks of Markdown and HTML, which no address contains unencoded.
_BREAK = re.compile(r"[\s<>\"`|\\^]|\*\*|~~")
_CLOSING = {")": "(", "]": "[", "}": "{"}
_TRAILING = "?!.,:;*_~'([{"
# Dashes and dots in titles, such as that of "Bose-Einstein condensate" with its en dash.
_JOINERS = "\u2010\u2011\u2013\u00b7"
# Scripts that write no spaces, or attach particles: text often follows an address directly.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f"
    r"\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
_BEFORE_UNSPACED = "/=-_.+&#"


@dataclass(frozen=True, slots=True)
class Link:
    """An address in a text, in the form that markdown-it expects."""

    index: int
    last_index: int
    text: str
    url: str
    schema: str


def links_in(text: str) -> Iterator[Link]:
    """Yield the links of a text. The text around them, such as a full stop, isn't part of them."""
    position = 0
    while begin := _BEGIN.search(text, position):
        position = _end_of_address(text, begin.start(), begin.end())
        if position > begin.end():
            yield _link(text, begin.start(), position)
        position = max(position, begin.end())


def link_plugin(md: MarkdownIt) -> None:
    """Make a parser find these links."""
    md.linkify = _Links()


class _Links(LinkifyIt):  # type: ignore[misc]  # the package has no types
    def pretest(self, text: str) -> bool:
        return _BEGIN.search(text) is not None

    def test(self, text: str) -> bool:
        return next(links_in(text), None) is not None

    def match(self, text: str) -> list[Link] | None:
        return list(links_in(text)) or None

    def match_at_start(self, text: str) -> Link | None:
        begin = _BEGIN.match(text)
        if begin is None:
            return None
        end = _end_of_address(text, 0, begin.end())
        return _link(text, 0, end) if end > begin.end() else None


def _link(text: str, start: int, end: int) -> Link:
    address = text[start:end]
    scheme, colon, _ = address.partition(":")
    if colon and scheme.lower() in {"http", "https", "mailto"}:
        # The schema only decides how markdown-it shows the address: as it is written.
        return Link(start, end, address, address, scheme.lower() + ":")
    return Link(start, end, address, f"http://{address}", "http:")


def _end_of_address(text: str, start: int, position: int) -> int:
    open_brackets: list[str] = []
    stop = _BREAK.search(text, position)
    end = position
    for end in range(position, stop.start() if stop else len(text)):
        sign = text[end]
        if sign in _CLOSING:
            if not open_brackets or open_brackets.pop() != _CLOSING[sign]:
                break
        elif sign in _CLOSING.values():
            open_brackets.append(sign)
        elif not _continues(text, end):
            break
    else:
        end = stop.start() if stop else len(text)
    return start + len(text[start:end].rstrip(_TRAILING))


def _continues(text: str, place: int) -> bool:
    sign = text[place]
    if sign.isascii():
        return sign.isprintable()
    before, after = text[place - 1], text[place + 1 : place + 2]
    if sign in _JOINERS:
        return before.isalnum() and after.isalnum()
    if _UNSPACED.match(sign):
        return not before.isascii() or before in _BEFORE_UNSPACED
    # Letters and their marks. Punctuation and symbols are not part of an address.
    return unicodedata.category(sign)[0] in "LMN"
