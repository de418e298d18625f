"""What a page shows of a thread, read from the database at one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistants_app.models import Thread
from assistants_app.queries.assistants import names_of_assistants
from assistants_app.queries.files import files_by_id
from assistants_app.queries.runs import newest_runs, steps_of_runs
from assistants_app.queries.threads import last_messages
from assistants_app.rendering.messages import attached_ids
from assistants_app.rendering.run_log import render_log
from assistants_app.rendering.threads import render_items
from assistants_app.wire.messages import message_object
from assistants_app.wire.runs import run_object

SHOWN_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class ThreadState:
    """`run`: the newest one on the wire; `items` and `log`: HTML."""

    run: dict[str, Any] | None
    items: str
    log: str


def read_state(thread_id: str, bodies: Mapping[str, str]) -> ThreadState:
    """The thread now. `bodies`: HTML so far of messages that are being written."""
    thread = Thread.objects.get(pk=thread_id)
    messages = last_messages(thread, limit=SHOWN_MESSAGES)
    runs = newest_runs(thread)
    run_ids = {message.run_id for message in messages if message.run_id}
    steps = steps_of_runs(run_ids | {run.id for run in runs[:1]})
    newest = runs[0] if runs else None
    own = [step for step in steps if newest and step.run_id == newest.id]
    files = [file_id for message in messages for file_id in attached_ids(message_object(message))]
    names = read_names(thread_id) | read_file_names(thread.project_id, files)
    return ThreadState(
        run=run_object(newest) if newest else None,
        items=render_items(messages, steps, names, bodies, thread.project_id),
        log=render_log(runs, newest, own),
    )


def read_log_panel(thread_id: str) -> str:
    """The log of the thread's newest run."""
    runs = newest_runs(Thread(pk=thread_id))
    return render_log(runs, runs[0] if runs else None, steps_of_runs({run.id for run in runs[:1]}))


def read_file_names(project_id: str, file_ids: Sequence[str]) -> dict[str, str]:
    """The names of these files; an id where the file is gone."""
    there = files_by_id(project_id, file_ids)
    return {
        file_id: there[file_id].filename if file_id in there else file_id for file_id in file_ids
    }


def read_names(thread_id: str) -> dict[str, str]:
    """The names of the assistants that answered in this thread."""
    thread = Thread.objects.select_related("project").get(pk=thread_id)
    ids = {run.assistant_id for run in newest_runs(thread)}
    return {object_id: object_id for object_id in ids} | names_of_assistants(thread.project, ids)
