"""The page of a vector store: its files, their chunks, and a form to try queries."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.errors import ApiError, InvalidRequest, NotFound
from assistants_app.domain.searches.query_rewriting import rewritten
from assistants_app.domain.words.marking import mark_stems
from assistants_app.events.presence import INDEXER
from assistants_app.models import Project, VectorStore, VectorStoreFile
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.files.use import assistants_by_store, drafts_by_store, threads_of_store
from assistants_app.queries.stores.stores import chunks_of, get_store, get_store_file, require_alive
from assistants_app.queries.words import CHUNKS, rebuild_of
from assistants_app.rendering.components.links import Link, render_links
from assistants_app.rendering.text.marks import marked_html
from assistants_app.services.project.direct_calls import metered_for_caller
from assistants_app.services.stores import requests as services
from assistants_app.services.stores.search import search_stores
from assistants_app.web.file_bytes import file_of_body
from assistants_app.web.http import (
    author_of,
    go_to,
    nothing,
    playground_url,
    project_view,
    whole_number,
)
from assistants_app.web.presence import presence_context
from assistants_app.web.stores.context import (
    asked_files,
    assistant_links,
    attributes_context,
    draft_links,
    files_context,
    reindex_context,
    settings_context,
)
from assistants_app.web.stores.forms import OPERATORS, attach_body, search_body
from assistants_app.wire.stores.search import SearchParams
from assistants_app.wire.stores.stores import StoreFileCreateParams
from assistants_app.wire.validation import parse

SHOWN_CHUNKS = 50
SHOWN_THREADS = 20


@project_view("GET", verb="read", gone=nothing)
def store(request: HttpRequest, project: Project, store_id: str) -> HttpResponse:
    """Show a store with its files, the assistants and threads that use it, and its settings."""
    found = get_store(project, store_id)
    users = [
        *assistant_links(project, assistants_by_store(project).get(found.id, [])),
        *draft_links(project, drafts_by_store(project).get(found.id, []), author_of(request)),
    ]
    threads = threads_of_store(found, limit=SHOWN_THREADS)
    context = {
        "section": "stores",
        **presence_context(INDEXER),
        "users": render_links(users),
        "losers": ", ".join(link.text for link in users),
        "threads": render_links(
            [Link(playground_url(project, t=thread), thread) for thread in threads],
            most=SHOWN_THREADS,
        ),
        **files_context(project, found, request.GET),
        **settings_context(project, found),
        **reindex_context(project, found),
        "rebuild": rebuild_of(CHUNKS),
        "operators": OPERATORS,
    }
    return render(request, "stores/page.html", context)


@project_view("POST", verb="delete_store")
def delete(request: HttpRequest, project: Project, store_id: str) -> HttpResponse:
    """Delete a store, but not its files."""
    services.delete_store(project=project, store_id=store_id)
    return go_to(reverse("vector_stores", args=[project.id]))


def _deleted() -> HttpResponse:
    return HttpResponse(render_to_string("stores/_deleted.html"))


@project_view("GET", "PUT", verb={"GET": "read", "PUT": "attach_file"}, gone=_deleted)
def store_files(request: HttpRequest, project: Project, store_id: str) -> HttpResponse:
    """GET: list the files with their states. PUT: add the request's body to the store as a file
    called ``name``, and return nothing, or a chip with the error.
    """
    found = get_store(project, store_id)
    if request.method == "GET":
        return render(request, "stores/_files.html", files_context(project, found, request.GET))
    try:
        require_alive(found)
        # Check the chunk sizes before the upload, because a refusal after it would leave a file
        # that is in no store.
        parse(StoreFileCreateParams, attach_body(request.GET, "file"))
        file = file_of_body(request, project)
        params = parse(StoreFileCreateParams, attach_body(request.GET, file.id))
        services.attach_file(project=project, store_id=found.id, params=params)
    except ApiError as error:
        context = {"name": request.GET.get("name", ""), "error": error.message}
        return render(request, "files/_refused.html", context)
    return HttpResponse()


@project_view("POST", verb="detach_file")
def detach(request: HttpRequest, project: Project, store_id: str, file_id: str) -> HttpResponse:
    """Remove a file from the store, but don't delete it. Return the list of files."""
    try:
        services.detach_file(project=project, store_id=store_id, file_id=file_id)
    except NotFound:
        raise
    except ApiError:
        pass  # somebody else has already removed it
    found = get_store(project, store_id)
    return render(
        request, "stores/_files.html", files_context(project, found, asked_files(request))
    )


@project_view("GET", verb="read")
def store_file(request: HttpRequest, project: Project, store_id: str, file_id: str) -> HttpResponse:
    """Show the chunks of a file in the store."""
    found = get_store(project, store_id)
    row = _find_store_file(found, file_id)
    after = whole_number(request.GET.get("after", ""))
    # One more than shown, to know whether there is another page.
    chunks = chunks_of(row, after=-1 if after is None else after, limit=SHOWN_CHUNKS + 1)
    file = files_by_id(project.id, [file_id]).get(file_id)
    context = {
        **attributes_context(project, found, row),
        "section": "stores",
        "name": file.filename if file else file_id,
        "error": (row.last_error or {}).get("message", ""),
        "chunks": chunks[:SHOWN_CHUNKS],
        "next": chunks[SHOWN_CHUNKS - 1].index if len(chunks) > SHOWN_CHUNKS else None,
    }
    return render(request, "stores/file.html", context)


def _find_store_file(store: VectorStore, file_id: str) -> VectorStoreFile:
    try:
        return get_store_file(store, file_id)
    except ApiError as error:
        raise NotFound("file", file_id) from error


@project_view("GET", verb="read")
def try_query(request: HttpRequest, project: Project, store_id: str) -> HttpResponse:
    """Search the store for the query ``q``, and show the chunks found."""
    found = get_store(project, store_id)
    context: dict[str, Any] = {"project": project, "store": found}
    try:
        body = search_body(request.GET)
        if not body["query"]:
            raise InvalidRequest(_("Enter a query first."))
        params = parse(SearchParams, body)
        questions = params.queries()
        # Rewrite here rather than in the search, so that the page can show the queries.
        if params.rewrite_query:
            questions = [rewritten(question) for question in questions]
            context["rewritten"] = questions
        stores = [require_alive(found)]
        options = params.options()
        with metered_for_caller(project) as meter:
            hits = search_stores(stores=stores, questions=questions, options=options, meter=meter)
        asked = " ".join(questions)
        context["hits"] = [(hit, marked_html(mark_stems(hit.text, asked))) for hit in hits]
    except ApiError as error:
        context["error"] = error.message
    return render(request, "stores/_hits.html", context)
