"""Reading order: from words with places to lines, columns, tables and paragraphs.

A row of the page is cut into segments at wide gaps. Rows that share a gap, one below the other, are
a band: columns if their segments are long lines of prose, a table if they are short.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

# Part of the letters' height by which words of a row may be out of level, also in columns whose
# lines are not level with each other.
LEVEL, LEVEL_BESIDE = 0.35, 0.55
CELL_GAP = 1.3  # times the letters' height: wider than the spaces of justified text
GUTTER = 0.8  # the same, for a gap that goes through several rows
BAND_ROWS = 2
PROSE_WIDTH = 9.0  # the same, for a column's usual line; about 20 letters
PROSE_FILL = 0.6  # part of its column that such a line takes
PARAGRAPH_GAP = 0.55  # times the height, more than the usual distance of lines
WIDEST_SPACING = 1.7  # the same, for the distance of double-spaced lines
FULL_LINE = 0.8  # part of its column that a line takes which goes on in the next
DEEPEST = 6
# PDFium's marks, and the character, for a hyphen that only breaks a word at the line's end.
BROKEN = "\x02\u00ad\ufffe"
SOFT_HYPHEN = re.compile(rf"[{BROKEN}]$")
CELLS = " | "


class Word(NamedTuple):
    """Places in points, growing to the right and downwards."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True)
class Segment:
    """Words beside each other without a wide gap."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def size(self) -> float:
        """The letters' height in points."""
        return self.bottom - self.top


@dataclass(slots=True)
class Block:
    """A paragraph, heading or table; `size` is its letters' height in points."""

    text: str
    size: float
    is_table: bool = False


Row = list[Segment]


def blocks_of(words: Sequence[Word]) -> list[Block]:
    """A page's words in the order in which a person reads them."""
    segments = [segment for row in _rows_of(words) for segment in _segments(row)]
    return _ordered(segments, DEEPEST)


def _rows_of(items: Sequence[Word]) -> list[list[Word]]:
    """Words on about the same height, from the top; each row from the left."""
    rows: list[list[Word]] = []
    center = beside = reach = end = 0.0  # `beside`: the middle of another column's line
    for item in sorted(items, key=lambda item: (item.top + item.bottom, item.left)):
        middle, height = (item.top + item.bottom) / 2, item.bottom - item.top
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


def _segments(row: list[Word]) -> list[Segment]:
    found: list[Segment] = []
    for word in row:
        last = found[-1] if found else None
        height = word.bottom - word.top
        if last and word.left - last.right <= CELL_GAP * min(height, last.size):
            last.text = _joined(last, word)
            last.right = max(last.right, word.right)
            last.top, last.bottom = min(last.top, word.top), max(last.bottom, word.bottom)
        else:
            found.append(Segment(*word))
    return found


def _joined(last: Segment, word: Word) -> str:
    """Words that touch are one: PDFium separates them where the font changes."""
    return last.text + (" " if word.left - last.right > 0.02 * last.size else "") + word.text


def _ordered(segments: list[Segment], depth: int) -> list[Block]:
    rows = _as_rows(segments)
    blocks: list[Block] = []
    loose: list[Row] = []
    at = 0
    while at < len(rows):
        end, gutters = _band(rows, at) if depth else (at + 1, [])
        if not gutters:
            loose.append(rows[at])
            at += 1
            continue
        blocks += _paragraphs(loose)
        loose = []
        band = rows[at:end]
        columns = _columns(band, gutters)
        if _is_prose(columns):
            for column in columns:
                blocks += _ordered(column, depth - 1)
        else:
            blocks.append(_table(band, gutters))
        at = end
    return blocks + _paragraphs(loose)


def _as_rows(segments: list[Segment]) -> list[Row]:
    words = [Word(one.text, one.left, one.top, one.right, one.bottom) for one in segments]
    return [[Segment(*word) for word in row] for row in _rows_of(words)]


