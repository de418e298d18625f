"""Likeness of texts, against a plain implementation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.checks.likeness import _edits, letter_likeness, word_likeness

TEXTS = st.text("abé ", max_size=12)


def plain_edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for at, sign in enumerate(one, 1):
        above, row[0] = row[0], at
        for place, letter in enumerate(other, 1):
            above, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, above + (sign != letter)),
            )
    return row[-1]


@given(TEXTS, TEXTS)
def test_edits_are_those_of_the_textbook(one: str, other: str) -> None:
    assert _edits(one, other) == plain_edits(one, other)


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [("", "", 1), ("a", "", 0), ("kitten", "sitting", 1 - 3 / 7), ("é", "e\u0301", 1)],
)
def test_letters(one: str, other: str, likeness: float) -> None:
    assert letter_likeness(one, other) == pytest.approx(likeness)
    assert letter_likeness(other, one) == pytest.approx(likeness)


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("", "", 1),
        ("a", "", 0),
        ("!?", "...", 1),
        ("The cat", "the CAT!", 1),
        ("the cat", "cat the", 1),
        ("the the", "the", 2 / 3),
        ("one two three four", "two", 0.4),
    ],
)
def test_words(one: str, other: str, likeness: float) -> None:
    assert word_likeness(one, other) == pytest.approx(likeness)
    assert word_likeness(other, one) == pytest.approx(likeness)
