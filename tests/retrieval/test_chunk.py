"""Chunks are complete, within their limits, and cut where the text has a break."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistants_app.domain.tokens import count_tokens
from assistants_app.retrieval.chunk import AUTO, Chunk, ChunkingStrategy, chunks_of
from assistants_app.retrieval.extract import Document, Section

SMALLEST = ChunkingStrategy(100, 50)
WORDS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="ab.!? \n\t。あ🇩🇪👩‍🚀é\u0301", max_size=60),
    st.sampled_from(["word ", "A sentence ends. ", "\n\n", "x" * 300, " " * 500, "漢字。" * 40]),
)
TEXTS = st.lists(WORDS, max_size=60).map("".join).filter(lambda text: bool(text.strip()))
STRATEGIES = st.integers(100, 300).flatmap(
    lambda size: st.builds(ChunkingStrategy, st.just(size), st.integers(0, size // 2))
)


def document_of(text: str) -> Document:
    return Document(text, (Section(0, len(text)),))


def prose(sentences: int) -> str:
    return "".join(
        f"Sentence number {number} is about something that happened in the year {number}."
        + ("\n\n" if number % 7 == 6 else " ")
        for number in range(sentences)
    )


def overlap(one: Chunk, other: Chunk, text: str) -> int:
    return count_tokens(text[other.start : one.end]) if other.start < one.end else 0


@settings(max_examples=150, deadline=None)
@given(TEXTS, STRATEGIES)
def test_chunks_cover_the_text_within_their_limits(text: str, strategy: ChunkingStrategy) -> None:
    chunks = list(chunks_of(document_of(text), strategy))
    covered = 0
    for chunk in chunks:
        assert chunk.text == text[chunk.start : chunk.end]
        assert chunk.text == chunk.text.strip()
        assert chunk.tokens == count_tokens(chunk.text) <= strategy.max_chunk_size_tokens
        assert not text[covered : chunk.start].strip()
        assert chunk.end > covered
        covered = chunk.end
    assert not text[covered:].strip()
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    for one, other in pairwise(chunks):
        assert one.start < other.start
        assert overlap(one, other, text) <= strategy.chunk_overlap_tokens


@pytest.mark.parametrize("size", [0, 60, 200, 400])
def test_chunks_overlap_as_asked(size: int) -> None:
    text = prose(400)
    chunks = list(chunks_of(document_of(text), ChunkingStrategy(800, size)))
    shared = [overlap(one, other, text) for one, other in pairwise(chunks)]
    assert all(0.5 * size <= one <= size for one in shared)


def test_chunks_are_filled_and_end_with_sentences() -> None:
    chunks = list(chunks_of(document_of(prose(400))))
    assert all(chunk.text.endswith(".") for chunk in chunks)
    assert all(600 <= chunk.tokens <= 800 for chunk in chunks[:-1])


def test_chunks_break_before_headings() -> None:
    parts = [f"Heading {number}\n\n{prose(30)}\n\n" for number in range(12)]
    starts = [sum(map(len, parts[:number])) for number in range(13)]
    document = Document(
        "".join(parts),
        tuple(
            Section(start, end, number + 1, (f"Heading {number}",))
            for number, (start, end) in enumerate(pairwise(starts))
        ),
    )
    chunks = list(chunks_of(document, ChunkingStrategy(800, 0)))
    assert [chunk.start for chunk in chunks] == starts[:-1]
    assert [chunk.headings for chunk in chunks] == [(f"Heading {n}",) for n in range(12)]
    assert [chunk.page for chunk in chunks] == list(range(1, 13))


def test_letters_are_not_cut() -> None:
    family = "👩‍👩‍👧‍👦"
    chunks = list(chunks_of(document_of(family * 400), ChunkingStrategy(100, 0)))
    assert len(chunks) > 10
    assert all(len(chunk.text) % len(family) == 0 for chunk in chunks)


def test_scripts_without_spaces_are_cut_at_their_full_stops() -> None:
    text = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 100
    chunks = list(chunks_of(document_of(text), ChunkingStrategy(200, 50)))
    assert all(chunk.text.endswith("。") for chunk in chunks)


def test_a_long_text_is_cut_with_little_memory() -> None:
    text = prose(4_000)
    document = document_of(text)
    count_tokens("the vocabulary is loaded")
    tracemalloc.start()
    total = sum(1 for _ in chunks_of(document))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 100
    assert most < 4_000_000


@pytest.mark.parametrize("size", [(99, 0), (4097, 0), (800, 401), (800, -1)])
def test_strategies_outside_the_vendors_bounds_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="must be between"):
        ChunkingStrategy(*size)


def test_the_automatic_strategy_is_the_vendors() -> None:
    assert (AUTO.max_chunk_size_tokens, AUTO.chunk_overlap_tokens) == (800, 400)
