"""Votes and what they add up to."""

import pytest

from assistants_app.domain.compare.votes import (
    BAD,
    COLUMN,
    TIE,
    Ballot,
    preferences,
    tally,
    win_share,
)

BOTH = ("a", "b")


def vote(chosen: str | None, comparison: str = "1", *, columns: tuple[str, ...] = BOTH) -> Ballot:
    return Ballot(comparison, columns, COLUMN if chosen else TIE, chosen)


def test_a_tally_counts_each_choice() -> None:
    votes = [vote("a"), vote("a"), vote("b"), vote(None), Ballot("1", BOTH, BAD)]
    counted = tally(votes)
    assert counted.for_columns == {"a": 2, "b": 1}
    assert (counted.ties, counted.bad, counted.total) == (1, 1, 5)


def test_people_who_vote_on_one_comparison_are_averaged() -> None:
    votes = [vote("a", "1"), vote("a", "1"), vote("b", "1"), vote("b", "2")]
    assert preferences(votes, "a", "b") == pytest.approx([1 / 3, -1])
    assert preferences(votes, "b", "a") == pytest.approx([-1 / 3, 1])


def test_ties_bad_answers_and_a_third_column_count_for_nobody() -> None:
    three = ("a", "b", "c")
    votes = [
        vote(None, "1"),
        Ballot("2", BOTH, BAD),
        vote("c", "3", columns=three),
        vote("a", "4", columns=("a", "c")),  # without b, so it says nothing about the two
    ]
    assert preferences(votes, "a", "b") == [0, 0, 0]


def test_a_configuration_is_not_compared_with_itself() -> None:
    assert preferences([vote("a", columns=("a", "a"))], "a", "a") == []


def test_the_win_share_has_ties_as_half() -> None:
    assert win_share([]) is None
    assert win_share([1, 1, -1, 0]) == pytest.approx(0.625)
    assert win_share([1]) == 1
