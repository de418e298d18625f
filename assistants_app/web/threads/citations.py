"""The files that a thread uses, and the passages behind citations."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain.errors import NotFound
from assistants_app.models import Citation, Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.files.use import attached_files, code_files, stores_of
from assistants_app.queries.runs.citations import get_citation
from assistants_app.queries.stores.stores import file_text, indexed_file
from assistants_app.queries.threads.threads import get_thread
from assistants_app.rendering.text.citations import TextAround, citation_url, text_around
from assistants_app.rendering.threads.messages import attached
from assistants_app.rendering.tool_calls.cards import MadeFile
from assistants_app.web.http import project_view
from assistants_app.web.stores.context import files_context

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
    context["why_alone"] = (
        _("This file has changed or left its vector store. This is the text as it was cited.")
        if context["file"]
        else _("This file was deleted. This is the text as it was cited.")
    )
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
    text = file_text(row, start=start, end=end + 1)
    return text_around(citation, text, start, more_after=len(text) > end - start)


@project_view("GET")
def thread_files(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """The files in use: those of the ``assistant`` and the thread, and what messages attach."""
    thread = get_thread(project, thread_id)
    try:
        resources = get_assistant(project, request.GET.get("assistant", "")).tool_resources
    except NotFound:
        resources = {}
    context = {
        "project": project,
        "thread": thread,
        "groups": [
            (_("From the assistant"), *_in_use(project, resources)),
            (_("From the thread"), *_in_use(project, thread.tool_resources)),
        ],
        "attached": [
            MadeFile(file.filename, file.bytes, *_urls(project, file.id))
            for file in attached_files(thread)
        ],
    }
    return render(request, "threads/_files.html", context)


def _in_use(project: Project, resources: Any) -> tuple[list[dict[str, Any]], list[MadeFile]]:
    """The vector stores with their files, and the files of the code interpreter."""
    ids = code_files(resources)
    there = files_by_id(project.id, ids)
    return (
        [files_context(project, store) for store in stores_of(project, resources)],
        [
            MadeFile(there[file_id].filename, there[file_id].bytes, *_urls(project, file_id))
            for file_id in ids
            if file_id in there
        ],
    )


def _urls(project: Project, file_id: str) -> tuple[str, str]:
    file = attached(project.id, file_id, {})
    return file.url, file.preview_url
