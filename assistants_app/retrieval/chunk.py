"""Cuts a document into chunks of a bounded number of tokens, preferably at headings and sentences.

The cutter reads the text once and holds the units of only one chunk in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assistants_app.domain.tokens import count_tokens
from assistants_app.retrieval.extract import Document, Section
from assistants_app.retrieval.units import HEADING, LINE, PARAGRAPH, SENTENCE, Unit, units_of

# The vendor's bounds for `max_chunk_size_tokens` of a static strategy.
LEAST_TOKENS, MOST_TOKENS = 100, 4096
# The share of its new tokens that a chunk must have before it may end at a break of this kind. A
# better break may leave a chunk emptier: without a minimum, a page of headings would become a page
# of tiny chunks.
FILLED = {HEADING: 0.5, PARAGRAPH: 0.5, SENTENCE: 0.75, LINE: 0.75}
OTHERWISE_FILLED = 0.9
# The share of the overlap that must remain when its start moves forward to a line or sentence.
OVERLAP_FILLED = 0.6


@dataclass(frozen=True, slots=True)
class ChunkingStrategy:
    """Chunk sizes, in tokens of o200k_base.

    Raises ``ValueError`` if a size is outside the vendor's bounds. The defaults are the vendor's
    strategy ``auto``.
    """

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
    """A piece of a document, where ``document.text[start:end] == text``.

    `text` has no white space at its ends. `page` and `headings` are those at `start`.
    """

    index: int
    text: str
    start: int
    end: int
    tokens: int
    page: int | None
    headings: tuple[str, ...]


def chunks_of(document: Document, strategy: ChunkingStrategy = AUTO) -> Iterator[Chunk]:
    """Yield the document's chunks in order. Only white space can lie between two chunks."""
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
        # The overlap takes at most half a chunk, so a unit of an eighth always fits beside it and
        # every chunk gets further in the text than the one before.
        self.largest = self._most // 8

    def spans(self, units: Iterator[Unit]) -> Iterator[tuple[int, int, int]]:
        """Yield start, end and number of tokens of each chunk."""
        window: list[Unit] = []
        sizes: list[int] = []  # tokens from the window's start to the end of each unit
        for unit in units:
            while window and (unit.apart or sizes[-1] + unit.tokens > self._most):
                whole = unit.apart
                end = len(window) if whole else self._best_break(window, sizes, unit)
                start, stop, tokens, end = self._fitting_span(window, end)
                yield start, stop, tokens
                # Across a long gap there is nothing to share: the next chunk has no overlap.
                gap_follows = whole and end == len(window)
                keep = end if gap_follows else self._next_start(window, sizes, end)
                window = window[keep:]
                sizes = self._cumulative_tokens(window)
            window.append(unit)
            sizes.append((sizes[-1] + unit.tokens) if sizes else self._tokens_without_gap(unit))
        while window:
            start, stop, tokens, end = self._fitting_span(window, len(window))
            yield start, stop, tokens
            window = [] if end == len(window) else window[max(1, end) :]

    def _tokens_without_gap(self, unit: Unit) -> int:
        # `unit.tokens` counts the white space before the unit, which a chunk does not begin with.
        return count_tokens(self._text[unit.start : unit.end])

    def _cumulative_tokens(self, window: list[Unit]) -> list[int]:
        sizes: list[int] = []
        for unit in window:
            sizes.append((sizes[-1] + unit.tokens) if sizes else self._tokens_without_gap(unit))
        return sizes

    def _fitting_span(self, window: list[Unit], end: int) -> tuple[int, int, int, int]:
        """Return start, stop, tokens and number of units for the first `end` units, or fewer."""
        start = window[0].start
        # A text can have more tokens than the sum of its units, because the encoding does not
        # split it at their borders. So the final count is made on the whole chunk.
        while True:
            stop = window[end - 1].end
            tokens = count_tokens(self._text[start:stop])
            if tokens <= self._most or end == 1:
                return start, stop, tokens, end
            end -= 1

    def _best_break(self, window: list[Unit], sizes: list[int], following: Unit) -> int:
        """Return how many units the chunk takes: up to the last break of the best kind."""
        new = self._most - self._overlap
        best, best_kind = len(window), following.kind
        for at in range(len(window) - 1, 0, -1):
            kind = window[at].kind
            filled = self._overlap + FILLED.get(kind, OTHERWISE_FILLED) * new
            if kind > best_kind and sizes[at - 1] >= filled:
                best, best_kind = at, kind
        return best

    def _next_start(self, window: list[Unit], sizes: list[int], end: int) -> int:
        """Return the unit that the next chunk begins with, at most the overlap before `end`."""
        begin = end
        while begin > 1 and sizes[end - 1] - sizes[begin - 2] <= self._overlap:
            begin -= 1
        best, best_kind = begin, window[begin].kind if begin < len(window) else 0
        # Give up to 40 % of the overlap for a chunk that begins at a line or a sentence.
        for at in range(begin + 1, end):
            if sizes[end - 1] - sizes[at - 1] < OVERLAP_FILLED * self._overlap:
                break
            if window[at].kind > max(best_kind, LINE - 1):
                best, best_kind = at, window[at].kind
        return best
