"""The text behind citations, and the files that a thread uses."""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain.errors import NotFound
from assistants_app.domain.words.sentences import split_at_sentence
from assistants_app.models import Citation, Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.files.use import attached_files, code_files, stores_of
from assistants_app.queries.runs.citations import get_citation
from assistants_app.queries.stores.stores import file_text, indexed_file
from assistants_app.queries.threads.threads import get_thread
from assistants_app.rendering.text.citations import TextAround, citation_url, text_around
from assistants_app.rendering.text.marks import marked_html, marked_markdown
from assistants_app.rendering.threads.messages import attached
from assistants_app.rendering.tool_calls.cards import MadeFile
from assistants_app.web.http import project_view
from assistants_app.web.stores.context import files_context

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
LONGEST_ABOUT = 2_000  # characters
AROUND = 40_000  # characters of the file that are shown before and after the cited text


@project_view("GET", verb="read")
def cited_text(
    request: HttpRequest, project: Project, thread_id: str, number: int, place: int
) -> HttpResponse:
    """Show the cited text. The sentence that ``about``, a part of the reply, is about is marked."""
    citation = get_citation(project, thread_id, number, place)
    about = request.GET.get("about", "")[:LONGEST_ABOUT]
    context = {
        **_citation_context(project, citation),
        "marked": marked_html(
            zip(split_at_sentence(citation.quote, about), (False, True, False), strict=True)
        ),
    }
    return render(request, "citations/_cited_text.html", context)


@project_view("GET", verb="read")
def citation(
    request: HttpRequest, project: Project, thread_id: str, number: int, place: int
) -> HttpResponse:
    """Show the cited text within its file, or alone if the file was deleted or has changed."""
    found = get_citation(project, thread_id, number, place)
    around = _text_around_citation(project, found)
    context = {**_citation_context(project, found), "around": around}
    if around and found.filename.lower().endswith(MARKDOWN):
        context["rendered"] = marked_markdown(around)
    context["why_alone"] = (
        _("This file has changed or left its vector store. This is the text as it was cited.")
        if context["file"]
        else _("This file was deleted. This is the text as it was cited.")
    )
    return render(request, "citations/page.html", context)


def _citation_context(project: Project, citation: Citation) -> dict[str, Any]:
    there = files_by_id(project.id, [citation.file_id])
    arguments = (project.id, citation.thread_id, citation.number, citation.place)
    return {
        "project": project,
        "citation": citation,
        "rank": citation.place + 1,
        "url": citation_url("citation", *arguments),
        "file": attached(project.id, citation.file_id, {}) if there else None,
    }


def _text_around_citation(project: Project, citation: Citation) -> TextAround | None:
    row = indexed_file(project, citation.file_id)
    if row is None:
        return None
    start, end = max(0, citation.start - AROUND), citation.end + AROUND
    # One character more than shown, to know whether the file continues.
    text = file_text(row, start=start, end=end + 1)
    return text_around(citation, text, start, more_after=len(text) > end - start)


@project_view("GET", verb="read")
def thread_files(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Show the files of the ``assistant`` and of the thread, and the attachments of messages."""
    thread = get_thread(project, thread_id)
    try:
        resources = get_assistant(project, request.GET.get("assistant", "")).tool_resources
    except NotFound:
        # The URL names no assistant, or it was deleted.
        resources = {}
    attached_to_messages = attached_files(thread)
    context = {
        "project": project,
        "thread": thread,
        "groups": [
            (_("From the assistant"), *_files_in_use(project, resources)),
            (
                _("From the thread"),
                # Attachments for code are resources of the thread as well.
                *_files_in_use(
                    project,
                    thread.tool_resources,
                    without={file.id for file in attached_to_messages},
                ),
            ),
        ],
        "attached": [
            MadeFile(file.filename, file.bytes, *_file_urls(project, file.id))
            for file in attached_to_messages
        ],
    }
    return render(request, "threads/_files.html", context)


def _files_in_use(
    project: Project, resources: Any, *, without: Collection[str] = ()
) -> tuple[list[dict[str, Any]], list[MadeFile]]:
    """Return the vector stores with their files, and the files of the code interpreter."""
    ids = [file_id for file_id in code_files(resources) if file_id not in without]
    there = files_by_id(project.id, ids)
    return (
        [files_context(project, store) for store in stores_of(project, resources)],
        [
            MadeFile(there[file_id].filename, there[file_id].bytes, *_file_urls(project, file_id))
            for file_id in ids
            if file_id in there
        ],
    )


def _file_urls(project: Project, file_id: str) -> tuple[str, str]:
    file = attached(project.id, file_id, {})
    return file.url, file.preview_url
