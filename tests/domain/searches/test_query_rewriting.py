"""Questions as queries: only the words that matter remain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.searches.query_rewriting import rewritten


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("Could you please tell me who is the largest animal?", "largest animal"),
        ("I'd like to know the height of the tower.", "the height of the tower"),
        ("Hi, can you show me when the bridge was opened, please?", "when the bridge was opened"),
        ("What is RRF?", "RRF"),
        ("How do I reset my password?", "reset my password"),
        ("sourdough bread", "sourdough bread"),
        ("Who?", "Who"),
        ("?", "?"),
        ("Wellington boots", "Wellington boots"),
    ],
)
def test_polite_and_grammatical_words_are_removed(question: str, query: str) -> None:
    assert rewritten(question) == query


@given(st.text(min_size=1, max_size=200))
def test_a_query_is_never_empty(question: str) -> None:
    assert rewritten(question)
    assert set(rewritten(question)) <= set(question)
