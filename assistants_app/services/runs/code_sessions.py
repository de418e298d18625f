"""What the code interpreter leaves behind: its sessions, and the files that code wrote."""

import mimetypes
from collections.abc import Iterable

from django.db import transaction

from assistants_app.domain import limits
from assistants_app.domain.ids import new_id
from assistants_app.models import CodeSession, File, Project, Run, SessionFile
from assistants_app.services.files.quota import check_quota
from assistants_app.services.files.stored_bytes import discard_bytes, store_bytes
from assistants_app.storage.byte_store import Stored

PURPOSE = "assistants_output"


@transaction.atomic(durable=True)
def record_session(*, run: Run, new: bool) -> bool:
    """The run's code ran in the thread's session, a `new` one or not; whether the thread had one
    before that is lost, and the model does not know. What a person began is the run's from now on.
    """
    sessions = CodeSession.objects.filter(thread_id=run.thread_id)
    newest = sessions.order_by("pk").last()
    if new:
        CodeSession.objects.create(thread_id=run.thread_id, run_id=run.id)
        return newest is not None
    if newest is None or newest.run_id:
        return False
    newest.run_id = run.id
    newest.save(update_fields=["run_id"])
    return sessions.exclude(pk=newest.pk).exists()


@transaction.atomic(durable=True)
def record_session_of_person(*, thread_id: str) -> None:
    """A person's code began a session of the thread."""
    CodeSession.objects.create(thread_id=thread_id, run_id="")


@transaction.atomic(durable=True)
def record_inputs(*, thread_id: str, files: dict[str, File]) -> None:
    """These files lie in the thread's session, by name."""
    known = set(
        SessionFile.objects.filter(thread_id=thread_id, name__in=files).values_list("name", "file")
    )
    for name, file in files.items():
        if (name, file.id) not in known:
            _lies_there(thread_id, name, file, "")


def save_output_file(*, run: Run, name: str, filename: str, chunks: Iterable[bytes]) -> File:
    """Keep what code wrote as a file of the project. `name`: where it lies below /mnt/data, empty
    for a figure that lies nowhere. Raises ``ApiError`` when it is too large or the project is full.
    """
    file_id = new_id("file", "-")
    stored = store_bytes(key=file_id, chunks=chunks, limit=limits.FILE_BYTES)
    try:
        return _create(run, file_id, stored, name, filename)
    except BaseException:
        discard_bytes(keys=[file_id])
        raise


@transaction.atomic(durable=True)
def _create(run: Run, file_id: str, stored: Stored, name: str, filename: str) -> File:
    project = Project(pk=run.project_id)
    check_quota(project, stored.size)
    file = File.objects.create(
        id=file_id,
        project=project,
        filename=filename,
        purpose=PURPOSE,
        mime_type=mimetypes.guess_type(filename)[0] or "application/octet-stream",
        bytes=stored.size,
        sha256=stored.sha256,
    )
    if name:
        _lies_there(run.thread_id, name, file, run.id)
    return file


def _lies_there(thread_id: str, name: str, file: File, made_by_run_id: str) -> None:
    SessionFile.objects.update_or_create(
        thread_id=thread_id,
        name=name,
        defaults={"file": file, "made_by_run_id": made_by_run_id},
    )
