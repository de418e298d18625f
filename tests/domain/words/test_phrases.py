"""Many phrases at once, compared with looking for one after the other."""

import random

import pytest

from assistants_app.domain.words.phrases import Phrases

DICE = random.Random(16)


def one_by_one(phrases: list[tuple[str, ...]], words: list[str]) -> set[tuple[int, int]]:
    return {
        (start, start + len(phrase))
        for phrase in phrases
        for start in range(len(words))
        if tuple(words[start : start + len(phrase)]) == phrase
    }


@pytest.mark.parametrize("number", range(50))
def test_all_phrases_are_found_wherever_they_overlap(number: int) -> None:
    phrases = list(
        {tuple(DICE.choices("abc", k=DICE.randint(1, 5))) for _ in range(DICE.randint(1, 12))}
    )
    words = DICE.choices("abcd", k=60)
    found = list(Phrases({phrase: phrase for phrase in phrases}).found(words))
    assert {(start, end) for start, end, _ in found} == one_by_one(phrases, words)
    assert all(tuple(words[start:end]) == phrase for start, end, phrase in found)
    assert [end for _, end, _ in found] == sorted(end for _, end, _ in found)


def test_of_phrases_with_the_same_end_the_longest_comes_first() -> None:
    phrases = Phrases({("b",): 1, ("a", "b"): 2})
    assert list(phrases.found(["a", "b"])) == [(0, 2, 2), (1, 2, 1)]


def test_without_phrases_nothing_is_found() -> None:
    assert list(Phrases[int]({}).found(["a"])) == []
