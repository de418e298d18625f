"""Threads whose names are hidden: those of blind comparisons, from all who haven't voted yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

from assistants_app.domain.errors import NotFound
from assistants_app.models import ComparisonLane, ComparisonVote, Project

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. `user_id` is None for an API key that belongs to no person."""

    user_id: int | None


# Without one, it is the system itself, which reads everything.
_reader: ContextVar[Reader | None] = ContextVar("reader", default=None)


@contextmanager
def reading_as(user_id: int | None) -> Iterator[None]:
    """Let the reads in this block be those of this person, or of an API key without one."""
    token = _reader.set(Reader(user_id))
    try:
        yield
    finally:
        _reader.reset(token)


@contextmanager
def reading_everything() -> Iterator[None]:
    """Let the reads in this block find sealed threads, too.

    What they return must not show a name.
    """
    token = _reader.set(None)
    try:
        yield
    finally:
        _reader.reset(token)


def sealed_thread_ids() -> "QuerySet[ComparisonLane, str] | None":
    """Return the IDs of the threads that this reader must not see, or None if they see all."""
    reader = _reader.get()
    if reader is None:
        return None
    votes = ComparisonVote.objects.filter(comparison=OuterRef("column__comparison"))
    # Nobody has voted for an API key without a person.
    own = votes.none() if reader.user_id is None else votes.filter(user_id=reader.user_id)
    sealed = ComparisonLane.objects.filter(
        ~Exists(own), column__comparison__blind=True, column__comparison__revealed_at=None
    )
    return sealed.values_list("thread_id", flat=True)


def sealed_threads_of(project: Project) -> list[str]:
    """Return the IDs of the project's threads that this reader must not see."""
    sealed = sealed_thread_ids()
    if sealed is None:
        return []
    return list(sealed.filter(column__comparison__project=project))


def without_sealed(rows: QuerySet[Row], thread_field: str) -> QuerySet[Row]:
    """Return the rows without those of sealed threads. `thread_field` has the thread's ID."""
    sealed = sealed_thread_ids()
    if sealed is None:
        return rows
    # Not NOT IN, which PostgreSQL compares with all of them for each row.
    return rows.filter(~Exists(sealed.filter(thread_id=OuterRef(thread_field))))


def require_open(thread_id: str, *, noun: str = "thread", object_id: str = "") -> None:
    """Raise :class:`NotFound`, for this object in the thread, if the reader must not see it."""
    sealed = sealed_thread_ids()
    if sealed is not None and sealed.filter(thread_id=thread_id).exists():
        raise NotFound(noun, object_id or thread_id)
