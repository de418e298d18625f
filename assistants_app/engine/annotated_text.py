"""The text of a reply while it is written, in pieces that carry their annotations.

A piece with an annotation is the whole link or citation mark, as in the vendor's streams. So text
is held back while it may become one, and only then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.search import CITATION_MARK, MARK_SO_FAR
from assistants_app.engine.annotations import Sources

FOLDER = "sandbox:/mnt/data/"
LONGEST_LINK = 2048  # characters; a percent-encoded name is up to nine times as long as the name
# A link starts a word. Without this rule, the last "s" of every plural would be held back.
_STARTS_WORD = r"(?<![A-Za-z0-9])(?<![A-Za-z]['’])"
_OPENING = re.compile(rf"【|{_STARTS_WORD}{FOLDER}")
_MAY_OPEN = re.compile(
    _STARTS_WORD
    + f"(?:{'|'.join(re.escape(FOLDER[:length]) for length in range(len(FOLDER) - 1, 0, -1))})"
    + r"\Z"
)
_LOOKS_BEHIND = 2  # characters
# Models write names with spaces and parentheses in Markdown links.
_IN_PARENTHESES = re.compile(r"[^()\n]*(?:\([^()\n]*\)[^()\n]*)*(?=\))")
_IN_PARENTHESES_SO_FAR = re.compile(r"[^()\n]*(?:\([^()\n]*\)[^()\n]*)*(?:\([^()\n]*)?")
_IN_ANGLES = re.compile(r"[^<>\n]*(?=>)")
_IN_ANGLES_SO_FAR = re.compile(r"[^<>\n]*")
_WORD = re.compile(r"[^\s()\[\]<>\"'`|]*")
_TITLE = re.compile(r"\s+(?:\"[^\"]*\"|'[^']*')\s*\Z")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_AFTER_WORD = ".,;:!?*_~…"
_WIDE_SIGN = re.compile(r"[。，、；：！？）」』】》〉]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text, with the annotation whose text it is, if any."""

    text: str
    annotation: dict[str, Any] | None = None


class AnnotatedText:
    """Finds annotations in a text that arrives in parts of any size. Indices count characters."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        # The text that is held back, from `_at`, after the last characters that were returned.
        self._seen, self._at = "", 0
        self._returned = 0  # characters

    def may_refer(self, text: str) -> bool:
        """Return whether :meth:`write` may have to look up what a link or mark in `text` means."""
        undecided = self._seen[self._at :] + text
        return "【" in undecided or FOLDER in undecided

    def write(self, text: str) -> list[Piece]:
        """Add text, and return what can no longer become part of a link or mark."""
        self._seen = self._seen[max(0, self._at - _LOOKS_BEHIND) :] + text
        self._at = min(self._at, _LOOKS_BEHIND)
        return _joined(self._take_decided(is_whole=False))

    def end(self) -> list[Piece]:
        """Return the rest: no more text comes."""
        return _joined(self._take_decided(is_whole=True))

    def _take_decided(self, *, is_whole: bool) -> Iterator[Piece]:
        while opening := _OPENING.search(self._seen, self._at):
            yield self._take(opening.start())
            decide = self._mark if opening[0] == "【" else self._link
            piece = decide(is_whole=is_whole)
            if piece is None:
                return
            yield piece
        # At most the start of an opening is left.
        start = max(self._at, len(self._seen) - len(FOLDER))
        undecided = None if is_whole else _MAY_OPEN.search(self._seen, start)
        yield self._take(undecided.start() if undecided else len(self._seen))

    def _take(self, end: int, annotation: dict[str, Any] | None = None) -> Piece:
        text = self._seen[self._at : end]
        self._at = end
        self._returned += len(text)
        return Piece(text, annotation)

    def _mark(self, *, is_whole: bool) -> Piece | None:
        if mark := CITATION_MARK.match(self._seen, self._at):
            annotation = self._sources.mark(mark[0], int(mark[1]), int(mark[2]), self._returned)
            return self._take(mark.end(), annotation)
        if not is_whole and MARK_SO_FAR.fullmatch(self._seen, self._at):
            return None
        return self._take(self._at + 1)

    def _link(self, *, is_whole: bool) -> Piece | None:
        start = self._at + len(FOLDER)
        name = self._seen[start : start + LONGEST_LINK]
        may_grow = not is_whole and len(name) < LONGEST_LINK
        destination = None
        if (delimiters := self._delimiters()) is not None:
            inside, inside_so_far = delimiters
            destination = inside.match(name)
            if destination is None and may_grow and inside_so_far.fullmatch(name):
                return None
        word = _WORD.match(name)
        assert word is not None, "the pattern matches an empty text"
        if destination is None and may_grow and word.end() == len(name):
            return None
        options = [*_of_destination(destination[0])] if destination else []
        for option, names in options + [*_of_word(word[0])]:
            link = FOLDER + option
            if annotation := self._sources.link(link, names, self._returned):
                return self._take(self._at + len(link), annotation)
        return self._take(start)

    def _delimiters(self) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
        # Any other link ends with its word.
        if self._seen.endswith("](", 0, self._at):
            return _IN_PARENTHESES, _IN_PARENTHESES_SO_FAR
        if self._seen.endswith("<", 0, self._at):
            return _IN_ANGLES, _IN_ANGLES_SO_FAR
        return None


def _of_destination(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what may be the link in the destination of a Markdown link, and its file's names."""
    for link in (text, _TITLE.sub("", text), text.rstrip()):
        yield link, [link, _ESCAPE.sub(r"\1", link)]


def _of_word(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what may be the link at the start of a word, and its file's names."""
    for link in (text, text.rstrip(_AFTER_WORD), _WIDE_SIGN.split(text, maxsplit=1)[0]):
        yield link, [link]


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Return the pieces without empty ones, and adjacent plain ones as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and piece.annotation is None and joined[-1].annotation is None:
            joined[-1] = Piece(joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return joined
