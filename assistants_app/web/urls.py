"""URLs of the site."""

from django.urls import path

from assistants_app.web import (
    accounts,
    assistants,
    citations,
    code,
    endpoints,
    files,
    playground,
    stores,
    threads,
)

PROJECT = "p/<str:project_id>"
THREAD = f"{PROJECT}/threads/<str:thread_id>"

CITATION = f"{THREAD}/citations/<int:number>/<int:place>"
STORE = f"{PROJECT}/vector-stores/<str:store_id>"

urlpatterns = [
    path("", playground.home, name="home"),
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("sign-in/<str:token>/", accounts.use_sign_in_link, name="use_sign_in_link"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
    path(f"{PROJECT}/playground/", playground.playground, name="playground"),
    path(f"{PROJECT}/assistants/", assistants.assistants, name="assistants"),
    path(f"{PROJECT}/assistants/<str:assistant_id>/", assistants.assistant, name="assistant"),
    path(
        f"{PROJECT}/assistants/<str:assistant_id>/delete/",
        assistants.delete,
        name="delete_assistant",
    ),
    path(f"{PROJECT}/threads/", threads.start, name="start_thread"),
    path(f"{THREAD}/messages/", threads.send, name="send_message"),
    path(f"{THREAD}/delete/", threads.delete, name="delete_thread"),
    path(f"{THREAD}/runs/<str:run_id>/log/", threads.run_log, name="run_log"),
    path(f"{THREAD}/runs/<str:run_id>/cancel/", threads.cancel, name="cancel_run"),
    path(f"{THREAD}/runs/<str:run_id>/outputs/", threads.submit_outputs, name="submit_outputs"),
    path(f"{THREAD}/runs/<str:run_id>/retry/", threads.retry, name="retry_run"),
    path(f"{THREAD}/code/<str:step_id>/<int:index>/", code.edit_code, name="edit_code"),
    path(f"{CITATION}/", citations.citation, name="citation"),
    path(f"{CITATION}/passage", citations.passage, name="passage"),
    path(f"{THREAD}/session/", code.session, name="session"),
    path(f"{THREAD}/session/content", code.session_content, name="session_content"),
    path(f"{THREAD}/session/preview", code.session_preview, name="session_preview"),
    path(f"{THREAD}/files/", citations.thread_files, name="thread_files"),
    path(f"{PROJECT}/files/", files.files, name="files"),
    path(f"{PROJECT}/files/<str:file_id>/delete/", files.delete, name="delete_file"),
    path(f"{PROJECT}/files/<str:file_id>/content", files.content, name="file_content"),
    path(f"{PROJECT}/files/<str:file_id>/preview", files.preview, name="file_preview"),
    path(f"{PROJECT}/vector-stores/", stores.stores, name="vector_stores"),
    path(f"{PROJECT}/search-panel/", stores.search_panel, name="search_panel"),
    path(f"{STORE}/", stores.store, name="vector_store"),
    path(f"{STORE}/delete/", stores.delete, name="delete_store"),
    path(f"{STORE}/search/", stores.try_query, name="try_query"),
    path(f"{STORE}/files/", stores.store_files, name="store_files"),
    path(f"{STORE}/files/<str:file_id>/", stores.store_file, name="store_file"),
    path(f"{STORE}/files/<str:file_id>/remove/", stores.detach, name="detach_file"),
    path(f"{PROJECT}/models/", endpoints.models, name="models"),
    path(f"{PROJECT}/endpoints/", endpoints.endpoints, name="endpoints"),
    path(
        f"{PROJECT}/endpoints/<str:endpoint_id>/delete/", endpoints.delete, name="delete_endpoint"
    ),
]
