"""The differences between two configurations, by field, line and word."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from assistants_app.domain.words.differences import differences, split_words
from assistants_app.rendering.text.unseen import with_unseen
from assistants_app.wire.assistants.configurations import FIELDS, Configuration

CONTEXT = 3  # unchanged lines shown around a change
FOLDED_LEAST = 3  # a fold takes a line itself
# The time for a comparison grows with the square of its length. Longer texts and lines are shown
# as replaced.
MOST_LINES = 4000
MOST_WORDS = 1000
ALIKE = 0.4  # lines that have less in common are shown as replaced
TEXTS = ("name", "description", "model", "instructions")
# Of words in a text.
TAGS = {"same": "span", "removed": "del", "added": "ins"}
SIGNS = {"added": "+", "removed": "−"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line. `changed` means that only this side has it."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One side of a row, with its line number, from 1."""

    number: int
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Row:
    """A row. `kind` is same, changed (both sides), removed (left side only), added (right side
    only), or skipped (`count` unchanged lines that aren't shown).
    """

    kind: str
    left: Line | None = None
    right: Line | None = None
    count: int = 0

    @property
    def skipped(self) -> str:
        """Return the text of a row that replaces unchanged lines, or ""."""
        if self.kind != "skipped":
            return ""
        text = ngettext("%(count)d unchanged line", "%(count)d unchanged lines", self.count)
        return text % {"count": self.count}

    @property
    def sign(self) -> str:
        return SIGNS.get(self.kind, "")

    @property
    def left_html(self) -> SafeString:
        return _line_html(self.left, "del", is_whole=self._is_whole)

    @property
    def right_html(self) -> SafeString:
        return _line_html(self.right, "ins", is_whole=self._is_whole)

    @property
    def left_class(self) -> str:
        return self._side_class("removed" if self.left else "none")

    @property
    def right_class(self) -> str:
        return self._side_class("added" if self.right else "none")

    @property
    def _is_whole(self) -> bool:
        # Without marks on words, all of both lines has changed.
        sides = [side for side in (self.left, self.right) if side]
        is_marked = any(piece.changed for side in sides for piece in side.pieces)
        return self.kind != "same" and not is_marked

    def _side_class(self, changed: str) -> str:
        return "" if self.kind == "same" else changed


def _line_html(line: Line | None, tag: str, *, is_whole: bool) -> SafeString:
    # Not in a template, because its white space would become part of the line.
    pieces = line.pieces if line else ()
    return format_html_join(
        "", "{}", ((_piece_html(piece, tag, is_whole),) for piece in pieces if piece.text)
    )


def _piece_html(piece: Piece, tag: str, is_whole: bool) -> str:
    if piece.changed:
        return format_html("<{0}>{1}</{0}>", tag, with_unseen(piece.text))
    return with_unseen(piece.text) if is_whole else piece.text


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """A field that differs. `added` and `removed` are numbers of lines."""

    name: str
    rows: list[Row]
    added: int
    removed: int

    @property
    def unified(self) -> Iterator[Row]:
        """Yield the rows for one column. In consecutive changes, the old lines come first."""
        gone: list[Row] = []
        come: list[Row] = []
        for row in self.rows:
            if row.kind in {"same", "skipped"}:
                yield from gone
                yield from come
                gone, come = [], []
                yield row
                continue
            if row.left:
                gone.append(Row("removed", left=row.left))
            if row.right:
                come.append(Row("added", right=row.right))
        yield from gone
        yield from come


def configuration_diff(
    old: Configuration, new: Configuration, *, whole: bool = False
) -> list[FieldDiff]:
    """Return the fields that differ, in their usual order. `whole` includes all unchanged lines."""
    return [
        _field_diff(name, old.get(name), new.get(name), whole)
        for name in FIELDS
        if json.dumps(old.get(name)) != json.dumps(new.get(name))
    ]


def text_diff(old: str, new: str, *, whole: bool = False) -> FieldDiff:
    """Return the difference between two texts. `whole` includes all unchanged lines."""
    return _field_diff("instructions", old, new, whole=whole)


