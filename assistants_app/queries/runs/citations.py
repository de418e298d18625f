"""Reads of citations."""

from django.db.models import Max

from assistants_app.domain.errors import NotFound
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.models import Citation, Project, Thread
from assistants_app.queries.runs.runs import copied_calls


def citations_of_search(thread_id: str, number: int) -> dict[int, Citation]:
    """Return the thread's citations of the search with this number, by place."""
    rows = list(Citation.objects.filter(thread_id=thread_id, number=number))
    # Forks from before citations were copied have none of their own.
    rows = rows or [row for row in copied_citations(thread_id) if row.number == number]
    return {row.place: row for row in rows}


def copied_citations(thread_id: str) -> list[Citation]:
    """Return the citations of other threads that the searches behind a fork's copies found."""
    numbers = _copied_numbers(thread_id)
    rows = Citation.objects.filter(
        thread_id__in={origin for origin, _ in numbers},
        number__in={number for _, number in numbers},
    )
    return [row for row in rows if (row.thread_id, row.number) in numbers]


def next_number(thread_id: str) -> int:
    """Return the number of the thread's next search, which its citations have."""
    last = Citation.objects.filter(thread_id=thread_id).aggregate(number=Max("number"))["number"]
    used = [number for _, number in _copied_numbers(thread_id)]
    return max([-1 if last is None else int(last), *used]) + 1


def _copied_numbers(thread_id: str) -> set[tuple[str, int]]:
    # The numbers of the searches behind copies, each with the thread that has its citations.
    return {
        (step.thread_id, int(mark[1]))
        for step in copied_calls(thread_id, FILE_SEARCH)
        for call in step.step_details["tool_calls"]
        for result in call.get(FILE_SEARCH, {}).get("results") or ()
        if (mark := CITATION_MARK.fullmatch(result.get("mark", "")))
    }


def get_citation(project: Project, thread_id: str, number: int, place: int) -> Citation:
    """Return the citation. Raises :class:`NotFound`."""
    citation = Citation.objects.filter(
        thread__project=project, thread_id=thread_id, number=number, place=place
    ).first()
    if citation is None and Thread.objects.filter(project=project, pk=thread_id).exists():
        citation = citations_of_search(thread_id, number).get(place)
    if citation is None:
        raise NotFound("citation", f"{number}:{place}")
    return citation
