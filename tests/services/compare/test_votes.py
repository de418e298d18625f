"""A vote is given once, before the names are known."""

import pytest

from assistants_app.domain.errors import Forbidden, InvalidRequest, NotFound
from assistants_app.models import Comparison
from assistants_app.queries.compare.comparisons import ballots_of, see_comparison
from assistants_app.services.acting import Actor, acting
from assistants_app.services.compare.comparisons import reveal_comparison
from assistants_app.services.compare.votes import vote_on_comparison
from tests.cast import Cast
from tests.services.compare.made import ask, columns_of, compare, finish, lanes_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answered(cast: Cast) -> Comparison:
    """A blind comparison whose columns have answered."""
    comparison = compare(cast, blind=True)
    ask(cast, comparison)
    for lane in lanes_of(comparison):
        finish(lane, "Answer")
    return comparison


def vote(cast: Cast, comparison: Comparison, choice: str) -> None:
    vote_on_comparison(
        project=cast.project, comparison_id=comparison.id, user=cast.vera, choice=choice
    )


def test_a_vote_shows_the_names_to_its_voter_alone(cast: Cast, answered: Comparison) -> None:
    first, _second = columns_of(answered)
    with acting(Actor(cast.project.id, "viewer", user_id=cast.vera.pk)):
        vote(cast, answered, first.key)
    assert not see_comparison(cast.project, answered.id, cast.vera).masked
    assert see_comparison(cast.project, answered.id, cast.bob).masked
    assert see_comparison(cast.project, answered.id, cast.alice).masked


def test_a_vote_does_not_change_the_order(cast: Cast, answered: Comparison) -> None:
    def order() -> list[str]:
        seen = see_comparison(cast.project, answered.id, cast.vera)
        return [column.column.key for column in seen.columns]

    before = order()
    vote(cast, answered, "tie")
    assert order() == before


def test_a_vote_is_final(cast: Cast, answered: Comparison) -> None:
    vote(cast, answered, "bad")
    with pytest.raises(InvalidRequest, match="already"):
        vote(cast, answered, "tie")


def test_what_there_is_to_vote_on(cast: Cast, answered: Comparison) -> None:
    with pytest.raises(NotFound):
        vote(cast, answered, columns_of(compare(cast))[0].key)
    with pytest.raises(InvalidRequest, match="Only blind"):
        vote(cast, compare(cast), "tie")
    fresh = compare(cast, blind=True)
    with pytest.raises(InvalidRequest, match="have answered"):
        vote(cast, fresh, "tie")
    ask(cast, answered, "More")
    with pytest.raises(InvalidRequest, match="have answered"):
        vote(cast, answered, "tie")


def test_nobody_votes_when_the_names_are_known(cast: Cast, answered: Comparison) -> None:
    reveal_comparison(project=cast.project, comparison_id=answered.id)
    assert not see_comparison(cast.project, answered.id, cast.vera).masked
    with pytest.raises(InvalidRequest, match="are known"):
        vote(cast, answered, "tie")


def test_strangers_and_read_only_keys_do_not_vote(cast: Cast, answered: Comparison) -> None:
    with acting(Actor(cast.project.id, "viewer", scope="read")), pytest.raises(Forbidden):
        vote(cast, answered, "tie")


def test_ballots_are_of_the_same_configurations(cast: Cast, answered: Comparison) -> None:
    first, second = columns_of(answered)
    vote(cast, answered, first.key)
    digests = [first.digest, second.digest]
    [ballot] = ballots_of(cast.project, digests)
    assert (ballot.comparison_id, ballot.chosen) == (answered.id, first.digest)
    assert sorted(ballot.columns) == sorted(digests)
    assert ballots_of(cast.project, [first.digest, "another"]) == []
    assert ballots_of(cast.other_project, digests) == []
