"""What a page shows of a thread, read from the database at one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from assistants_app.domain import run_status
from assistants_app.models import Message, Run, Thread
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.project.endpoints import prices_of
from assistants_app.queries.runs.runs import newest_runs, runs_by_id, steps_of_runs
from assistants_app.queries.threads.threads import last_messages
from assistants_app.rendering.runs.log import render_log
from assistants_app.rendering.runs.outcome import render_waiting
from assistants_app.rendering.runs.waiting_card import render_outcome
from assistants_app.rendering.threads.items import render_items
from assistants_app.rendering.threads.replies import Reply, read_replies, replies_of, runs_behind
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.threads.messages import attached_ids, message_object

SHOWN_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class ThreadState:
    """`run`: the current one on the wire; `items`, `waiting`, `log` and `outcome`: HTML."""

    run: dict[str, Any] | None
    items: SafeString
    waiting: SafeString
    log: SafeString
    outcome: SafeString


def read_state(thread_id: str, bodies: Mapping[str, str]) -> ThreadState:
    """The thread now. `bodies`: HTML so far of messages that are being written."""
    thread = Thread.objects.select_related("project").get(pk=thread_id)
    messages = last_messages(thread, limit=SHOWN_MESSAGES)
    runs = newest_runs(thread)
    newest = current_run(runs)
    run_ids = runs_behind(messages)
    of_messages = runs_by_id(run_ids)
    steps = steps_of_runs(run_ids | ({newest.id} if newest else set()))
    replies = replies_of(messages, of_messages, steps, prices_of(thread.project))
    steps = [step for step in steps if step.thread_id == thread.id]
    own = [step for step in steps if newest and step.run_id == newest.id]
    files = [file_id for message in messages for file_id in attached_ids(message_object(message))]
    authors = {message.assistant_id for message in messages if message.assistant_id}
    names = names_of(thread, authors) | read_file_names(thread.project_id, files)
    return ThreadState(
        run=run_object(newest) if newest else None,
        items=render_items(messages, steps, runs, names, bodies, thread.project_id, replies),
        waiting=render_waiting(thread.project_id, still_waiting(runs)),
        log=render_log(runs, newest, own),
        outcome=render_outcome(newest),
    )


def current_run(runs: Sequence[Run]) -> Run | None:
    """Of a thread's runs, newest first, the one that the page is about: the active one, else the
    newest that has had its turn.
    """
    begun = [run for run in runs if run.waits is None]
    active = (run for run in begun if run.status in run_status.ACTIVE)
    return next(active, begun[0] if begun else None)


def still_waiting(runs: Sequence[Run]) -> list[Run]:
    """Those of these runs whose turn will come."""
    return [run for run in runs if run.waits is not None and run.status == run_status.QUEUED]


def read_panels(thread_id: str) -> dict[str, SafeString]:
    """What runs change beside the thread's rows, by the id of its element: the log of the run
    whose turn it is, and the messages that wait for theirs.
    """
    thread = Thread.objects.get(pk=thread_id)
    runs = newest_runs(thread)
    newest = current_run(runs)
    return {
        "run-log": render_log(runs, newest, steps_of_runs({newest.id} if newest else set())),
        "waiting": render_waiting(thread.project_id, still_waiting(runs)),
    }


def chosen_log(thread: Thread, run: Run) -> SafeString:
    """The log with this run of the thread, which stays there when the current one goes on."""
    runs = newest_runs(thread)
    current = current_run(runs)
    chosen = current is not None and current.id != run.id
    return render_log(runs, run, steps_of_runs({run.id}), chosen=chosen)


def read_outcome(thread_id: str) -> SafeString:
    """What came of the thread's current run so far, such as the card that waits for outputs."""
    return render_outcome(current_run(newest_runs(Thread(pk=thread_id))))


def read_reply(thread_id: str, message_id: str) -> Reply | None:
    """What made this message; None if it was no run, or the message is gone."""
    thread = Thread.objects.select_related("project").get(pk=thread_id)
    messages = Message.objects.filter(thread=thread, pk=message_id)
    return read_replies(thread, list(messages)).get(message_id)


def read_file_names(project_id: str, file_ids: Sequence[str]) -> dict[str, str]:
    """The names of these files; an id where the file is gone."""
    there = files_by_id(project_id, file_ids)
    return {
        file_id: there[file_id].filename if file_id in there else file_id for file_id in file_ids
    }


def read_names(thread_id: str) -> dict[str, str]:
    """The names of the assistants that answered in this thread."""
    thread = Thread.objects.select_related("project").get(pk=thread_id)
    return names_of(thread, {run.assistant_id for run in newest_runs(thread)})


def names_of(thread: Thread, ids: set[str]) -> dict[str, str]:
    """The names of these assistants; an id where one is gone or has none."""
    return {object_id: object_id for object_id in ids} | names_of_assistants(thread.project, ids)
