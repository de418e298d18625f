"""Reads of comments and ratings."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.contrib.auth.models import User
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from assistants_app.domain.errors import NotFound
from assistants_app.models import Comment, Project, Rating
from assistants_app.models.snapshots import Talk

# On the thread's page, below each message. The rest is in a dialog.
SHOWN = 20


def get_comment(project: Project, comment_id: str) -> Comment:
    """Return the comment with its author. Raises :class:`NotFound`."""
    rows = Comment.objects.select_related("author", "resolved_by", "parent")
    comment = rows.filter(project=project, pk=comment_id).first()
    if comment is None:
        raise NotFound("comment", comment_id)
    return comment


def members_by_name(project: Project) -> dict[str, User]:
    """Return the project's members by their usernames, and by those of their names that no other
    member has, in the order of the alphabet.
    """
    rows = User.objects.filter(memberships__project=project, is_active=True)
    members = list(rows.order_by("username"))
    found = {user.get_username(): user for user in members}
    times = Counter(name.casefold() for name in found)
    times.update(user.get_full_name().casefold() for user in members)
    return found | {
        name: user
        for user in members
        if (name := user.get_full_name()) and times[name.casefold()] == 1
    }


def names_to_mention(project: Project) -> list[str]:
    """Return one name of each member: the one that others see, or else the username."""
    names = {user.pk: name for name, user in members_by_name(project).items()}
    return sorted(names.values(), key=str.casefold)


def talk_of(message_ids: Collection[str]) -> dict[str, Talk]:
    """Return what people say about these messages, by ID. Messages without any are missing.

    Each has the newest `SHOWN` comments. This takes up to three queries.
    """
    comments = _newest_comments(message_ids)
    ratings: defaultdict[str, list[Rating]] = defaultdict(list)
    for rating in ratings_of(message_ids):
        ratings[rating.message_id].append(rating)
    return {
        message_id: Talk(*comments.get(message_id, ([], 0)), ratings[message_id])
        for message_id in comments.keys() | ratings.keys()
    }


def _newest_comments(message_ids: Collection[str]) -> dict[str, tuple[list[Comment], int]]:
    """Return the newest comments, in the order of :func:`in_order`, and how many there are."""
    within = [F("message_id")]
    rows = (
        Comment.objects.filter(message__in=message_ids)
        .select_related("author", "resolved_by")
        .annotate(
            place=Window(RowNumber(), partition_by=within, order_by=F("pk").desc()),
            total=Window(Count("pk"), partition_by=within),
        )
        .filter(place__lte=SHOWN)
    )
    found: defaultdict[str, list[Comment]] = defaultdict(list)
    totals = {}
    for comment in rows:
        found[str(comment.message_id)].append(comment)
        totals[str(comment.message_id)] = comment.total
    for parent in _parents_missing_in(found.values()):
        found[str(parent.message_id)].append(parent)
    return {key: (in_order(some), totals[key]) for key, some in found.items()}


def _parents_missing_in(groups: Iterable[Sequence[Comment]]) -> list[Comment]:
    there = {comment.id: comment for group in groups for comment in group}
    missing = {comment.parent_id for comment in there.values()} - there.keys() - {None}
    if not missing:
        return []
    rows = Comment.objects.filter(pk__in=missing)
    return list(rows.select_related("author", "resolved_by"))


def in_order(comments: Iterable[Comment]) -> list[Comment]:
    """Return the comments in their order, oldest first, with the replies after their parents."""
    return sorted(comments, key=lambda comment: (comment.parent_id or comment.id, comment.id))


def comments_of_message(message_id: str) -> list[Comment]:
    """Return all comments on the message, in the order of :func:`in_order`."""
    rows = Comment.objects.filter(message=message_id)
    return in_order(rows.select_related("author", "resolved_by"))


def comments_of_assistant(project: Project, assistant_id: str) -> list[Comment]:
    """Return all comments on the assistant's instructions, in the order of :func:`in_order`."""
    rows = Comment.objects.filter(project=project, assistant=assistant_id)
    return in_order(rows.select_related("author", "resolved_by"))


def ratings_of(message_ids: Collection[str]) -> list[Rating]:
    """Return the ratings of these messages, oldest first."""
    rows = Rating.objects.filter(message__in=message_ids).order_by("pk")
    return list(rows.select_related("user"))


def rating_by(user: User, message_id: str) -> Rating | None:
    """Return the user's rating of the message, or None."""
    return Rating.objects.filter(message=message_id, user_id=user.pk).first()
