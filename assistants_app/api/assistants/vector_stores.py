"""/v1/vector_stores, the files in them and batches of files"""

from typing import Any

from django.utils import timezone

from assistants_app.api.request import ApiRequest
from assistants_app.gateway.query_rewriting import rewrite_questions
from assistants_app.models import FileBatch, VectorStore
from assistants_app.queries.stores import stores as queries
from assistants_app.services.project.direct_calls import metered_for_caller
from assistants_app.services.stores import requests as services
from assistants_app.services.stores.search import search_stores
from assistants_app.wire.common import deleted_object, list_object
from assistants_app.wire.lists import page_params, status_filter
from assistants_app.wire.stores.search import SearchParams, results_page
from assistants_app.wire.stores.stores import (
    FileBatchCreateParams,
    StoreFileCreateParams,
    StoreFileModifyParams,
    VectorStoreCreateParams,
    VectorStoreModifyParams,
    content_object,
    file_batch_object,
    store_file_object,
    store_object,
)


def create(request: ApiRequest) -> dict[str, Any]:
    params = request.params(VectorStoreCreateParams)
    return _store_object(services.create_store(project=request.project, params=params))


def list_(request: ApiRequest) -> dict[str, Any]:
    page = queries.list_stores(request.project, page_params(request.query))
    # One query counts the files of all stores on the page.
    counts = queries.counts_of_stores(store.id for store in page.items)
    now = timezone.now()
    stores = [store_object(store, counts[store.id], now) for store in page.items]
    return list_object(stores, has_more=page.has_more)


def retrieve(request: ApiRequest, store_id: str) -> dict[str, Any]:
    return _store_object(queries.get_store(request.project, store_id))


def modify(request: ApiRequest, store_id: str) -> dict[str, Any]:
    params = request.params(VectorStoreModifyParams)
    store = services.update_store(project=request.project, store_id=store_id, params=params)
    return _store_object(store)


def delete(request: ApiRequest, store_id: str) -> dict[str, Any]:
    services.delete_store(project=request.project, store_id=store_id)
    return deleted_object("vector_store", store_id)


def search(request: ApiRequest, store_id: str) -> dict[str, Any]:
    params = request.params(SearchParams)
    store = queries.require_alive(queries.get_store(request.project, store_id))
    questions = params.queries()
    # The results then show the rewritten queries: the vendor's `search_query` is "the query used".
    with metered_for_caller(request.project) as meter:
        if params.rewrite_query:
            questions = rewrite_questions(
                project_id=request.project.id, questions=questions, meter=meter
            )
        hits = search_stores(
            stores=[store], questions=questions, options=params.options(), meter=meter
        )
    return results_page(questions, hits)


def attach_file(request: ApiRequest, store_id: str) -> dict[str, Any]:
    params = request.params(StoreFileCreateParams)
    row = services.attach_file(project=request.project, store_id=store_id, params=params)
    return store_file_object(row)


def list_files(request: ApiRequest, store_id: str) -> dict[str, Any]:
    return _list_files(request, queries.get_store(request.project, store_id))


def retrieve_file(request: ApiRequest, store_id: str, file_id: str) -> dict[str, Any]:
    store = queries.get_store(request.project, store_id)
    return store_file_object(queries.get_store_file(store, file_id))


def modify_file(request: ApiRequest, store_id: str, file_id: str) -> dict[str, Any]:
    params = request.params(StoreFileModifyParams)
    row = services.update_attributes(
        project=request.project, store_id=store_id, file_id=file_id, params=params
    )
    return store_file_object(row)


def detach_file(request: ApiRequest, store_id: str, file_id: str) -> dict[str, Any]:
    services.detach_file(project=request.project, store_id=store_id, file_id=file_id)
    return deleted_object("vector_store.file", file_id)


def file_content(request: ApiRequest, store_id: str, file_id: str) -> dict[str, Any]:
    store = queries.get_store(request.project, store_id)
    return content_object(queries.file_text(queries.get_store_file(store, file_id)))


def create_batch(request: ApiRequest, store_id: str) -> dict[str, Any]:
    params = request.params(FileBatchCreateParams)
    batch = services.create_batch(project=request.project, store_id=store_id, params=params)
    return _batch_object(batch)


def retrieve_batch(request: ApiRequest, store_id: str, batch_id: str) -> dict[str, Any]:
    store = queries.get_store(request.project, store_id)
    return _batch_object(queries.get_batch(store, batch_id))


def cancel_batch(request: ApiRequest, store_id: str, batch_id: str) -> dict[str, Any]:
    batch = services.cancel_batch(project=request.project, store_id=store_id, batch_id=batch_id)
    return _batch_object(batch)


def list_batch_files(request: ApiRequest, store_id: str, batch_id: str) -> dict[str, Any]:
    store = queries.get_store(request.project, store_id)
    return _list_files(request, store, queries.get_batch(store, batch_id))


def _store_object(store: VectorStore) -> dict[str, Any]:
    return store_object(store, queries.counts_of_stores([store.id])[store.id], timezone.now())


def _batch_object(batch: FileBatch) -> dict[str, Any]:
    return file_batch_object(batch, queries.counts_of_batches([batch.id])[batch.id])


def _list_files(
    request: ApiRequest, store: VectorStore, batch: FileBatch | None = None
) -> dict[str, Any]:
    page = queries.list_store_files(
        store, page_params(request.query), status=status_filter(request.query), batch=batch
    )
    return list_object([store_file_object(row) for row in page.items], has_more=page.has_more)
