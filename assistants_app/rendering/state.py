"""What a page shows of a thread, read from the database at one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistants_app.domain import run_status
from assistants_app.models import Run, Thread
from assistants_app.queries.assistants import names_of_assistants
from assistants_app.queries.files import files_by_id
from assistants_app.queries.runs import newest_runs, steps_of_runs
from assistants_app.queries.threads import last_messages
from assistants_app.rendering.actions import render_outcome
from assistants_app.rendering.messages import attached_ids
from assistants_app.rendering.run_log import render_log
from assistants_app.rendering.threads import render_items
from assistants_app.wire.messages import message_object
from assistants_app.wire.runs import run_object

SHOWN_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class ThreadState:
    """`run`: the one that is active, else the newest, on the wire; `items`, `log` and `outcome`:
    HTML.
    """

    run: dict[str, Any] | None
    items: str
    log: str
    outcome: str


def read_state(thread_id: str, bodies: Mapping[str, str]) -> ThreadState:
    """The thread now. `bodies`: HTML so far of messages that are being written."""
    thread = Thread.objects.get(pk=thread_id)
    messages = last_messages(thread, limit=SHOWN_MESSAGES)
    runs = newest_runs(thread)
    newest = current_run(runs)
    run_ids = {message.run_id for message in messages if message.run_id}
    steps = steps_of_runs(run_ids | ({newest.id} if newest else set()))
    own = [step for step in steps if newest and step.run_id == newest.id]
    files = [file_id for message in messages for file_id in attached_ids(message_object(message))]
    names = read_names(thread_id) | read_file_names(thread.project_id, files)
    return ThreadState(
        run=run_object(newest) if newest else None,
        items=render_items(messages, steps, names, bodies, thread.project_id),
        log=render_log(runs, newest, own),
        outcome=render_outcome(newest),
    )


def current_run(runs: Sequence[Run]) -> Run | None:
    """Of a thread's runs, newest first, the one that the page is about: a run that waits for its
    turn is not, while another one is active.
    """
    active = (run for run in runs if run.status in run_status.ACTIVE and run.waits is None)
    return next(active, runs[0] if runs else None)


def read_log_panel(thread_id: str) -> str:
    """The log of the thread's current run."""
    runs = newest_runs(Thread(pk=thread_id))
    run = current_run(runs)
    return render_log(runs, run, steps_of_runs({run.id} if run else set()))


def read_outcome(thread_id: str) -> str:
    """What came of the thread's current run so far, such as the card that waits for outputs."""
    return render_outcome(current_run(newest_runs(Thread(pk=thread_id))))


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
