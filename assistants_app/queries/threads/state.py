"""Reads of everything that the page of a thread shows, with a fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence

from assistants_app.domain import run_status
from assistants_app.domain.cost import Price
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Message, Project, Run, RunStep, Thread
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
from assistants_app.queries.project.endpoints import prices_of
from assistants_app.queries.runs.code_sessions import sessions_of_thread
from assistants_app.queries.runs.provider_calls import calls_of_run
from assistants_app.queries.runs.runs import newest_runs, runs_by_id, steps_of_runs
from assistants_app.queries.threads.threads import last_messages

SHOWN_MESSAGES = 100


def thread_snapshot(thread_id: str) -> ThreadSnapshot:
    """Return the thread's current state. Raise :class:`Thread.DoesNotExist` if it was deleted."""
    thread = Thread.objects.select_related("project").get(pk=thread_id)
    messages = last_messages(thread, limit=SHOWN_MESSAGES)
    newest = newest_runs(thread)
    current = current_run(newest)
    behind = runs_behind(messages)
    steps = steps_of_runs(behind | ({current.id} if current else set()))
    prices = prices_of(thread.project)
    authors = {message.assistant_id for message in messages if message.assistant_id}
    return ThreadSnapshot(
        thread=thread,
        messages=messages,
        # The steps of copied replies belong to the thread that they were copied from.
        steps=[step for step in steps if step.thread_id == thread.id],
        replies=ReplyRows(runs_by_id(behind), steps, prices),
        runs=_thread_runs(newest, steps, prices),
        names=names_by_id(thread.project, authors, _attached_to(messages)),
    )


def thread_runs(thread_id: str) -> ThreadRuns:
    """Return the current state of the thread's runs. A deleted thread has none."""
    # Without reading the thread, because only its ID is needed.
    newest = newest_runs(Thread(pk=thread_id))
    current = current_run(newest)
    if current is None:
        return _thread_runs(newest, [], {})
    prices = prices_of(Project(pk=current.project_id))
    return _thread_runs(newest, steps_of_runs({current.id}), prices)


def _thread_runs(
    newest: Sequence[Run], steps: Sequence[RunStep], prices: Mapping[str, Price]
) -> ThreadRuns:
    current = current_run(newest)
    own = [step for step in steps if current and step.run_id == current.id]
    return ThreadRuns(
        newest=newest,
        current=current,
        waiting=still_waiting(newest),
        log=_logged_run(current, own, prices) if current else None,
        calls=_waiting_calls(current, own) if current else None,
    )


def current_status(thread_id: str) -> str | None:
    """Return the status of the thread's current run, or None without one.

    Raise :class:`Thread.DoesNotExist` if the thread was deleted.
    """
    current = current_run(newest_runs(Thread.objects.get(pk=thread_id)))
    return current.status if current else None


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
    return _logged_run(run, steps_of_runs({run.id}), prices_of(Project(pk=run.project_id)))


def _logged_run(run: Run, steps: Sequence[RunStep], prices: Mapping[str, Price]) -> LoggedRun:
    return LoggedRun(
        run=run,
        steps=steps,
        calls=calls_of_run(run),
        price=prices.get(run.model),
        code_sessions=sessions_of_thread(run.thread_id),
    )


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


def runs_behind(messages: Iterable[Message]) -> set[str]:
    """Return the IDs of the runs that wrote these messages or the originals of copies."""
    return {run_id for message in messages if (run_id := message.run_id or message.copied_run_id)}


def reply_rows(thread_id: str, message_id: str) -> tuple[Message, ReplyRows] | None:
    """Return the message and the rows behind it, or None if no run wrote it or it was deleted."""
    found = Message.objects.select_related("thread__project").filter(
        thread_id=thread_id, pk=message_id
    )
    message = found.first()
    behind = runs_behind([message]) if message else set()
    if message is None or not behind:
        return None
    prices = prices_of(message.thread.project)
    return message, ReplyRows(runs_by_id(behind), steps_of_runs(behind), prices)


def names_by_id(
    project: Project, assistant_ids: Iterable[str], file_ids: Iterable[str]
) -> dict[str, str]:
    """Return the names of these assistants and files by ID.

    The name of an assistant or file that was deleted or has no name is its ID. This takes up to two
    queries, and none for empty arguments.
    """
    assistants, files = set(assistant_ids), set(file_ids)
    there = files_by_id(project.id, files)
    return {
        **{object_id: object_id for object_id in assistants | files},
        **(names_of_assistants(project, assistants) if assistants else {}),
        **{file_id: file.filename for file_id, file in there.items()},
    }


def _attached_to(messages: Iterable[Message]) -> set[str]:
    return {
        item["file_id"]
        for message in messages
        for item in message.attachments
        if item.get("file_id")
    }
