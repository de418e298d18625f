"""Reads of everything that the page of a thread shows, with a fixed number of queries."""

from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, Subquery

from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import LISTED
from assistants_app.domain.configurations.variables import file_ids
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Comment, Message, Project, Rating, Run, RunStep, Thread
from assistants_app.models.snapshots import (
    LoggedRun,
    ReplyRows,
    ThreadRuns,
    ThreadSnapshot,
    WaitingCalls,
)
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.assistants.mocks import answered_steps, mocks_of
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.runs.code_sessions import sessions_of_thread
from assistants_app.queries.runs.provider_calls import calls_of_run
from assistants_app.queries.runs.runs import runs_by_id, runs_to_show, steps_of_runs
from assistants_app.queries.threads.spans import END, Place, read_part, runs_behind


def thread_snapshot(thread_id: str, place: Place = END) -> ThreadSnapshot:
    """Return the thread's current state, with the messages at `place`.

    Raise :class:`Thread.DoesNotExist` if it was deleted.
    """
    # With the questions whether it has forks and whether people talk about it, as of few threads.
    forks = Thread.objects.filter(
        project=OuterRef("project"), forked_from_id=OuterRef("pk"), origin__in=LISTED
    )
    of_thread = {"thread": OuterRef("pk")}
    rows = Thread.objects.select_related("project").annotate(
        is_forked=Exists(forks),
        # In the order of an index: for EXISTS, PostgreSQL would rather read all comments, if those
        # of other threads make it believe that it soon finds one.
        commented=Subquery(Comment.objects.filter(**of_thread).order_by("pk").values("pk")[:1]),
        rated=Subquery(Rating.objects.filter(**of_thread).order_by("value").values("pk")[:1]),
    )
    # A deleted thread may still have rows, in a project of its own (services/threads/removal.py).
    thread = rows.get(pk=thread_id, project__deleted_at=None)
    newest = runs_to_show(thread)
    current = current_run(newest)
    alone = not (thread.is_forked or thread.forked_from_id)
    quiet = thread.commented is None and thread.rated is None
    part = read_part(thread, place, and_steps_of=current, alone=alone, quiet=quiet)
    runs = _thread_runs(newest, part.replies.steps)
    return ThreadSnapshot(thread, part, runs)


def thread_runs(thread_id: str) -> ThreadRuns:
    """Return the current state of the thread's runs. A deleted thread has none."""
    # Without reading the thread, because only its ID is needed.
    newest = runs_to_show(Thread(pk=thread_id))
    current = current_run(newest)
    if current is None:
        return _thread_runs(newest, [])
    return _thread_runs(newest, steps_of_runs({current.id}))


def _thread_runs(newest: Sequence[Run], steps: Sequence[RunStep]) -> ThreadRuns:
    current = current_run(newest)
    own = [step for step in steps if current and step.run_id == current.id]
    return ThreadRuns(
        newest=newest,
        current=current,
        waiting=still_waiting(newest),
        log=_logged_run(current, own) if current else None,
        calls=_waiting_calls(current, own) if current else None,
        assistant=_name_while_active(current) if current else "",
    )


def _name_while_active(run: Run) -> str:
    if run.status not in run_status.ACTIVE:
        return ""
    found = names_of_assistants(Project(pk=run.project_id), {run.assistant_id})
    return found.get(run.assistant_id, "")


def active_statuses(thread_ids: Collection[str]) -> dict[str, str | None]:
    """Return the status of each thread's active run, or None without one, in one query.

    Deleted threads are missing.
    """
    runs = Run.objects.filter(
        thread=OuterRef("pk"), status__in=run_status.ACTIVE, waits__isnull=True
    )
    threads = Thread.objects.filter(pk__in=thread_ids, project__deleted_at=None)
    return dict(threads.values_list("pk", Subquery(runs.values("status")[:1])))


def current_run(runs: Sequence[Run]) -> Run | None:
    """Return the run that the page is about: the active run, or the newest that had its turn.

    `runs`: the runs of a thread, newest first.
    """
    begun = [run for run in runs if run.waits is None]
    active = (run for run in begun if run.status in run_status.ACTIVE)
    return next(active, begun[0] if begun else None)


def still_waiting(runs: Sequence[Run]) -> list[Run]:
    """Return the runs that wait for their turn."""
    return [run for run in runs if run.waits is not None and run.status == run_status.QUEUED]


def logged_run(run: Run) -> LoggedRun:
    """Return the run with what its log shows."""
    return _logged_run(run, steps_of_runs({run.id}))


def _logged_run(run: Run, steps: Sequence[RunStep]) -> LoggedRun:
    return LoggedRun(
        run=run,
        steps=steps,
        calls=calls_of_run(run),
        code_sessions=sessions_of_thread(run.thread_id),
        file_names=_names_of_files(run),
    )


def _names_of_files(run: Run) -> dict[str, str]:
    ids = file_ids(run.variables or {})
    files = files_by_id(run.project_id, ids).values() if ids else ()
    return {file.id: file.filename for file in files}


def waiting_calls(run: Run) -> WaitingCalls | None:
    """Return the calls that the run waits for, or None if it doesn't wait for outputs."""
    return _waiting_calls(run, steps_of_runs({run.id}))


def _waiting_calls(run: Run, steps: Sequence[RunStep]) -> WaitingCalls | None:
    if run.status != run_status.REQUIRES_ACTION:
        return None
    project = Project(pk=run.project_id)
    # The caller has read the steps for the log already, so this needs no query of its own.
    open_steps = (step for step in steps if step.status == run_status.IN_PROGRESS)
    step = next((step for step in open_steps if step.type == "tool_calls"), None)
    calls = step.step_details["tool_calls"] if step else []
    unanswered = {
        call["function"]["name"]
        for call in calls
        if call["type"] == FUNCTION and call["function"]["output"] is None
    }
    return WaitingCalls(
        step=step,
        mocks=mocks_of(project, run.assistant_id),
        earlier=answered_steps(project, unanswered) if unanswered else [],
    )


def reply_rows(thread_id: str, message_id: str) -> tuple[Message, ReplyRows] | None:
    """Return the message and the rows behind it, or None if no run wrote it or it was deleted."""
    found = Message.objects.select_related("thread__project").filter(
        thread_id=thread_id, pk=message_id
    )
    message = found.first()
    behind = runs_behind([message]) if message else set()
    if message is None or not behind:
        return None
    return message, ReplyRows(runs_by_id(behind), steps_of_runs(behind))
