"""Win shares of blind votes."""

import numpy as np
import pytest

from assistants_app.domain.verdicts.votes import BOTH_BAD, TIE, A, B, Vote, WinShare, win_share


def counted(a: int, b: int, ties: int = 0, bad: int = 0) -> WinShare:
    """Return the win share of this many votes, each on replies of its own."""
    choices = [A] * a + [B] * b + [TIE] * ties + [BOTH_BAD] * bad
    found = win_share(Vote(turn=str(turn), choice=choice) for turn, choice in enumerate(choices))
    assert found is not None
    return found


def test_without_votes_there_is_no_share() -> None:
    assert win_share([]) is None


def test_it_has_an_interval() -> None:
    found = counted(6, 14, 10)
    drawn = np.random.default_rng(1).dirichlet([6.5, 11, 14.5], 200_000) @ [0, 0.5, 1]
    assert (found.low, found.high) == pytest.approx(
        tuple(np.quantile(drawn, [0.025, 0.975])), abs=2e-3
    )
    assert found.share == pytest.approx(19 / 30)
    assert (found.votes, found.turns) == (30, 30)


def test_who_is_preferred() -> None:
    assert counted(2, 14).preferred == B
    assert counted(14, 2).preferred == A
    assert counted(7, 8).preferred == ""
    assert counted(0, 1).preferred == ""


def test_ties_and_both_bad_count_half() -> None:
    assert counted(0, 0, ties=3, bad=2).share == 0.5
    assert counted(3, 9, ties=8).low == counted(3, 9, bad=8).low


def test_many_votes_on_one_reply_are_not_many_replies() -> None:
    crowd = win_share(Vote(turn="1", choice=B) for _ in range(50))
    assert crowd is not None
    assert (crowd.votes, crowd.turns) == (50, 1)
    assert (crowd.low, crowd.high) == (counted(0, 1).low, counted(0, 1).high)
    assert crowd.preferred == ""


def test_people_see_whole_percents_rounded_outward() -> None:
    assert WinShare(0.6, 0.512, 0.698, 50, 50).percent == (51, 70)


def test_more_pairs_of_columns_need_wider_intervals() -> None:
    votes = [Vote(turn=str(turn), choice=B if turn % 3 else A) for turn in range(30)]
    one, three = win_share(votes), win_share(votes, comparisons=3)
    assert one is not None
    assert three is not None
    assert three.low < one.low < one.high < three.high
