"""Add the recorded example to a project, and remove it with its thread."""

from functools import partial

from django.db import transaction

from assistants_app.domain.configurations.origins import IMPORT
from assistants_app.events.publish import publish_past
from assistants_app.gateway.embedders import default_model
from assistants_app.models import (
    Assistant,
    AssistantDraft,
    AssistantVersion,
    Citation,
    File,
    Message,
    Project,
    ProviderCall,
    Run,
    RunStep,
    SessionFile,
    Thread,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.queries.files.use import (
    assistants_by_file,
    assistants_by_store,
    code_files,
    drafts_by_file,
    drafts_by_store,
    stores_by_file,
    threads_by_file,
)
from assistants_app.queries.stores.stores import store_ids
from assistants_app.queries.threads.threads import recorded_thread
from assistants_app.services.act import act
from assistants_app.services.acting import has_right
from assistants_app.services.files.quota import check_quota
from assistants_app.services.files.removal import remove_files
from assistants_app.services.files.stored_bytes import discard_bytes, store_bytes
from assistants_app.services.stores.attachments import attach_files
from assistants_app.services.threads.recorded_rows import Recording, fresh_recording
from assistants_app.wire.stores.stores import StoreFileCreateParams

LARGEST_FILE = 1024**2


def add_recorded_example(*, project: Project, model: str) -> Thread:
    """Add the recorded example, and return its thread. A project has it once.

    Its assistant gets `model`, so that it can answer more messages. Raises :class:`InvalidRequest`
    if the project has no space for the files.
    """
    if thread := recorded_thread(project):
        return thread
    recording = fresh_recording()
    for file_id, content in recording.contents.items():
        store_bytes(key=file_id, chunks=[content], limit=LARGEST_FILE)
    thread = None
    try:
        thread = _add_example(project=project, recording=recording, model=model)
    finally:
        if thread is None:
            discard_bytes(keys=recording.contents)
    # Somebody else may have added it in the meantime.
    return thread or recorded_thread(project) or add_recorded_example(project=project, model=model)


@act()
def _add_example(*, project: Project, recording: Recording, model: str) -> Thread | None:
    # This also locks the project, so that two requests at once don't both add the example.
    check_quota(project, sum(map(len, recording.contents.values())))
    if recorded_thread(project):
        return None
    File.objects.bulk_create(recording.rows(File, project=project))
    _insert_store(project, recording)
    _insert_assistant(project, recording, model)
    [thread] = Thread.objects.bulk_create(recording.rows(Thread, project=project, origin=IMPORT))
    runs = recording.rows(Run, project=project, origin=IMPORT, recorded=True)
    Run.objects.bulk_create(runs)
    Message.objects.bulk_create(recording.rows(Message))
    RunStep.objects.bulk_create(recording.rows(RunStep))
    ProviderCall.objects.bulk_create(recording.rows(ProviderCall))
    Citation.objects.bulk_create(recording.rows(Citation))
    SessionFile.objects.bulk_create(recording.rows(SessionFile))
    transaction.on_commit(partial(publish_past, thread.id, recording.events))
    return thread


def _insert_store(project: Project, recording: Recording) -> None:
    # Indexed here, because the embeddings depend on this site's model.
    rows = recording.rows(VectorStore, project=project, embedding_model=default_model())
    [store] = VectorStore.objects.bulk_create(rows)
    files = recording.rows(VectorStoreFile)
    attach_files(store, [StoreFileCreateParams(file_id=row.file_id) for row in files])


def _insert_assistant(project: Project, recording: Recording, model: str) -> None:
    Assistant.objects.bulk_create(recording.rows(Assistant, project=project, model=model))
    [version] = recording.rows(AssistantVersion, project=project, source="import")
    version.configuration["model"] = model
    version.save(force_insert=True)


def remove_with_thread(thread: Thread) -> None:
    """Delete the assistant, the vector store and the files that came with a recorded example.

    They stay if anything else uses them, or if who acts may not delete them. The thread is locked,
    and is deleted by the caller.
    """
    if not has_right("delete_assistant", "delete_store", "delete_file"):
        return
    run = Run.objects.filter(thread=thread, recorded=True, origin=IMPORT).first()
    if run is None or _is_used(run):
        return
    stores = VectorStore.objects.select_for_update().filter(
        project=run.project_id, pk__in=store_ids(run.tool_resources)
    )
    found = list(stores.order_by("pk"))
    ids = _file_ids(run)
    files = File.objects.select_for_update().filter(project=run.project_id, pk__in=ids)
    present = list(files.order_by("pk").values_list("pk", flat=True))
    remove_files(present)
    stores.filter(pk__in=[store.pk for store in found if not store.files.exists()]).delete()
    Assistant.objects.filter(project=run.project_id, pk=run.assistant_id).delete()
    AssistantVersion.objects.filter(project=run.project_id, assistant_id=run.assistant_id).delete()


def _file_ids(run: Run) -> list[str]:
    """Return the IDs of the files that the run was given or has made."""
    in_stores = VectorStoreFile.objects.filter(store__in=store_ids(run.tool_resources))
    made = SessionFile.objects.filter(thread=run.thread_id, made_by_run_id=run.id)
    return [
        *code_files(run.tool_resources),
        *in_stores.values_list("file_id", flat=True),
        *made.values_list("file_id", flat=True),
    ]


def _is_used(run: Run) -> bool:
    """Return whether something other than the run's thread refers to what came with the run."""
    project, files = run.project, _file_ids(run)
    stores = set(store_ids(run.tool_resources))
    answers = Run.objects.filter(project=project, assistant_id=run.assistant_id)
    published = Assistant.objects.filter(project=project, pk=run.assistant_id, version_number__gt=1)
    users = [
        assistant.id
        for used, keys in (
            (assistants_by_store(project), stores),
            (assistants_by_file(project), files),
        )
        for key in keys
        for assistant in used.get(key, [])
    ]
    drafts = [
        draft.assistant_id
        for used, keys in ((drafts_by_store(project), stores), (drafts_by_file(project), files))
        for key in keys
        for draft in used.get(key, [])
    ]
    holders = [store.id for found in stores_by_file(project, files).values() for store in found]
    threads = [one for found in threads_by_file(project, files).values() for one in found]
    return (
        answers.exclude(thread=run.thread_id).exists()
        or Thread.objects.filter(project=project, forked_from_id=run.thread_id).exists()
        or published.exists()
        or AssistantDraft.objects.filter(assistant=run.assistant_id).exists()
        or bool({*users, *drafts} - {run.assistant_id})
        or bool({*holders} - stores)
        or bool({*threads} - {run.thread_id})
    )
