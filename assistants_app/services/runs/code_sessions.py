"""Record the code interpreter's sessions, and the files that go in and come out."""

import mimetypes
from collections.abc import Iterable

from django.db import transaction

from assistants_app.domain import limits
from assistants_app.domain.ids import new_id
from assistants_app.models import CodeSession, File, Project, Run, SessionFile
from assistants_app.queries.runs.code_sessions import has_copied_code
from assistants_app.services.files.quota import check_quota
from assistants_app.services.files.stored_bytes import discard_bytes, store_bytes
from assistants_app.storage.byte_store import Stored

PURPOSE = "assistants_output"


@transaction.atomic(durable=True)
def record_session(*, run: Run, new: bool) -> bool:
    """Record that the run's code ran in a `new` session, or in the thread's present one.

    Return whether an earlier session was lost, which the model has to know: its variables are gone.
    A fork has no session of the thread that it was forked from.
    """
    sessions = CodeSession.objects.filter(thread_id=run.thread_id)
    newest = sessions.order_by("pk").last()
    if new:
        CodeSession.objects.create(thread_id=run.thread_id, run_id=run.id)
        return newest is not None or has_copied_code(run.thread_id)
    if newest is None or newest.run_id:
        return False
    # A person started this session with their own code. It belongs to the run from now on, so the
    # run is charged for it, and the model hears only now of a session lost before it.
    newest.run_id = run.id
    newest.save(update_fields=["run_id"])
    return sessions.exclude(pk=newest.pk).exists() or has_copied_code(run.thread_id)


@transaction.atomic(durable=True)
def record_session_of_person(*, thread_id: str) -> None:
    """Record that code which a person ran has started a session of the thread."""
    CodeSession.objects.create(thread_id=thread_id, run_id="")


@transaction.atomic(durable=True)
def record_inputs(*, thread_id: str, files: dict[str, File]) -> None:
    """Record which files are in the thread's session, by name."""
    # One query in the usual case that all are known from an earlier call.
    known = set(
        SessionFile.objects.filter(thread_id=thread_id, name__in=files).values_list("name", "file")
    )
    for name, file in files.items():
        if (name, file.id) not in known:
            _save_session_file(thread_id, name, file, "")


def save_output_file(
    *, run: Run, name: str, filename: str, chunks: Iterable[bytes], size: int = 0
) -> File:
    """Store a file that code wrote as a file of the project.

    `name` is its path below /mnt/data, or empty for a figure without a file. Raises ``ApiError`` if
    the file is too large or the project has no space left, before `chunks` are read if `size` says
    so.
    """
    if size:
        with transaction.atomic():
            check_quota(Project(pk=run.project_id), size)
    file_id = new_id("file", "-")
    stored = store_bytes(key=file_id, chunks=chunks, limit=limits.FILE_BYTES)
    try:
        return _create_file(run, file_id, stored, name, filename)
    except BaseException:
        # Also at a shutdown: nothing but the sweeper knows of bytes without a row.
        discard_bytes(keys=[file_id])
        raise


@transaction.atomic(durable=True)
def _create_file(run: Run, file_id: str, stored: Stored, name: str, filename: str) -> File:
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
        _save_session_file(run.thread_id, name, file, run.id)
    return file


def _save_session_file(thread_id: str, name: str, file: File, made_by_run_id: str) -> None:
    SessionFile.objects.update_or_create(
        thread_id=thread_id,
        name=name,
        defaults={"file": file, "made_by_run_id": made_by_run_id},
    )
