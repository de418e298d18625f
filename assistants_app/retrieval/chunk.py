"""Chunks: passages of a bounded number of tokens that begin and end where the text does.

One pass over the text, with no more of it in hand than one chunk.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assistants_app.domain.tokens import count_tokens
from assistants_app.retrieval.extract import Document, Section
from assistants_app.retrieval.units import HEADING, LINE, PARAGRAPH, SENTENCE, Unit, units_of

# The vendor's bounds of a static strategy, and its `auto`.
LEAST_TOKENS, MOST_TOKENS = 100, 4096
# Part of a chunk's new tokens that a break of this kind must leave it with.
FILLED = {HEADING: 0.5, PARAGRAPH: 0.5, SENTENCE: 0.75, LINE: 0.75}
OVERLAP_FILLED = 0.6  # part of the overlap that is kept when it begins at a sentence


@dataclass(frozen=True, slots=True)
class ChunkingStrategy:
    """Sizes in tokens of o200k_base. Raises ``ValueError`` outside the vendor's bounds."""

    max_chunk_size_tokens: int = 800
    chunk_overlap_tokens: int = 400

    def __post_init__(self) -> None:
        if not LEAST_TOKENS <= self.max_chunk_size_tokens <= MOST_TOKENS:
            raise ValueError(
                f"max_chunk_size_tokens must be between {LEAST_TOKENS} and {MOST_TOKENS}."
            )
        if not 0 <= self.chunk_overlap_tokens <= self.max_chunk_size_tokens // 2:
            raise ValueError(
                "chunk_overlap_tokens must be between 0 and half of max_chunk_size_tokens."
            )


AUTO = ChunkingStrategy()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: ``document.text[start:end] == text``, without white space at its ends.

    `page` is where it begins, `headings` the path that it stands under there.
    """

    index: int
    text: str
    start: int
    end: int
    tokens: int
    page: int | None
    headings: tuple[str, ...]


def chunks_of(document: Document, strategy: ChunkingStrategy = AUTO) -> Iterator[Chunk]:
    """The document's chunks in its order. What lies between two of them is white space."""
    cutter = _Cutter(document.text, strategy)
    sections = iter(document.sections or (Section(0, len(document.text)),))
    section = next(sections)
    for index, (start, end, tokens) in enumerate(cutter.spans(units_of(document, cutter.largest))):
        while section.end <= start:
            section = next(sections)
        yield Chunk(
            index, document.text[start:end], start, end, tokens, section.page, section.headings
        )


class _Cutter:
    def __init__(self, text: str, strategy: ChunkingStrategy) -> None:
        self._text = text
        self._most = strategy.max_chunk_size_tokens
        self._overlap = strategy.chunk_overlap_tokens
        # With the overlap, at least one more such unit always fits.
        self.largest = self._most // 8

    def spans(self, units: Iterator[Unit]) -> Iterator[tuple[int, int, int]]:
        """Start, end and tokens of each chunk."""
        window: list[Unit] = []
        sizes: list[int] = []  # tokens from the window's start to the end of each unit
        for unit in units:
            while window and (unit.apart or sizes[-1] + unit.tokens > self._most):
                whole = unit.apart
                end = len(window) if whole else self._break(window, sizes, unit)
                start, stop, tokens, end = self._span(window, end)
                yield start, stop, tokens
                keep = end if whole and end == len(window) else self._next(window, sizes, end)
                window = window[keep:]
                sizes = self._sizes(window)
            window.append(unit)
            sizes.append((sizes[-1] + unit.tokens) if sizes else self._bare(unit))
        while window:
            start, stop, tokens, end = self._span(window, len(window))
            yield start, stop, tokens
            window = [] if end == len(window) else window[max(1, end) :]

    def _bare(self, unit: Unit) -> int:
        """Tokens of a chunk's first unit: the space before it is not in the chunk."""
        return count_tokens(self._text[unit.start : unit.end])

    def _sizes(self, window: list[Unit]) -> list[int]:
        sizes: list[int] = []
        for unit in window:
            sizes.append((sizes[-1] + unit.tokens) if sizes else self._bare(unit))
        return sizes

    def _span(self, window: list[Unit], end: int) -> tuple[int, int, int, int]:
        """The span of the first `end` units, or fewer where together they are more tokens."""
        start = window[0].start
        while True:
            stop = window[end - 1].end
            tokens = count_tokens(self._text[start:stop])
            if tokens <= self._most or end == 1:
                return start, stop, tokens, end
            end -= 1

    def _break(self, window: list[Unit], sizes: list[int], following: Unit) -> int:
        """How many units the chunk takes: to the best kind of break, and the last of that kind."""
        new = self._most - self._overlap
        best, best_kind = len(window), following.kind
        for at in range(len(window) - 1, 0, -1):
            kind = window[at].kind
            if kind > best_kind and sizes[at - 1] >= self._overlap + FILLED.get(kind, 0.9) * new:
                best, best_kind = at, kind
        return best

    def _next(self, window: list[Unit], sizes: list[int], end: int) -> int:
        """With which unit the next chunk begins: at most the overlap before `end`."""
        begin = end
        while begin > 1 and sizes[end - 1] - sizes[begin - 2] <= self._overlap:
            begin -= 1
        best, best_kind = begin, window[begin].kind if begin < len(window) else 0
        for at in range(begin + 1, end):
            if sizes[end - 1] - sizes[at - 1] < OVERLAP_FILLED * self._overlap:
                break
            if window[at].kind > max(best_kind, LINE - 1):
                best, best_kind = at, window[at].kind
        return best
