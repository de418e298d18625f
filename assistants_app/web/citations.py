"""The passages behind citations."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.models import Citation, Project
from assistants_app.queries.citations import get_citation
from assistants_app.queries.files import files_by_id
from assistants_app.queries.vector_stores import indexed_file, text_of
from assistants_app.rendering.citations import TextAround, citation_url, text_around
from assistants_app.rendering.messages import attached
from assistants_app.web.http import project_view

AROUND = 40_000  # characters of the file's text that are shown before the passage, and after it


@project_view("GET")
def passage(
    request: HttpRequest, project: Project, thread_id: str, number: int, place: int
) -> HttpResponse:
    """The passage, for a dialog."""
    citation = get_citation(project, thread_id, number, place)
    return render(request, "citations/_passage.html", _context(project, citation))


@project_view("GET")
def citation(
    request: HttpRequest, project: Project, thread_id: str, number: int, place: int
) -> HttpResponse:
    """The passage in the text of its file; alone, if the file is gone or has another text now."""
    found = get_citation(project, thread_id, number, place)
    context = {**_context(project, found), "around": _around(project, found)}
    return render(request, "citations/page.html", context)


def _context(project: Project, citation: Citation) -> dict[str, Any]:
    there = files_by_id(project.id, [citation.file_id])
    arguments = (project.id, citation.thread_id, citation.number, citation.place)
    return {
        "project": project,
        "citation": citation,
        "url": citation_url("citation", *arguments),
        "file": attached(project.id, citation.file_id, {}) if there else None,
    }


def _around(project: Project, citation: Citation) -> TextAround | None:
    row = indexed_file(project, citation.file_id)
    if row is None:
        return None
    start, end = max(0, citation.start - AROUND), citation.end + AROUND
    text = text_of(row, start=start, end=end + 1)
    return text_around(citation, text, start, more_after=len(text) > end - start)