def _band(rows: list[Row], start: int) -> tuple[int, list[float]]:
    """Where the rows end that share gaps with `start`, and the gaps' middles."""
    if len(rows[start]) < 2:
        return start + 1, []
    gaps = _gaps(rows[start])
    shared = 1
    end = start + 1
    for at in range(start + 1, len(rows)):
        narrowed = _free(gaps, rows[at])
        if not narrowed:
            break
        gaps, end = narrowed, at + 1
        shared += len(rows[at]) > 1
    while end > start and len(rows[end - 1]) < 2:
        end -= 1  # what follows on one side only is no part of it
    return (end, [(left + right) / 2 for left, right in gaps]) if shared >= BAND_ROWS else (end, [])


def _gaps(row: Row) -> list[tuple[float, float]]:
    return [
        (one.right, other.left)
        for one, other in zip(row, row[1:], strict=False)
        if other.left > one.right
    ]


def _free(gaps: list[tuple[float, float]], row: Row) -> list[tuple[float, float]]:
    """What `row` leaves of the gaps, where it is wide enough. Both go from left to right."""
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


def _columns(band: list[Row], gutters: list[float]) -> list[list[Segment]]:
    columns: list[list[Segment]] = [[] for _ in range(len(gutters) + 1)]
    for row in band:
        for segment in row:
            columns[_column(segment, gutters)].append(segment)
    return columns


def _column(segment: Segment, gutters: list[float]) -> int:
    return sum(segment.left > gutter for gutter in gutters)


def _is_prose(columns: list[list[Segment]]) -> bool:
    """Whether at least two columns have long lines that fill them."""
    prose = 0
    for column in columns:
        if not column:
            continue
        width = max(one.right for one in column) - min(one.left for one in column)
        usual = median(one.right - one.left for one in column)
        size = median(one.size for one in column)
        prose += usual >= PROSE_WIDTH * size and usual >= PROSE_FILL * width
    return prose >= 2


def _table(band: list[Row], gutters: list[float]) -> Block:
    lines = []
    for row in band:
        cells = [""] * (len(gutters) + 1)
        for segment in row:
            at = _column(segment, gutters)
            cells[at] = f"{cells[at]} {segment.text}".strip()
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        lines.append(CELLS.join(cells))
    return Block("\n".join(lines), median(one.size for row in band for one in row), is_table=True)


def _paragraphs(rows: list[Row]) -> list[Block]:
    """Lines below each other as paragraphs, cut at gaps and where the letters' size changes."""
    lines = [_line(row) for row in rows]
    if not lines:
        return []
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    steps = [low.top - high.top for high, low in zip(lines, lines[1:], strict=False)]
    usual = median(steps) if steps else 0.0
    blocks: list[Block] = []
    before: Segment | None = None
    for line in lines:
        same = before is not None and _goes_on(before, line, usual)
        if same and before is not None:
            full = before.right - left >= FULL_LINE * (right - left)
            blocks[-1].text = _glued(blocks[-1].text, line.text, full)
        else:
            blocks.append(Block(line.text, line.size))
        before = line
    for block in blocks:
        block.text = SOFT_HYPHEN.sub("-", block.text)
    return blocks


def _line(row: Row) -> Segment:
    return Segment(
        CELLS.join(one.text for one in row),
        row[0].left,
        min(one.top for one in row),
        max(one.right for one in row),
        max(one.bottom for one in row),
    )


def _goes_on(before: Segment, line: Segment, usual: float) -> bool:
    size = max(before.size, line.size)
    similar = min(before.size, line.size) >= 0.85 * size
    step = line.top - before.top
    distance = min(max(usual, size), WIDEST_SPACING * size)
    return similar and step <= distance + PARAGRAPH_GAP * size


def _glued(text: str, line: str, full: bool) -> str:
    """A word that was broken at the line's end is whole again."""
    if SOFT_HYPHEN.search(text):
        return SOFT_HYPHEN.sub("", text) + line
    return text + (" " if full else "\n") + line
