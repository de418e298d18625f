"""URLs under /v1, in the order of the vendor's reference, then our own."""

from assistants_app.api.assistants import (
    assistants,
    files,
    models,
    runs,
    threads,
    uploads,
    vector_stores,
)
from assistants_app.api.direct import views as direct
from assistants_app.api.experiments import experiments
from assistants_app.api.router import Router, route

READ = "read"
THREAD = "threads/{thread_id}"
MESSAGE = f"{THREAD}/messages/{{message_id}}"
RUN = f"{THREAD}/runs/{{run_id}}"
STORE = "vector_stores/{store_id}"
STORE_FILE = f"{STORE}/files/{{file_id}}"
BATCH = f"{STORE}/file_batches/{{batch_id}}"
EXPERIMENTS = "playground/experiments"
EXPERIMENT = f"{EXPERIMENTS}/{{experiment_id}}"

router = Router(
    [
        # A call of an endpoint changes nothing here, so it may be repeated.
        (
            "chat/completions",
            route(
                POST=("call_model", direct.chat_completions),
                beta=False,
                acts=False,
                waits=("POST",),
            ),
        ),
        (
            "embeddings",
            route(POST=("call_model", direct.embeddings), beta=False, acts=False, waits=("POST",)),
        ),
        (
            "files",
            route(
                GET=(READ, files.list_),
                POST=("create_file", files.create),
                beta=False,
                waits=("POST",),
            ),
        ),
        (
            "files/{file_id}",
            route(
                GET=(READ, files.retrieve),
                DELETE=("delete_file", files.delete),
                beta=False,
                waits=("DELETE",),
            ),
        ),
        ("files/{file_id}/content", route(GET=(READ, files.content), beta=False, waits=("GET",))),
        ("uploads", route(POST=("create_upload", uploads.create), beta=False)),
        (
            "uploads/{upload_id}/parts",
            route(POST=("add_part", uploads.add_part), beta=False, waits=("POST",)),
        ),
        (
            "uploads/{upload_id}/complete",
            route(POST=("complete_upload", uploads.complete), beta=False, waits=("POST",)),
        ),
        ("uploads/{upload_id}/cancel", route(POST=("cancel_upload", uploads.cancel), beta=False)),
        (
            "vector_stores",
            route(
                GET=(READ, vector_stores.list_),
                POST=("create_store", vector_stores.create),
                beta=False,
            ),
        ),
        (
            STORE,
            route(
                GET=(READ, vector_stores.retrieve),
                POST=("update_store", vector_stores.modify),
                DELETE=("delete_store", vector_stores.delete),
                beta=False,
            ),
        ),
        (
            f"{STORE}/search",
            route(POST=(READ, vector_stores.search), beta=False, acts=False, waits=("POST",)),
        ),
        (
            f"{STORE}/files",
            route(
                GET=(READ, vector_stores.list_files),
                POST=("attach_file", vector_stores.attach_file),
                beta=False,
            ),
        ),
        (
            STORE_FILE,
            route(
                GET=(READ, vector_stores.retrieve_file),
                POST=("update_attributes", vector_stores.modify_file),
                DELETE=("detach_file", vector_stores.detach_file),
                beta=False,
            ),
        ),
        (f"{STORE_FILE}/content", route(GET=(READ, vector_stores.file_content), beta=False)),
        (
            f"{STORE}/file_batches",
            route(POST=("create_batch", vector_stores.create_batch), beta=False),
        ),
        (BATCH, route(GET=(READ, vector_stores.retrieve_batch), beta=False)),
        (f"{BATCH}/cancel", route(POST=("cancel_batch", vector_stores.cancel_batch), beta=False)),
        (f"{BATCH}/files", route(GET=(READ, vector_stores.list_batch_files), beta=False)),
        ("models", route(GET=(READ, models.list_), beta=False, waits=("GET",))),
        # Names of models may contain slashes.
        ("models/{model...}", route(GET=(READ, models.retrieve), beta=False, waits=("GET",))),
        (
            "assistants",
            route(GET=(READ, assistants.list_), POST=("create_assistant", assistants.create)),
        ),
        (
            "assistants/{assistant_id}",
            route(
                GET=(READ, assistants.retrieve),
                POST=("update_assistant", assistants.modify),
                DELETE=("delete_assistant", assistants.delete),
            ),
        ),
        ("threads", route(GET=(READ, threads.list_), POST=("create_thread", threads.create))),
        ("threads/runs", route(POST=("create_thread_and_run", runs.create_with_thread))),
        (
            THREAD,
            route(
                GET=(READ, threads.retrieve),
                POST=("update_thread", threads.modify),
                DELETE=("delete_thread", threads.delete),
            ),
        ),
        (f"{THREAD}/events", route(GET=(READ, threads.events))),
        (
            f"{THREAD}/messages",
            route(
                GET=(READ, threads.list_messages), POST=("create_message", threads.create_message)
            ),
        ),
        (
            MESSAGE,
            route(
                GET=(READ, threads.retrieve_message),
                POST=("update_message", threads.modify_message),
                DELETE=("delete_message", threads.delete_message),
            ),
        ),
        (f"{THREAD}/runs", route(GET=(READ, runs.list_), POST=("create_run", runs.create))),
        (RUN, route(GET=(READ, runs.retrieve), POST=("update_run", runs.modify))),
        (f"{RUN}/cancel", route(POST=("cancel_run", runs.cancel))),
        (
            f"{RUN}/submit_tool_outputs",
            route(POST=("submit_tool_outputs", runs.submit_tool_outputs)),
        ),
        (f"{RUN}/steps", route(GET=(READ, runs.list_steps))),
        (f"{RUN}/steps/{{step_id}}", route(GET=(READ, runs.retrieve_step))),
        (
            EXPERIMENTS,
            route(
                GET=(READ, experiments.list_),
                POST=("create_experiment", experiments.create),
                beta=False,
                # A list of models may have to be fetched.
                waits=("POST",),
            ),
        ),
        (EXPERIMENT, route(GET=(READ, experiments.retrieve), beta=False)),
        (
            f"{EXPERIMENT}/cancel",
            route(POST=("cancel_experiment", experiments.cancel), beta=False),
        ),
        (f"{EXPERIMENT}/budget", route(POST=("raise_budget", experiments.raise_), beta=False)),
        (f"{EXPERIMENT}/results", route(GET=(READ, experiments.results), beta=False)),
    ]
)
