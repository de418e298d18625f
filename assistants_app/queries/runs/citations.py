"""Reads of citations."""

from django.db.models import Max

from assistants_app.domain.errors import NotFound
from assistants_app.models import Citation, Project


def citations_of_search(thread_id: str, number: int) -> dict[int, Citation]:
    """Return the thread's citations of the search with this number, by place."""
    rows = Citation.objects.filter(thread_id=thread_id, number=number)
    return {row.place: row for row in rows}


def last_search(thread_id: str) -> int:
    """Return the highest number of a search that the thread has citations of, or -1."""
    last = Citation.objects.filter(thread_id=thread_id).aggregate(number=Max("number"))
    return -1 if last["number"] is None else int(last["number"])


def get_citation(project: Project, thread_id: str, number: int, place: int) -> Citation:
    """Return the citation. Raises :class:`NotFound`."""
    citation = Citation.objects.filter(
        thread__project=project, thread_id=thread_id, number=number, place=place
    ).first()
    if citation is None:
        raise NotFound("citation", f"{number}:{place}")
    return citation