def render_text_changes(old: str, new: str) -> SafeString:
    """Render the old text with what the new one adds and leaves out. Equal texts have nothing."""
    pieces = differences(old, new)
    if all(piece.kind == "same" for piece in pieces):
        return SafeString("")
    return format_html_join("", "<{0}>{1}</{0}>", ((TAGS[kind], text) for kind, text in pieces))


def text_of(name: str, value: Any) -> str:
    """Return a field's value as text: texts unchanged, None as "", everything else as JSON."""
    if value is None:
        return ""
    if name in TEXTS and isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False)


def _field_diff(name: str, old: Any, new: Any, whole: bool) -> FieldDiff:
    left, right = _lines_of(text_of(name, old)), _lines_of(text_of(name, new))
    if left == right:  # the values still differ: "" and null, or with a newline at the end
        left, right = [json.dumps(old)], [json.dumps(new)]
    rows = list(_all_rows(left, right))
    changed = [row for row in rows if row.kind != "same"]
    return FieldDiff(
        name=name,
        rows=rows if whole else list(_fold_unchanged(rows)),
        added=sum(1 for row in changed if row.right),
        removed=sum(1 for row in changed if row.left),
    )


def _lines_of(text: str) -> list[str]:
    # Other ends of lines, such as "\r\n" or U+2028, are part of the line, where they are shown.
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def _all_rows(left: list[str], right: list[str]) -> Iterator[Row]:
    for tag, a, b, c, d in _matching_blocks(left, right):
        if tag == "equal":
            for offset in range(b - a):
                plain = (Piece(left[a + offset]),)
                yield Row("same", Line(a + offset + 1, plain), Line(c + offset + 1, plain))
            continue
        for offset in range(max(b - a, d - c)):
            old = left[a + offset] if offset < b - a else None
            new = right[c + offset] if offset < d - c else None
            yield _changed_row(old, a + offset + 1, new, c + offset + 1)


def _matching_blocks(left: list[str], right: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if max(len(left), len(right)) > MOST_LINES:
        return [("replace", 0, len(left), 0, len(right))]
    return SequenceMatcher(None, left, right, autojunk=False).get_opcodes()


def _changed_row(old: str | None, old_number: int, new: str | None, new_number: int) -> Row:
    if old is None or new is None:
        left = None if old is None else Line(old_number, (Piece(old),))
        right = None if new is None else Line(new_number, (Piece(new),))
        return Row("added" if old is None else "removed", left, right)
    left_pieces, right_pieces = _mark_changed_words(old, new)
    return Row("changed", Line(old_number, left_pieces), Line(new_number, right_pieces))


def _mark_changed_words(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    a, b = split_words(old), split_words(new)
    whole = [Piece(old)], [Piece(new)]
    if max(len(a), len(b)) > MOST_WORDS:
        return whole
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    kept = sum(
        _visible_length(a[block.a : block.a + block.size])
        for block in matcher.get_matching_blocks()
    )
    if 2 * kept < ALIKE * (_visible_length(a) + _visible_length(b)):
        return whole
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if i < j:
            left.append(Piece("".join(a[i:j]), tag != "equal"))
        if k < m:
            right.append(Piece("".join(b[k:m]), tag != "equal"))
    return left, right


def _visible_length(words: list[str]) -> int:
    # Spaces don't count: all lines have them in common.
    return sum(len(word.strip()) for word in words)


def _fold_unchanged(rows: list[Row]) -> Iterator[Row]:
    """Replace unchanged lines that are far from any change."""
    near = [False] * len(rows)
    for index, row in enumerate(rows):
        if row.kind != "same":
            for place in range(max(0, index - CONTEXT), min(len(rows), index + CONTEXT + 1)):
                near[place] = True
    for shown, group in groupby(zip(rows, near, strict=True), key=itemgetter(1)):
        some = [row for row, _ in group]
        if shown or len(some) < FOLDED_LEAST:
            yield from some
        else:
            yield Row("skipped", count=len(some))
