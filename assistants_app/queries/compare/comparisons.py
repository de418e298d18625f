"""Reads of comparisons, as one person sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef

from assistants_app.domain.compare.blind import letter, shuffled
from assistants_app.domain.compare.votes import Ballot
from assistants_app.domain.errors import NotFound
from assistants_app.domain.lists import PageParams
from assistants_app.models import (
    Comparison,
    ComparisonColumn,
    ComparisonLane,
    ComparisonVote,
    Project,
    Thread,
)
from assistants_app.models.compare.snapshots import SeenColumn, SeenComparison
from assistants_app.queries.pages import Page, read_page

MOST_VOTES = 10_000  # that a win share looks at


@dataclass(frozen=True, slots=True)
class ListedComparison:
    """A row of the list. `names` are the columns', or empty while they are hidden."""

    comparison: Comparison
    names: Sequence[str] = field(default_factory=list)
    columns: int = 0
    votes: int = 0
    has_voted: bool = False


def get_comparison(project: Project, comparison_id: str) -> Comparison:
    """Return the comparison. Raises :class:`NotFound`."""
    rows = Comparison.objects.filter(project=project, pk=comparison_id)
    comparison = rows.select_related("author").first()
    if comparison is None:
        raise NotFound("comparison", comparison_id)
    return comparison


def see_comparison(project: Project, comparison_id: str, user: User) -> SeenComparison:
    """Return the comparison as this person sees it. Raises :class:`NotFound`."""
    comparison = get_comparison(project, comparison_id)
    columns = list(comparison.columns.prefetch_related("lanes").order_by("position"))
    vote = None
    if comparison.blind:
        vote = comparison.votes.filter(user_id=user.pk).first()
        # After the vote, too: A stays A.
        columns = _in_order_of(user, comparison, columns)
    seen = [
        SeenColumn(letter(place), column, sorted(column.lanes.all(), key=lambda lane: lane.number))
        for place, column in enumerate(columns)
    ]
    return SeenComparison(comparison, seen, _is_masked(comparison, vote), vote)


def _is_masked(comparison: Comparison, vote: ComparisonVote | None) -> bool:
    return comparison.blind and comparison.revealed_at is None and vote is None


def _in_order_of(
    user: User, comparison: Comparison, columns: Sequence[ComparisonColumn]
) -> list[ComparisonColumn]:
    by_key = {column.key: column for column in columns}
    order = shuffled(
        list(by_key), comparison_id=comparison.id, person=str(user.pk), secret=settings.SECRET_KEY
    )
    return [by_key[key] for key in order]


def list_comparisons(project: Project, user: User, page: PageParams) -> Page[ListedComparison]:
    """Return a page of the project's comparisons, newest first."""
    rows = Comparison.objects.filter(project=project).select_related("author")
    found = read_page(rows.prefetch_related("columns"), page)
    ids = [comparison.id for comparison in found.items]
    votes = ComparisonVote.objects.filter(comparison__in=ids)
    counted = dict(votes.order_by().values_list("comparison").annotate(Count("pk")))
    own = set(votes.filter(user_id=user.pk).values_list("comparison_id", flat=True))
    listed = [_listed(one, counted.get(one.id, 0), one.id in own) for one in found.items]
    return Page(listed, found.has_more)


def _listed(comparison: Comparison, votes: int, has_voted: bool) -> ListedComparison:
    columns = sorted(comparison.columns.all(), key=lambda column: column.position)
    hidden = comparison.blind and comparison.revealed_at is None and not has_voted
    names = [] if hidden else [column.full_name for column in columns]
    return ListedComparison(comparison, names, len(columns), votes, has_voted)


def ballots_of(project: Project, digests: Sequence[str]) -> list[Ballot]:
    """Return the newest votes on comparisons that had at least two of these configurations.

    The columns of the ballots are digests.
    """
    alike = Comparison.objects.filter(project=project, columns__digest__in=digests)
    both = alike.annotate(found=Count("columns__digest", distinct=True)).filter(found__gte=2)
    votes = ComparisonVote.objects.filter(comparison__in=both.values("pk")).select_related("column")
    rows = list(votes.order_by("-pk")[:MOST_VOTES])
    columns: dict[str, list[str]] = {}
    of_votes = ComparisonColumn.objects.filter(comparison__in={row.comparison_id for row in rows})
    for comparison_id, digest in of_votes.values_list("comparison_id", "digest"):
        columns.setdefault(comparison_id, []).append(digest)
    return [
        Ballot(
            row.comparison_id,
            columns[row.comparison_id],
            row.choice,
            row.column.digest if row.column else None,
        )
        for row in rows
    ]


def threads_of_lanes(project: Project, comparison_id: str) -> tuple[dict[str, str], bool]:
    """Return the IDs of the comparison's threads by lane, without deleted threads, and whether it
    is blind.

    Raises :class:`NotFound`.
    """
    comparison = get_comparison(project, comparison_id)
    lanes = ComparisonLane.objects.filter(column__comparison=comparison)
    threads = Thread.objects.filter(pk=OuterRef("thread_id"), project=project)
    there = lanes.filter(Exists(threads))
    return dict(there.values_list("key", "thread_id")), comparison.blind
