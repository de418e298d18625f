"""URLs under /v1, in the order of the vendor's reference."""

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
from assistants_app.api.router import Router, route

THREAD = "threads/{thread_id}"
MESSAGE = f"{THREAD}/messages/{{message_id}}"
RUN = f"{THREAD}/runs/{{run_id}}"
STORE = "vector_stores/{store_id}"
STORE_FILE = f"{STORE}/files/{{file_id}}"
BATCH = f"{STORE}/file_batches/{{batch_id}}"

router = Router(
    [
        # A call of an endpoint changes nothing here, so it may be repeated.
        (
            "chat/completions",
            route(POST=direct.chat_completions, beta=False, acts=False, waits=("POST",)),
        ),
        ("embeddings", route(POST=direct.embeddings, beta=False, acts=False, waits=("POST",))),
        ("files", route(GET=files.list_, POST=files.create, beta=False, waits=("POST",))),
        (
            "files/{file_id}",
            route(GET=files.retrieve, DELETE=files.delete, beta=False, waits=("DELETE",)),
        ),
        ("files/{file_id}/content", route(GET=files.content, beta=False, waits=("GET",))),
        ("uploads", route(POST=uploads.create, beta=False)),
        ("uploads/{upload_id}/parts", route(POST=uploads.add_part, beta=False, waits=("POST",))),
        ("uploads/{upload_id}/complete", route(POST=uploads.complete, beta=False, waits=("POST",))),
        ("uploads/{upload_id}/cancel", route(POST=uploads.cancel, beta=False)),
        ("vector_stores", route(GET=vector_stores.list_, POST=vector_stores.create, beta=False)),
        (
            STORE,
            route(
                GET=vector_stores.retrieve,
                POST=vector_stores.modify,
                DELETE=vector_stores.delete,
                beta=False,
            ),
        ),
        (
            f"{STORE}/search",
            route(POST=vector_stores.search, beta=False, acts=False, waits=("POST",)),
        ),
        (
            f"{STORE}/files",
            route(GET=vector_stores.list_files, POST=vector_stores.attach_file, beta=False),
        ),
        (
            STORE_FILE,
            route(
                GET=vector_stores.retrieve_file,
                POST=vector_stores.modify_file,
                DELETE=vector_stores.detach_file,
                beta=False,
            ),
        ),
        (f"{STORE_FILE}/content", route(GET=vector_stores.file_content, beta=False)),
        (f"{STORE}/file_batches", route(POST=vector_stores.create_batch, beta=False)),
        (BATCH, route(GET=vector_stores.retrieve_batch, beta=False)),
        (f"{BATCH}/cancel", route(POST=vector_stores.cancel_batch, beta=False)),
        (f"{BATCH}/files", route(GET=vector_stores.list_batch_files, beta=False)),
        ("models", route(GET=models.list_, beta=False, waits=("GET",))),
        # Names of models may contain slashes.
        ("models/{model...}", route(GET=models.retrieve, beta=False, waits=("GET",))),
        ("assistants", route(GET=assistants.list_, POST=assistants.create)),
        (
            "assistants/{assistant_id}",
            route(GET=assistants.retrieve, POST=assistants.modify, DELETE=assistants.delete),
        ),
        ("threads", route(GET=threads.list_, POST=threads.create)),
        ("threads/runs", route(POST=runs.create_with_thread, drives=True)),
        (THREAD, route(GET=threads.retrieve, POST=threads.modify, DELETE=threads.delete)),
        (f"{THREAD}/events", route(GET=threads.events)),
        (f"{THREAD}/messages", route(GET=threads.list_messages, POST=threads.create_message)),
        (
            MESSAGE,
            route(
                GET=threads.retrieve_message,
                POST=threads.modify_message,
                DELETE=threads.delete_message,
            ),
        ),
        (f"{THREAD}/runs", route(GET=runs.list_, POST=runs.create, drives=True)),
        (RUN, route(GET=runs.retrieve, POST=runs.modify)),
        (f"{RUN}/cancel", route(POST=runs.cancel)),
        (f"{RUN}/submit_tool_outputs", route(POST=runs.submit_tool_outputs, drives=True)),
        (f"{RUN}/steps", route(GET=runs.list_steps)),
        (f"{RUN}/steps/{{step_id}}", route(GET=runs.retrieve_step)),
    ]
)
