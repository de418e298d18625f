"""Reads of citations."""

from collections.abc import Iterable

from assistants_app.domain.errors import NotFound
from assistants_app.models import Citation, Project


def citations_by_mark(
    thread_id: str, marks: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], Citation]:
    """Return the thread's citations with these marks, given as number and place, by mark."""
    wanted = set(marks)
    rows = Citation.objects.filter(thread_id=thread_id, number__in={number for number, _ in wanted})
    return {(row.number, row.place): row for row in rows if (row.number, row.place) in wanted}


def get_citation(project: Project, thread_id: str, number: int, place: int) -> Citation:
    """Return the citation. Raises :class:`NotFound`."""
    citation = Citation.objects.filter(
        thread__project=project, thread_id=thread_id, number=number, place=place
    ).first()
    if citation is None:
        raise NotFound("citation", f"{number}:{place}")
    return citation
