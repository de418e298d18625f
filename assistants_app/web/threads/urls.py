"""URLs of threads, messages and runs, relative to the site's root."""

from django.urls import path

from assistants_app.web.threads import (
    beside,
    citations,
    code,
    column,
    divergence,
    forks,
    messages,
    page,
    reading,
    run_log,
    tool_outputs,
    trace,
    view_code,
)
from assistants_app.web.threads import list as thread_list

PROJECT = "p/<str:project_id>"
THREAD = f"{PROJECT}/threads/<str:thread_id>"
MESSAGE = f"{THREAD}/messages/<str:message_id>"
CITATION = f"{THREAD}/citations/<int:number>/<int:place>"
THREAD_RUN = f"{THREAD}/runs/<str:run_id>"
RUN = f"{PROJECT}/runs/<str:run_id>"

urlpatterns = [
    path(f"{PROJECT}/threads/", thread_list.index, name="threads"),
    path(f"{PROJECT}/threads/column/", column.column, name="thread_column"),
    path(f"{PROJECT}/threads/export/", thread_list.export, name="export_threads"),
    path(f"{PROJECT}/threads/delete/", thread_list.delete, name="delete_threads"),
    path(f"{THREAD}/fork/", forks.fork, name="fork_thread"),
    path(f"{THREAD}/repeat/", beside.repeat, name="repeat"),
    path(f"{THREAD}/beside/<str:other_id>/", beside.beside, name="beside"),
    path(f"{THREAD}/clear/", forks.clear, name="clear_thread"),
    path(f"{THREAD}/tree/", forks.tree, name="thread_tree"),
    path(f"{THREAD}/context/", forks.context, name="thread_context"),
    path(f"{THREAD}/export/<str:kind>/", forks.export, name="export_thread"),
    path(f"{THREAD}/part/", reading.part, name="thread_part"),
    path(f"{THREAD}/find/", reading.find, name="find_in_thread"),
    path(f"{THREAD}/title/", page.rename, name="rename_thread"),
    path(f"{THREAD}/rename/", thread_list.rename, name="rename_listed_thread"),
    path(f"{THREAD}/frame/", page.frame, name="thread_frame"),
    path(f"{THREAD}/messages/", page.send, name="send_message"),
    path(f"{THREAD}/delete/", page.delete, name="delete_thread"),
    path(f"{MESSAGE}/edit/", forks.edit, name="edit_message"),
    path(f"{MESSAGE}/copy/", forks.copy, name="copy_message"),
    path(f"{MESSAGE}/rerun/", messages.rerun, name="rerun_message"),
    path(f"{MESSAGE}/json/", messages.raw, name="message_json"),
    path(f"{MESSAGE}/text/", messages.text, name="message_text"),
    path(f"{MESSAGE}/delete/", messages.delete, name="delete_message"),
    path(f"{THREAD_RUN}/log/", page.run_log, name="run_log"),
    path(f"{THREAD_RUN}/cancel/", page.cancel, name="cancel_run"),
    path(f"{THREAD_RUN}/send/", page.send_held, name="send_held_run"),
    path(f"{THREAD_RUN}/outputs/", tool_outputs.submit_outputs, name="submit_outputs"),
    path(f"{THREAD_RUN}/output/", tool_outputs.prepare_output, name="prepare_output"),
    path(f"{THREAD_RUN}/retry/", messages.retry, name="retry_run"),
    path(f"{THREAD}/code/<str:step_id>/<int:index>/", code.edit_code, name="edit_code"),
    path(f"{THREAD}/code/stop/", code.stop_code, name="stop_code"),
    path(f"{CITATION}/", citations.citation, name="citation"),
    # static/js/threads/citations.js appends "text/" to the citation's own path.
    path(f"{CITATION}/text/", citations.cited_text, name="cited_text"),
    path(f"{THREAD}/session/", code.session, name="session"),
    path(f"{THREAD}/session/content/", code.session_content, name="session_content"),
    path(f"{THREAD}/session/preview/", code.session_preview, name="session_preview"),
    path(f"{THREAD}/files/", citations.thread_files, name="thread_files"),
    path(f"{RUN}/", trace.trace, name="run_trace"),
    path(f"{RUN}/events/", trace.events, name="run_events"),
    path(f"{RUN}/apart/<str:other_run_id>/", divergence.divergence, name="divergence"),
    path(f"{RUN}/steps/<str:step_id>/", run_log.step, name="run_step"),
    path(f"{RUN}/calls/<str:call_id>/", run_log.call, name="run_call"),
    path(f"{RUN}/log/events/", run_log.log_events, name="log_events"),
    path(f"{RUN}/log/calls/", run_log.log_calls, name="log_calls"),
    path(f"{PROJECT}/code/", view_code.view_code, name="view_code"),
]
