"""URLs of vector stores, relative to the site's root."""

from django.urls import path

from assistants_app.web.stores import list as store_list
from assistants_app.web.stores import page, settings

PROJECT = "p/<str:project_id>"
STORE = f"{PROJECT}/vector-stores/<str:store_id>"
STORE_FILE = f"{STORE}/files/<str:file_id>"

urlpatterns = [
    path(f"{PROJECT}/vector-stores/", store_list.stores, name="vector_stores"),
    path(f"{PROJECT}/search-panel/", store_list.search_panel, name="search_panel"),
    path(f"{STORE}/", page.store, name="vector_store"),
    path(f"{STORE}/delete/", page.delete, name="delete_store"),
    path(f"{STORE}/settings/", settings.settings, name="store_settings"),
    path(f"{STORE}/reindex/", settings.reindex, name="reindex_store"),
    path(f"{STORE}/retry/", settings.retry_failed, name="retry_failed"),
    path(f"{STORE}/remove-failed/", settings.remove_failed, name="remove_failed"),
    path(f"{STORE}/search/", page.try_query, name="try_query"),
    path(f"{STORE}/files/", page.store_files, name="store_files"),
    path(f"{STORE_FILE}/", page.store_file, name="store_file"),
    path(f"{STORE_FILE}/retry/", settings.retry, name="retry_file"),
    path(f"{STORE_FILE}/settings/", settings.file_settings, name="store_file_settings"),
    path(f"{STORE_FILE}/remove/", page.detach, name="detach_file"),
]
