"""Fusion of rankings: an item that is high in several of them is higher."""

from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.searches.rank_fusion import fuse

rankings = st.lists(st.lists(st.integers(0, 9), unique=True), max_size=4)


def test_the_first_of_all_rankings_scores_1_and_empty_rankings_do_not_count() -> None:
    assert fuse([["a", "b"], [], ["a"]])[0] == ("a", 1.0)
    assert [item for item, _ in fuse([["a", "b", "c"], ["c", "b"]])] == ["c", "b", "a"]
    assert fuse([]) == fuse([[]]) == []


@given(rankings)
def test_no_item_is_lost_and_scores_fall(given_rankings: list[list[int]]) -> None:
    fused = fuse(given_rankings)
    assert {item for item, _ in fused} == {item for ranking in given_rankings for item in ranking}
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1.0000001 for score in scores)


def test_rankings_count_by_their_weights() -> None:
    assert [item for item, _ in fuse([["a", "b"], ["b", "a"]], [1.0, 0.5])] == ["a", "b"]
    assert [item for item, _ in fuse([["a", "b"], ["b", "a"]], [0.5, 1.0])] == ["b", "a"]
    assert dict(fuse([["a"], ["a"]], [3.0, 1.0])) == {"a": 1.0}


def test_the_first_ranking_decides_between_equals() -> None:
    assert [item for item, _ in fuse([["a"], ["b"]])] == ["a", "b"]
