"""Votes and what they add up to."""

from assistants_app.domain.compare.votes import (
    BAD,
    COLUMN,
    TIE,
    Ballot,
    tally,
    votes_between,
)
from assistants_app.domain.verdicts.votes import win_share

BOTH = ("a", "b")


def vote(chosen: str | None, comparison: str = "1", *, columns: tuple[str, ...] = BOTH) -> Ballot:
    return Ballot(comparison, columns, COLUMN if chosen else TIE, chosen)


def test_a_tally_counts_each_choice() -> None:
    votes = [vote("a"), vote("a"), vote("b"), vote(None), Ballot("1", BOTH, BAD)]
    counted = tally(votes)
    assert counted.for_columns == {"a": 2, "b": 1}
    assert (counted.ties, counted.bad, counted.total) == (1, 1, 5)


def test_votes_between_two_columns_are_those_on_both() -> None:
    three = ("a", "b", "c")
    votes = [
        vote("a", "1"),
        vote("b", "1"),
        vote(None, "2"),
        Ballot("3", BOTH, BAD),
        vote("c", "4", columns=three),
        vote("a", "5", columns=("a", "c")),  # without b, so it says nothing about the two
    ]
    found = [(one.turn, one.choice) for one in votes_between(votes, "a", "b")]
    assert found == [("1", "a"), ("1", "b"), ("2", "tie"), ("3", "tie"), ("4", "tie")]
    turned = [one.choice for one in votes_between(votes, "b", "a")]
    assert turned == ["b", "a", "tie", "tie", "tie"]


def test_a_configuration_is_not_compared_with_itself() -> None:
    assert votes_between([vote("a", columns=("a", "a"))], "a", "a") == []


def test_the_share_of_wins_comes_with_its_interval() -> None:
    votes = [vote("b", str(number)) for number in range(9)] + [vote(None, "9")]
    share = win_share(votes_between(votes, "a", "b"))
    assert share is not None
    assert (share.share, share.votes, share.turns) == (0.95, 10, 10)
    assert share.low < 0.95 < share.high
    assert share.preferred == "b"
