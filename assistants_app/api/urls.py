"""URLs under /v1, in the order of the vendor's reference."""

from django.urls import path, re_path

from assistants_app.api.assistants import (
    assistants,
    files,
    models,
    runs,
    threads,
    uploads,
    vector_stores,
)
from assistants_app.api.http import methods, unknown_url

THREAD = "threads/<str:thread_id>"
MESSAGE = f"{THREAD}/messages/<str:message_id>"
RUN = f"{THREAD}/runs/<str:run_id>"
STORE = "vector_stores/<str:store_id>"
STORE_FILE = f"{STORE}/files/<str:file_id>"
BATCH = f"{STORE}/file_batches/<str:batch_id>"

urlpatterns = [
    path("files", methods(GET=files.list_, POST=files.create, beta=False)),
    path("files/<str:file_id>", methods(GET=files.retrieve, DELETE=files.delete, beta=False)),
    path("files/<str:file_id>/content", methods(GET=files.content, beta=False)),
    path("uploads", methods(POST=uploads.create, beta=False)),
    path("uploads/<str:upload_id>/parts", methods(POST=uploads.add_part, beta=False)),
    path("uploads/<str:upload_id>/complete", methods(POST=uploads.complete, beta=False)),
    path("uploads/<str:upload_id>/cancel", methods(POST=uploads.cancel, beta=False)),
    path("vector_stores", methods(GET=vector_stores.list_, POST=vector_stores.create, beta=False)),
    path(
        STORE,
        methods(
            GET=vector_stores.retrieve,
            POST=vector_stores.modify,
            DELETE=vector_stores.delete,
            beta=False,
        ),
    ),
    path(f"{STORE}/search", methods(POST=vector_stores.search, beta=False, acts=False)),
    path(
        f"{STORE}/files",
        methods(GET=vector_stores.list_files, POST=vector_stores.attach_file, beta=False),
    ),
    path(
        STORE_FILE,
        methods(
            GET=vector_stores.retrieve_file,
            POST=vector_stores.modify_file,
            DELETE=vector_stores.detach_file,
            beta=False,
        ),
    ),
    path(f"{STORE_FILE}/content", methods(GET=vector_stores.file_content, beta=False)),
    path(f"{STORE}/file_batches", methods(POST=vector_stores.create_batch, beta=False)),
    path(BATCH, methods(GET=vector_stores.retrieve_batch, beta=False)),
    path(f"{BATCH}/cancel", methods(POST=vector_stores.cancel_batch, beta=False)),
    path(f"{BATCH}/files", methods(GET=vector_stores.list_batch_files, beta=False)),
    path("models", methods(GET=models.list_, beta=False)),
    # Names of models may contain slashes.
    path("models/<path:model>", methods(GET=models.retrieve, beta=False)),
    path("assistants", methods(GET=assistants.list_, POST=assistants.create)),
    path(
        "assistants/<str:assistant_id>",
        methods(GET=assistants.retrieve, POST=assistants.modify, DELETE=assistants.delete),
    ),
    path("threads", methods(GET=threads.list_, POST=threads.create)),
    # Before the pattern of a thread, which would match it too.
    path("threads/runs", methods(POST=runs.create_with_thread)),
    path(THREAD, methods(GET=threads.retrieve, POST=threads.modify, DELETE=threads.delete)),
    path(f"{THREAD}/events", methods(GET=threads.events)),
    path(f"{THREAD}/messages", methods(GET=threads.list_messages, POST=threads.create_message)),
    path(
        MESSAGE,
        methods(
            GET=threads.retrieve_message,
            POST=threads.modify_message,
            DELETE=threads.delete_message,
        ),
    ),
    path(f"{THREAD}/runs", methods(GET=runs.list_, POST=runs.create)),
    path(RUN, methods(GET=runs.retrieve, POST=runs.modify)),
    path(f"{RUN}/cancel", methods(POST=runs.cancel)),
    path(f"{RUN}/submit_tool_outputs", methods(POST=runs.submit_tool_outputs)),
    path(f"{RUN}/steps", methods(GET=runs.list_steps)),
    path(f"{RUN}/steps/<str:step_id>", methods(GET=runs.retrieve_step)),
    re_path(r"^.*$", unknown_url),
]
