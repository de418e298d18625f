"""The reading order of a page: from words and their places to columns, tables and paragraphs.

Each row of words is cut into segments at wide gaps. Consecutive rows that share a gap form a band.
A band with long lines of prose is read as columns, any other band as a table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from statistics import median
from typing import NamedTuple

from assistants_app.retrieval.extract.notation.bidi import in_reading_order

# Distances are multiples of the letters' height, so that they suit any size of type.
#
# How far the middle of a word may be from the middle of its row. The second value is for words
# beyond a wide gap: the lines of neighbouring columns need not be level with each other.
LEVEL, LEVEL_BESIDE = 0.35, 0.55
CELL_GAP = 1.3  # a gap between segments, wider than the spaces of justified text
GUTTER = 0.8  # a gap that several rows share may be narrower than one in a single row
BAND_ROWS = 2
PROSE_WIDTH = 9.0  # the usual line of a column of prose, about 20 letters
PROSE_FILL = 0.6  # the share of the column's width that such a line takes
PARAGRAPH_GAP = 0.55  # what the distance to a new paragraph exceeds the usual line distance by
WIDEST_SPACING = 1.7  # the line distance of double spacing
FULL_LINE = 0.8  # the share of its column that a line takes if the next one continues it
DEEPEST = 6  # bands within bands
# The characters that PDFium gives for a hyphen that only breaks a word at the end of a line.
BROKEN = "\x02\u00ad\ufffe"
SOFT_HYPHEN = re.compile(rf"[{BROKEN}]$")
CELLS = " | "


class Word(NamedTuple):
    """A word and its box, in points that grow to the right and downwards."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True)
class Segment:
    """Neighbouring words of a row without a wide gap between them."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def size(self) -> float:
        """Return the letters' height in points."""
        return self.bottom - self.top


@dataclass(slots=True)
class Block:
    """A paragraph, heading or table. `size` is the letters' height in points."""

    text: str
    size: float
    is_table: bool = False


Row = list[Segment]


class Script(Enum):
    """Which way a page's lines run. The words of the last two are given from left to right."""

    FROM_LEFT = auto()
    MIXED = auto()  # from the left, with words that run from the right
    FROM_RIGHT = auto()


def blocks_of(words: Sequence[Word], script: Script = Script.FROM_LEFT) -> list[Block]:
    """Return a page's words as blocks, in the order in which a person reads them."""
    if script is Script.FROM_RIGHT:
        # In a mirror, the page's lines, columns and tables begin on the left.
        words = [Word(word.text, -word.right, word.top, -word.left, word.bottom) for word in words]
    segments = [segment for row in _rows_of(words) for segment in _segments_of(row, script)]
    return _blocks_in_order(segments, DEEPEST)


def _rows_of(items: Sequence[Word]) -> list[list[Word]]:
    """Group words of about the same height, from the top. Each row goes from left to right."""
    rows: list[list[Word]] = []
    # Of the current row: its middle, the middle of another column's line, the letters' height, and
    # the right end.
    center = beside = reach = end = 0.0
    for item in sorted(items, key=lambda item: (item.top + item.bottom, item.left)):
        middle, height = (item.top + item.bottom) / 2, item.bottom - item.top
        # A small word is measured by at least half the height of its row's letters.
        unit = min(reach, max(height, 0.5 * reach))
        apart = item.left - end > CELL_GAP * height
        if rows and apart and middle - center <= LEVEL_BESIDE * unit:
            beside = middle
        if rows and min(middle - center, abs(middle - beside)) <= LEVEL * unit:
            rows[-1].append(item)
            end = max(end, item.right)
        else:
            rows.append([item])
            center, reach, end = middle, height, item.right
            beside = center
    for row in rows:
        row.sort(key=lambda item: item.left)
    return rows


def _segments_of(row: list[Word], script: Script) -> list[Segment]:
    found: list[Segment] = []
    pieces: list[list[str]] = []
    for word in row:
        last = found[-1] if found else None
        height = word.bottom - word.top
        if last and word.left - last.right <= CELL_GAP * min(height, last.size):
            # PDFium ends a word where the font changes. If the next one touches it, both are one.
            pieces[-1] += [" " if word.left - last.right > 0.02 * last.size else "", word.text]
            last.right = max(last.right, word.right)
            last.top, last.bottom = min(last.top, word.top), max(last.bottom, word.bottom)
        else:
            found.append(Segment(*word))
            pieces.append([word.text])
    for segment, texts in zip(found, pieces, strict=True):
        segment.text = _join_words(texts, script)
    return found


def _join_words(pieces: list[str], script: Script) -> str:
    if script is Script.FROM_LEFT:
        return "".join(pieces)
    from_right = script is Script.FROM_RIGHT
    return in_reading_order("".join(reversed(pieces) if from_right else pieces), from_right)


def _blocks_in_order(segments: list[Segment], depth: int) -> list[Block]:
    rows = _rows_of_segments(segments)
    blocks: list[Block] = []
    loose: list[Row] = []
    at = 0
    while at < len(rows):
        end, gutters = _find_band(rows, at) if depth else (at + 1, [])
        if not gutters:
            loose.append(rows[at])
            at += 1
            continue
        blocks += _paragraphs_of(loose)
        loose = []
        band = rows[at:end]
        columns = _split_into_columns(band, gutters)
        if _is_prose(columns):
            for column in columns:
                blocks += _blocks_in_order(column, depth - 1)
        else:
            blocks.append(_table_of(band, gutters))
        at = end
    return blocks + _paragraphs_of(loose)


