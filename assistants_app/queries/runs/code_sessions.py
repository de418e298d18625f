"""Reads of the code interpreter's input files, output files and sessions."""

from assistants_app.domain.tools import CODE_INTERPRETER
from assistants_app.models import CodeSession, File, Message, Run, SessionFile, Thread
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.runs.runs import copied_calls, recorded_calls


def input_files(run: Run) -> list[File]:
    """Return the existing files that the run's code may read.

    The files of the run or its assistant come first, then those of the thread and of its messages.
    """
    # The order matters: if several files have the same name, the last one has it.
    ids = list(_file_ids(run.tool_resources))
    thread = Thread.objects.filter(pk=run.thread_id).first()
    ids += _file_ids(thread.tool_resources) if thread else []
    attached = Message.objects.filter(thread_id=run.thread_id, has_attachments=True)
    for attachments in attached.order_by("pk").values_list("attachments", flat=True):
        ids += [
            item["file_id"]
            for item in attachments
            if any(tool["type"] == CODE_INTERPRETER for tool in item.get("tools") or ())
        ]
    there = files_by_id(run.project_id, ids)
    # A file that is attached again counts from then on.
    order = reversed(dict.fromkeys(reversed(ids)))
    return [there[file_id] for file_id in order if file_id in there]


def _file_ids(resources: dict[str, dict[str, list[str]]]) -> list[str]:
    return list(resources.get(CODE_INTERPRETER, {}).get("file_ids") or [])


def session_files(thread_id: str) -> dict[str, File]:
    """Return the files below /mnt/data of the thread's session, by name."""
    rows = SessionFile.objects.filter(thread_id=thread_id).select_related("file").order_by("name")
    return {row.name: row.file for row in rows}


def has_copied_code(thread_id: str) -> bool:
    """Return whether the thread has calls of the code interpreter that were made elsewhere.

    Those are the calls behind a fork's copies, and calls that were recorded.
    """
    calls = copied_calls(thread_id, CODE_INTERPRETER)
    return calls.exists() or recorded_calls(thread_id, CODE_INTERPRETER).exists()


def files_made_by(run: Run) -> list[str]:
    """Return the ids of the files that the run's code wrote, oldest first."""
    rows = SessionFile.objects.filter(thread_id=run.thread_id, made_by_run_id=run.id)
    return list(rows.order_by("file_id").values_list("file_id", flat=True))


def sessions_of_thread(thread_id: str) -> int:
    """Return the number of sessions that the thread has had."""
    return CodeSession.objects.filter(thread_id=thread_id).count()


def sessions_of_run(run_id: str) -> int:
    """Return the number of sessions that the run started."""
    return CodeSession.objects.filter(run_id=run_id).count()
