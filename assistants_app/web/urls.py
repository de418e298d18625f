"""URLs of the site."""

from django.urls import path

from assistants_app.web import (
    accounts,
    assistants,
    drafts,
    endpoints,
    exchange,
    forks,
    playground,
    thread_list,
    threads,
    versions,
)

PROJECT = "p/<str:project_id>"
ASSISTANT = f"{PROJECT}/assistants/<str:assistant_id>"
THREAD = f"{PROJECT}/threads/<str:thread_id>"

urlpatterns = [
    path("", playground.home, name="home"),
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("sign-in/<str:token>/", accounts.use_sign_in_link, name="use_sign_in_link"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
    path(f"{PROJECT}/playground/", playground.playground, name="playground"),
    path(f"{PROJECT}/assistants/", assistants.assistants, name="assistants"),
    path(f"{PROJECT}/assistants/import/", exchange.import_, name="import_assistants"),
    path(f"{PROJECT}/assistants/<str:assistant_id>/", assistants.assistant, name="assistant"),
    path(
        f"{PROJECT}/assistants/<str:assistant_id>/delete/",
        assistants.delete,
        name="delete_assistant",
    ),
    path(f"{ASSISTANT}/clone/", exchange.clone, name="clone_assistant"),
    path(f"{ASSISTANT}/export/<str:kind>/", exchange.export, name="export_assistant"),
    path(f"{ASSISTANT}/versions/", versions.index, name="versions"),
    path(f"{ASSISTANT}/versions/compare/", versions.compare, name="compare_versions"),
    path(f"{ASSISTANT}/versions/<int:old>/diff/<int:new>/", versions.diff, name="version_diff"),
    path(f"{ASSISTANT}/versions/<int:number>/restore/", versions.restore, name="restore_version"),
    path(f"{ASSISTANT}/draft/", drafts.draft, name="draft"),
    path(f"{ASSISTANT}/draft/diff/", drafts.diff, name="draft_diff"),
    path(f"{ASSISTANT}/draft/discard/", drafts.discard, name="discard_draft"),
    path(f"{ASSISTANT}/draft/rebase/", drafts.rebase, name="rebase_draft"),
    path(f"{ASSISTANT}/draft/publish/", drafts.publish, name="publish_draft"),
    # One address with two names: GET is the page, POST starts a thread.
    path(f"{PROJECT}/threads/", thread_list.index, name="threads"),
    path(f"{PROJECT}/threads/", thread_list.index, name="start_thread"),
    path(f"{PROJECT}/threads/export/", thread_list.export, name="export_threads"),
    path(f"{PROJECT}/threads/delete/", thread_list.delete, name="delete_threads"),
    path(f"{THREAD}/fork/", forks.fork, name="fork_thread"),
    path(f"{THREAD}/clear/", forks.clear, name="clear_thread"),
    path(f"{THREAD}/tree/", forks.tree, name="thread_tree"),
    path(f"{THREAD}/context/", forks.context, name="thread_context"),
    path(f"{THREAD}/export/<str:kind>/", forks.export, name="export_thread"),
    path(f"{THREAD}/messages/<str:message_id>/edit/", forks.edit, name="edit_message"),
    path(f"{THREAD}/messages/<str:message_id>/copy/", forks.copy, name="copy_message"),
    path(f"{THREAD}/messages/", threads.send, name="send_message"),
    path(f"{THREAD}/delete/", threads.delete, name="delete_thread"),
    path(f"{THREAD}/runs/<str:run_id>/log/", threads.run_log, name="run_log"),
    path(f"{THREAD}/runs/<str:run_id>/cancel/", threads.cancel, name="cancel_run"),
    path(f"{THREAD}/runs/<str:run_id>/outputs/", threads.submit_outputs, name="submit_outputs"),
    path(f"{THREAD}/runs/<str:run_id>/retry/", threads.retry, name="retry_run"),
    path(f"{PROJECT}/models/", endpoints.models, name="models"),
    path(f"{PROJECT}/endpoints/", endpoints.endpoints, name="endpoints"),
    path(
        f"{PROJECT}/endpoints/<str:endpoint_id>/delete/", endpoints.delete, name="delete_endpoint"
    ),
]
