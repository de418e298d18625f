"""The differences between two texts, word by word, in any script."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Literal, NamedTuple

from assistants_app.domain.words.folding import INVISIBLE, VOICED, marks
from assistants_app.domain.words.tokens import UNSPACED

Kind = Literal["same", "removed", "added"]

# Longer texts are shown as replaced, because a comparison would take seconds.
MOST_CHARACTERS = 400_000
# A comparison of all pairs of words takes the product of both lengths. Parts without any unique
# word in common are compared that way only up to this product.
MOST_PAIRS = 20_000
DEEPEST = 40  # levels of parts within parts
# Fewer characters that two texts have in common between two changes say nothing.
SHORTEST_SAME = 3


class Difference(NamedTuple):
    """A piece of one text or of both."""

    kind: Kind
    text: str


class _Words(NamedTuple):
    """The words of a text: as they are compared, and as they are shown with the spaces after."""

    keys: list[str]
    texts: list[str]


class _Block(NamedTuple):
    """Words that both texts have: where they begin, and how many there are."""

    old: int
    new: int
    size: int


def split_words(text: str) -> list[str]:
    """Split the text into its words, spaces and signs.

    A word in a script without spaces between words is a single character.
    """
    return _pieces().findall(text)


@cache
def _pieces() -> re.Pattern[str]:
    inner = f"[{marks()}{INVISIBLE}{VOICED}]*+"
    number = r"\d+(?:[.,:]\d+)++"
    flag = "[\U0001f1e6-\U0001f1ff]{2}"
    # A character, or several that are joined to one: families, skins.
    sign = rf"(?s:.){inner}(?:(?:(?<=\u200d)(?s:.)|[\U0001f3fb-\U0001f3ff]){inner})*+"
    return re.compile(rf"{number}|{flag}|(?:[^\W{UNSPACED}]++{inner})++|\n|[^\S\n]++|{sign}")


@cache
def _spaced() -> re.Pattern[str]:
    # Spaces belong to the word before, or else half of all words would be the same ones. At the
    # beginning of a line they are a word.
    return re.compile(rf"(\n|{_pieces().pattern})((?:(?<!\n)[^\S\n]++)?)")


def where_it_differs(text: str, other: str, *, words_before: int = 3) -> str:
    """Return the text from a few words before the first one that the other text doesn't have there,
    with an ellipsis for what is left out, or all of it if that isn't much.
    """
    mine, others = split_words(text), split_words(other)
    pairs = zip(mine, others, strict=False)
    at = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(mine), len(others)))
    # With the spaces between them.
    begin = max(at - 2 * words_before, 0)
    start = "".join(mine[:begin])
    return f"…{text[len(start) :].lstrip()}" if start.strip() else text


def differences(old: str, new: str) -> list[Difference]:
    """Return the pieces of both texts in their order, removed ones before added ones.

    The pieces that are not removed are the new text, and those that are not added are the old one,
    apart from spaces within a line.
    """
    if old == new:
        return [Difference("same", new)] if new else []
    if max(len(old), len(new)) > MOST_CHARACTERS:
        both = Difference("removed", old), Difference("added", new)
        return [piece for piece in both if piece.text]
    left, right = _words_of(old), _words_of(new)
    pieces = list(_merged(_pieces_of(left, right)))
    return list(_spaces_apart(list(_merged(_without_short(pieces)))))


def _words_of(text: str) -> _Words:
    found = _spaced().findall(text)
    return _Words([word for word, _ in found], [word + spaces for word, spaces in found])


def _pieces_of(left: _Words, right: _Words) -> Iterator[Difference]:
    a = b = 0
    end = _Block(len(left.keys), len(right.keys), 0)
    for block in [*_common_blocks(left.keys, right.keys), end]:
        if a < block.old:
            yield Difference("removed", "".join(left.texts[a : block.old]))
        if b < block.new:
            yield Difference("added", "".join(right.texts[b : block.new]))
        a, b = block.old + block.size, block.new + block.size
        if block.size:
            yield Difference("same", "".join(right.texts[block.new : b]))


def _common_blocks(a: list[str], b: list[str]) -> list[_Block]:
    """Return what both have in common, in order."""
    blocks: list[_Block] = []
    # Parts of both that are still to be compared, with their depth.
    parts = [(0, len(a), 0, len(b), 0)]
    while parts:
        i, j, k, m, depth = parts.pop()
        start = _common_start(a, b, (i, j, k, m))
        blocks.append(_Block(i, k, start))
        i, k = i + start, k + start
        end = _common_end(a, b, (i, j, k, m))
        j, m = j - end, m - end
        blocks.append(_Block(j, m, end))
        if i == j or k == m:
            continue
        anchors = _unique_in_order(a, b, (i, j, k, m)) if depth < DEEPEST else []
        if anchors:
            edges = [(i, k), *anchors, (j, m)]
            for (i1, k1), (i2, k2) in zip(edges, edges[1:], strict=False):
                parts.append((i1, i2, k1, k2, depth + 1))
        elif (j - i) * (m - k) <= MOST_PAIRS:
            matcher = SequenceMatcher(None, a[i:j], b[k:m], autojunk=False)
            blocks += [_Block(x + i, y + k, size) for x, y, size in matcher.get_matching_blocks()]
    return sorted(block for block in blocks if block.size)


def _common_start(a: list[str], b: list[str], part: tuple[int, int, int, int]) -> int:
    i, j, k, m = part
    size = 0
    while i + size < j and k + size < m and a[i + size] == b[k + size]:
        size += 1
    return size


def _common_end(a: list[str], b: list[str], part: tuple[int, int, int, int]) -> int:
    i, j, k, m = part
    size = 0
    while i < j - size and k < m - size and a[j - size - 1] == b[m - size - 1]:
        size += 1
    return size


def _unique_in_order(
    a: list[str], b: list[str], part: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    """Return the places of words that both parts have once, in the same order in both."""
    i, j, k, m = part
    once_a, once_b = Counter(a[i:j]), Counter(b[k:m])
    place_in_b = {word: at for at, word in enumerate(b[k:m], k) if once_b[word] == 1}
    pairs = [
        (at, place_in_b[word])
        for at, word in enumerate(a[i:j], i)
        if once_a[word] == 1 and word in place_in_b
    ]
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    # Patience sorting: the lowest last place of each length, and where each pair came from.
    lowest: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, (_i, k) in enumerate(pairs):
        length = bisect_left(lowest, k)
        before.append(ends[length - 1] if length else -1)
        lowest[length : length + 1] = [k]
        ends[length : length + 1] = [at]
    chosen: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chosen.append(pairs[at])
        at = before[at]
    return chosen[::-1]


def _without_short(found: Sequence[Difference]) -> list[Difference]:
    """Return the pieces with what is the same for a few characters only as part of the changes."""
    kept: list[Difference] = []
    for at, piece in enumerate(found):
        is_between = 0 < at < len(found) - 1
        is_short = len(piece.text.strip()) < SHORTEST_SAME and "\n" not in piece.text
        if piece.kind == "same" and is_between and is_short and _is_replaced(found, at):
            kept += [Difference("removed", piece.text), Difference("added", piece.text)]
        else:
            kept.append(piece)
    return kept


def _is_replaced(found: Sequence[Difference], at: int) -> bool:
    """Return whether something was removed or added on both sides of this piece, and more of it
    than the piece has.
    """
    size = len(found[at].text.strip())
    around = [found[at - 1], found[at + 1]]
    return all(len(piece.text.strip()) > size for piece in around)


def _merged(pieces: Iterable[Difference]) -> Iterator[Difference]:
    """Yield the pieces, with neighbors of the same kind as one."""
    changes: dict[Kind, str] = {"removed": "", "added": ""}
    same = ""
    for piece in pieces:
        if piece.kind == "same":
            yield from _changes(changes)
            changes = {"removed": "", "added": ""}
            same += piece.text
            continue
        if same:
            yield Difference("same", same)
            same = ""
        changes[piece.kind] += piece.text
    if same:
        yield Difference("same", same)
    yield from _changes(changes)


def _changes(texts: dict[Kind, str]) -> Iterator[Difference]:
    return (Difference(kind, text) for kind, text in texts.items() if text)


def _spaces_apart(pieces: Sequence[Difference]) -> Iterator[Difference]:
    """Yield the pieces, with spaces that both of two changes end with as what is the same."""
    spaces = ""
    for piece, after in zip(pieces, [*pieces[1:], Difference("same", "")], strict=False):
        if piece.kind == "removed" and after.kind == "added":
            spaces = _end_spaces(piece.text) if after.text.endswith(_end_spaces(piece.text)) else ""
        text = piece.text.removesuffix(spaces) if piece.kind != "same" else piece.text
        if text:
            yield Difference(piece.kind, text)
        if piece.kind == "added" and spaces:
            yield Difference("same", spaces)
            spaces = ""


def _end_spaces(text: str) -> str:
    return text[len(text.rstrip(" \t")) :]
