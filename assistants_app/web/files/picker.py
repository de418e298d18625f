"""The dialog that adds existing files of the project to a form or to a vector store."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.domain.errors import ApiError
from assistants_app.domain.lists import PageParams
from assistants_app.models import Project
from assistants_app.queries.files.files import get_file, list_files
from assistants_app.queries.files.use import stores_by_file
from assistants_app.queries.stores.stores import get_store, require_alive
from assistants_app.services.stores import requests as vector_stores
from assistants_app.web.http import project_view
from assistants_app.web.stores.context import files_context
from assistants_app.wire.stores.stores import StoreFileCreateParams
from assistants_app.wire.validation import parse

SHOWN_FILES = 50
PICKED = "filepicked"  # the event on which the form updates its number of files


@project_view("GET", "POST", verb="attach_file")
def pick(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: list files whose names contain ``q``. POST: add the file ``pick`` to the vector store
    ``store``, or, without a store, to the form of the code interpreter. ``file`` lists the files
    that the form already has.
    """
    given = request.POST if request.method == "POST" else request.GET
    store = get_store(project, given["store"]) if given.get("store") else None
    held = set(given.getlist("file"))
    context: dict[str, Any] = {"project": project, "store": store, "q": given.get("q", "")}
    if request.method == "POST":
        try:
            picked = get_file(project, given.get("pick", ""))
            if store:
                require_alive(store)
                params = parse(StoreFileCreateParams, {"file_id": picked.id})
                vector_stores.attach_file(project=project, store_id=store.id, params=params)
                context |= files_context(project, store)
            context["picked"] = picked
            held.add(picked.id)
        except ApiError as error:
            context["error"] = error.message
    name = context["q"].strip()
    files = list_files(project, PageParams(limit=SHOWN_FILES), name=name).items
    if store:
        stores = stores_by_file(project, [file.id for file in files])
        held = {key for key, values in stores.items() if store.id in {one.id for one in values}}
    # Don't offer files that the form or the store already has.
    context["files"] = [file for file in files if file.id not in held]
    answer = render(request, "files/_picker.html", context)
    if "picked" in context and not store:
        answer["HX-Trigger"] = PICKED
    return answer
