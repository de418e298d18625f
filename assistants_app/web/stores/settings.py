"""Changes to a vector store: its settings, its embedding model, and the files in it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.domain.embeddings import EmbeddingError
from assistants_app.domain.errors import ApiError, InvalidRequest, NotFound
from assistants_app.gateway.embedders import embed, embedder_of
from assistants_app.models import Project
from assistants_app.queries.stores.stores import (
    get_store,
    get_store_file,
    require_alive,
    retryable_files,
)
from assistants_app.services.project.direct_calls import metered_for_caller
from assistants_app.services.stores import requests as services
from assistants_app.services.stores.indexing import reindex_store
from assistants_app.web.http import nothing, project_view
from assistants_app.web.stores.context import (
    asked_files,
    attributes_context,
    files_context,
    reindex_context,
    settings_context,
)
from assistants_app.web.stores.forms import attach_body, pairs_of, rows_of, store_body, value_of
from assistants_app.wire.stores.stores import (
    FileBatchCreateParams,
    StoreFileCreateParams,
    StoreFileModifyParams,
    VectorStoreModifyParams,
)
from assistants_app.wire.validation import parse

REFUSED = 422
MODEL_NAME = 256  # characters


@project_view("POST", verb="update_store")
def settings(request: HttpRequest, project: Project, store_id: str) -> HttpResponse:
    """Change the store's name, expiry and metadata. Return the form, with errors if any."""
    store = get_store(project, store_id)
    try:
        params = parse(VectorStoreModifyParams, store_body(request.POST))
        store = services.update_store(project=project, store_id=store.id, params=params)
    except InvalidRequest as error:
        context = settings_context(project, store) | {
            "values": {
                "name": request.POST.get("name", ""),
                "days": request.POST.get("days", ""),
                "metadata": rows_of(request.POST, "metadata"),
            },
            "errors": {(error.param or "").partition(".")[0]: error.message},
        }
        return render(request, "stores/_settings.html", context, status=REFUSED)
    context = settings_context(project, store) | {"saved": True}
    return render(request, "stores/_settings.html", context)


@project_view("GET", "POST", verb={"GET": "read", "POST": "reindex_store"}, gone=nothing)
def reindex(request: HttpRequest, project: Project, store_id: str) -> HttpResponse:
    """GET: show the progress. POST: embed all files again with ``model``; searches continue to work
    in the meantime.
    """
    store = get_store(project, store_id)
    if request.method == "GET":
        context = reindex_context(project, store, request.GET)
        return render(request, "stores/_reindex.html", context)
    model = request.POST.get("model", "").strip()[:MODEL_NAME]
    try:
        require_alive(store)
        # A misspelled model or a stopped server should be an error here, not in every file.
        with metered_for_caller(project) as meter:
            embed(embedder_of(model), ["?"], "query", meter)
    except (ApiError, EmbeddingError) as error:
        context = reindex_context(project, store) | {"error": str(error), "chosen": model}
        return render(request, "stores/_reindex.html", context, status=REFUSED)
    reindex_store(store_id=store.id, model=model, everything=True)
    store.refresh_from_db()
    return render(request, "stores/_reindex.html", reindex_context(project, store))


@project_view("POST", verb="create_batch")
def retry(request: HttpRequest, project: Project, store_id: str, file_id: str) -> HttpResponse:
    """Index a failed or cancelled file again. Return the list of files."""
    store = get_store(project, store_id)
    return _index_again(request, project, store_id, [_existing_file_id(store, file_id)])


@project_view("POST", verb="create_batch")
def retry_failed(request: HttpRequest, project: Project, store_id: str) -> HttpResponse:
    """Index the failed files again that this can help. Return the list of files."""
    store = get_store(project, store_id)
    return _index_again(request, project, store_id, retryable_files(store))


@project_view("POST", verb="detach_failed")
def remove_failed(request: HttpRequest, project: Project, store_id: str) -> HttpResponse:
    """Remove all failed files from the store. Return the list of files."""
    services.detach_failed(project=project, store_id=store_id)
    context = files_context(project, get_store(project, store_id), request.GET)
    return render(request, "stores/_files.html", context)


def _index_again(
    request: HttpRequest, project: Project, store_id: str, file_ids: list[str]
) -> HttpResponse:
    problem = ""
    try:
        if file_ids:
            params = FileBatchCreateParams(file_ids=file_ids)
            services.create_batch(project=project, store_id=store_id, params=params)
    except ApiError as error:
        problem = error.message
    context = files_context(project, get_store(project, store_id), asked_files(request)) | {
        "problem": problem
    }
    return render(request, "stores/_files.html", context)


@project_view("POST", verb="update_attributes")
def file_settings(
    request: HttpRequest, project: Project, store_id: str, file_id: str
) -> HttpResponse:
    """Change a file's attributes in the store, and its chunk sizes if they are given. Return the
    form.
    """
    store = get_store(project, store_id)
    _existing_file_id(store, file_id)
    outcome: dict[str, Any] = {}
    try:
        attributes = pairs_of(request.POST, "attributes", value_of)
        sizes = parse(StoreFileCreateParams, attach_body(request.POST.dict(), file_id))
        params = parse(StoreFileModifyParams, {"attributes": attributes})
        services.update_attributes(
            project=project, store_id=store.id, file_id=file_id, params=params
        )
        # Attaching the file again is the API's way to change chunk sizes: it replaces the chunks.
        if sizes.chunking_strategy is not None:
            services.attach_file(project=project, store_id=store.id, params=sizes)
        outcome["saved"] = True
    except ApiError as error:
        outcome["errors"] = {(error.param or "attributes").partition(".")[0]: error.message}
        outcome["attributes"] = rows_of(request.POST, "attributes")
    # Read the row after the change, because new chunk sizes have set it to in_progress.
    row = get_store_file(store, file_id)
    context = attributes_context(project, store, row) | outcome
    return render(
        request, "stores/_attributes.html", context, status=REFUSED if "errors" in outcome else 200
    )


def _existing_file_id(store: Any, file_id: str) -> str:
    try:
        return get_store_file(store, file_id).file_id
    except ApiError as error:
        raise NotFound("file", file_id) from error
