"""Vote on the columns of a blind comparison."""

from django.contrib.auth.models import User

from assistants_app.domain import run_status
from assistants_app.domain.compare.votes import BAD, COLUMN, TIE
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import (
    Comparison,
    ComparisonColumn,
    ComparisonLane,
    ComparisonVote,
    Message,
    Project,
    Run,
)
from assistants_app.services.act import act
from assistants_app.services.compare.comparisons import lock_comparison


@act()
def vote_on_comparison(
    *, project: Project, comparison_id: str, user: User, choice: str
) -> ComparisonVote:
    """Store the vote of this person: the key of the better column, `TIE` or `BAD`.

    The names aren't hidden from them any more, so the vote is final. Raises :class:`NotFound`, and
    :class:`InvalidRequest` for a second vote, or if there is nothing to vote on.
    """
    # Locked, so that nobody votes twice at once.
    comparison = lock_comparison(project, comparison_id)
    if not comparison.blind:
        raise InvalidRequest("Only blind comparisons have votes.")
    if comparison.revealed_at:
        raise InvalidRequest("The names of this comparison are known, so it has no more votes.")
    if comparison.votes.filter(user=user).exists():
        raise InvalidRequest("You have voted on this comparison already.")
    _require_answers(comparison)
    column = None if choice in (TIE, BAD) else _get_column(comparison, choice)
    return ComparisonVote.objects.create(
        comparison=comparison, user=user, choice=COLUMN if column else choice, column=column
    )


def _require_answers(comparison: Comparison) -> None:
    lanes = ComparisonLane.objects.filter(column__comparison=comparison)
    threads = lanes.values("thread_id")
    active = Run.objects.filter(thread_id__in=threads, status__in=run_status.ACTIVE)
    answered = Message.objects.filter(thread_id__in=threads, role="assistant")
    if active.exists() or not answered.exists():
        raise InvalidRequest("You can vote when all columns have answered.")


def _get_column(comparison: Comparison, key: str) -> ComparisonColumn:
    column = comparison.columns.filter(key=key).first()
    if column is None:
        raise NotFound("column", key)
    return column