def _rows_of_segments(segments: list[Segment]) -> list[Row]:
    words = [Word(one.text, one.left, one.top, one.right, one.bottom) for one in segments]
    return [[Segment(*word) for word in row] for row in _rows_of(words)]


def _find_band(rows: list[Row], start: int) -> tuple[int, list[float]]:
    """Return the end of the rows that share gaps with the row `start`, and the gaps' middles."""
    if len(rows[start]) < 2:
        return start + 1, []
    gaps = _gaps_in(rows[start])
    shared = 1
    end = start + 1
    for at in range(start + 1, len(rows)):
        # Each row narrows the gaps to what is free in all rows so far.
        narrowed = _remaining_gaps(gaps, rows[at])
        if not narrowed:
            break
        gaps, end = narrowed, at + 1
        shared += len(rows[at]) > 1
    while end > start and len(rows[end - 1]) < 2:
        end -= 1  # rows at the end that are on one side only do not belong to the band
    return (end, [(left + right) / 2 for left, right in gaps]) if shared >= BAND_ROWS else (end, [])


def _gaps_in(row: Row) -> list[tuple[float, float]]:
    return [
        (one.right, other.left)
        for one, other in zip(row, row[1:], strict=False)
        if other.left > one.right
    ]


def _remaining_gaps(gaps: list[tuple[float, float]], row: Row) -> list[tuple[float, float]]:
    """Return the parts of the gaps that are free in `row` and wide enough, from left to right."""
    least = GUTTER * median(segment.size for segment in row)
    free = []
    at = 0
    for left, right in gaps:
        while at < len(row) and row[at].right <= left:
            at += 1
        following = at
        while following < len(row) and row[following].left < right:
            free.append((left, row[following].left))
            left = max(left, row[following].right)
            following += 1
        free.append((left, right))
    return [(left, right) for left, right in free if right - left >= least]


def _split_into_columns(band: list[Row], gutters: list[float]) -> list[list[Segment]]:
    columns: list[list[Segment]] = [[] for _ in range(len(gutters) + 1)]
    for row in band:
        for segment in row:
            columns[_column_of(segment, gutters)].append(segment)
    return columns


def _column_of(segment: Segment, gutters: list[float]) -> int:
    return sum(segment.left > gutter for gutter in gutters)


def _is_prose(columns: list[list[Segment]]) -> bool:
    """Return whether at least two columns consist of long lines that fill them."""
    prose = 0
    for column in columns:
        if not column:
            continue
        width = max(one.right for one in column) - min(one.left for one in column)
        usual = median(one.right - one.left for one in column)
        size = median(one.size for one in column)
        prose += usual >= PROSE_WIDTH * size and usual >= PROSE_FILL * width
    return prose >= 2


def _table_of(band: list[Row], gutters: list[float]) -> Block:
    lines = []
    for row in band:
        cells = [""] * (len(gutters) + 1)
        for segment in row:
            at = _column_of(segment, gutters)
            cells[at] = f"{cells[at]} {segment.text}".strip()
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        lines.append(CELLS.join(cells))
    return Block("\n".join(lines), median(one.size for row in band for one in row), is_table=True)


def _paragraphs_of(rows: list[Row]) -> list[Block]:
    """Join lines to paragraphs, split at gaps and where the letters' size changes."""
    lines = [_as_line(row) for row in rows]
    if not lines:
        return []
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    steps = [low.top - high.top for high, low in zip(lines, lines[1:], strict=False)]
    usual = median(steps) if steps else 0.0
    blocks: list[Block] = []
    before: Segment | None = None
    for line in lines:
        same = before is not None and _continues(before, line, usual)
        if same and before is not None:
            full = before.right - left >= FULL_LINE * (right - left)
            blocks[-1].text = _join_lines(blocks[-1].text, line.text, full)
        else:
            blocks.append(Block(line.text, line.size))
        before = line
    # A hyphen mark that still ends a paragraph breaks no word: nothing continues it.
    for block in blocks:
        block.text = SOFT_HYPHEN.sub("-", block.text)
    return blocks


def _as_line(row: Row) -> Segment:
    return Segment(
        CELLS.join(one.text for one in row),
        row[0].left,
        min(one.top for one in row),
        max(one.right for one in row),
        max(one.bottom for one in row),
    )


def _continues(before: Segment, line: Segment, usual: float) -> bool:
    size = max(before.size, line.size)
    similar = min(before.size, line.size) >= 0.85 * size
    step = line.top - before.top
    distance = min(max(usual, size), WIDEST_SPACING * size)
    return similar and step <= distance + PARAGRAPH_GAP * size


def _join_lines(text: str, line: str, full: bool) -> str:
    if SOFT_HYPHEN.search(text):
        return SOFT_HYPHEN.sub("", text) + line
    # A line that does not fill its column was broken on purpose, so the break stays.
    return text + (" " if full else "\n") + line
