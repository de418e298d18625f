"""Reads of runs and their steps."""

from collections.abc import Collection

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import COMPARE, LISTED
from assistants_app.domain.errors import NotFound
from assistants_app.domain.lists import PageParams
from assistants_app.domain.money.limits import Caller
from assistants_app.models import KeptEvents, Message, Project, Run, RunStep, Thread
from assistants_app.models.kept_events import KeptEvent
from assistants_app.models.runs import STEP_TOOLS
from assistants_app.queries.pages import Page, read_page
from assistants_app.queries.sealing import require_open, without_sealed
from assistants_app.statements import reads

SHOWN_RUNS = 50  # of a thread, on its page
# The run's worker has not renewed its lease in time.
LOST = Q(lease_expires_at__lt=Now())
# Active runs that no worker will end: they have expired, are to be cancelled, or have lost their
# worker too often. While a worker holds a run, it notices this itself.
ABANDONED = (
    Q(expires_at__lt=Now(), waits__isnull=True)
    & (Q(status__in=(run_status.QUEUED, run_status.REQUIRES_ACTION)) | LOST)
    | Q(status=run_status.CANCELLING) & LOST
    | Q(status=run_status.IN_PROGRESS, attempts__gte=conf.RUN_ATTEMPTS) & LOST
) & Q(status__in=run_status.ACTIVE)


def get_run(project: Project, thread_id: str, run_id: str) -> Run:
    """Return the run. Raises :class:`NotFound`, for the thread if that doesn't exist either."""
    run = Run.objects.filter(project=project, thread_id=thread_id, pk=run_id).first()
    if run is None:
        # Asked only now, so that a run that is found costs one query.
        if not Thread.objects.filter(project=project, pk=thread_id).exists():
            raise NotFound("thread", thread_id)
        raise NotFound("run", run_id)
    if run.origin == COMPARE:
        require_open(thread_id)
    return run


def get_run_of_project(project: Project, run_id: str) -> Run:
    """Return the run, of any thread of the project. Raises :class:`NotFound`."""
    run = Run.objects.filter(project=project, pk=run_id).first()
    if run is None:
        raise NotFound("run", run_id)
    if run.origin == COMPARE:
        require_open(run.thread_id, noun="run", object_id=run_id)
    return run


def count_unfinished(project: Project, *, most: int) -> int:
    """Return how many of the project's runs a worker carries out or has still to, up to `most`."""
    unfinished = Run.objects.filter(project=project, status__in=run_status.FOR_WORKERS)
    return unfinished.values("pk")[:most].count()


def count_unfinished_of_callers(project: Project) -> dict[Caller, int]:
    """Return how many such runs each API key and person has."""
    unfinished = Run.objects.filter(project=project, status__in=run_status.FOR_WORKERS)
    counted = unfinished.order_by().values_list("api_key_id", "person_id").annotate(Count("pk"))
    return {Caller(key_id, person_id): count for key_id, person_id, count in counted}


def list_runs(thread: Thread, page: PageParams) -> Page[Run]:
    return read_page(Run.objects.filter(thread=thread), page)


def get_run_step(run: Run, step_id: str) -> RunStep:
    """Return the step. Raises :class:`NotFound`."""
    step = run.steps.filter(pk=step_id).first()
    if step is None:
        raise NotFound("run step", step_id)
    return step


def get_step_of_thread(thread: Thread, step_id: str) -> RunStep:
    """Return the step, of any run of the thread. Raises :class:`NotFound`."""
    step = _with_expiry().filter(thread_id=thread.id, pk=step_id).first()
    if step is None:
        raise NotFound("run step", step_id)
    return step


def list_run_steps(run: Run, page: PageParams) -> Page[RunStep]:
    return read_page(run.steps.all(), page)


def steps_of_runs(run_ids: set[str]) -> list[RunStep]:
    """Return all steps of these runs, oldest first."""
    return list(_with_expiry().filter(run_id__in=run_ids).order_by("pk"))


def run_with_steps(run_id: str) -> tuple[Run, list[RunStep]] | None:
    """Return the run with its steps, oldest first, or None if it was deleted."""
    run = Run.objects.filter(pk=run_id).first()
    return (run, steps_of_runs({run.id})) if run else None


def _with_expiry() -> QuerySet[RunStep]:
    return RunStep.objects.annotate(run_expires_at=F("run__expires_at"))


def completed_calls_of_runs(run_ids: set[str]) -> list[RunStep]:
    """Return the steps of these runs whose tool calls have results, newest first."""
    return reads.completed_calls(run_ids)


def has_called_tools(run: Run) -> bool:
    """Return whether the run has called tools and has their results."""
    calls = RunStep.objects.filter(run_id=run.id, type="tool_calls")
    return may_have_steps(run) and calls.filter(status=run_status.COMPLETED).exists()


def have_called_tools(run_ids: Collection[str]) -> bool:
    """Return whether any of these runs has called tools and has their results."""
    calls = RunStep.objects.filter(run_id__in=run_ids, type="tool_calls")
    return calls.filter(status=run_status.COMPLETED).exists()


def sources_of_runs(run_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return the project and the origin of each of these runs, by run id."""
    found = Run.objects.filter(pk__in=run_ids).values_list("pk", "project_id", "origin")
    return {run_id: (project_id, origin) for run_id, project_id, origin in found}


def ids_of_calls(run: Run) -> set[str]:
    """Return the ids of all tool calls of the run so far."""
    if not may_have_steps(run):
        return set()
    steps = RunStep.objects.filter(run_id=run.id, type="tool_calls")
    found = steps.values_list("step_details", flat=True)
    return {str(call["id"]) for details in found for call in details["tool_calls"]}


def may_have_steps(run: Run) -> bool:
    """Return whether a run that a worker holds may have steps, without a query."""
    # A run that has not called its model yet has none.
    return run.attempts > 1 or bool(run.usage)


def copied_calls(thread_id: str, tool: str) -> "QuerySet[RunStep]":
    """Return the steps behind the copies in a fork that called this tool, oldest first."""
    copies = Message.objects.filter(thread_id=thread_id, copied_run_id__isnull=False)
    steps = RunStep.objects.alias(tools=STEP_TOOLS).filter(
        run_id__in=copies.values("copied_run_id"), type="tool_calls", **{"tools__contains": [tool]}
    )
    return steps.order_by("pk")


def recorded_calls(thread_id: str, tool: str) -> "QuerySet[RunStep]":
    """Return the thread's steps that called this tool in runs which were recorded elsewhere."""
    return RunStep.objects.alias(tools=STEP_TOOLS).filter(
        thread_id=thread_id, run__recorded=True, type="tool_calls", **{"tools__contains": [tool]}
    )


def find_run(run_id: str) -> Run | None:
    """Return the run, or None. The caller has checked access to its thread."""
    return Run.objects.filter(pk=run_id).first()


def find_runs(project: Project, run_id: str, *, limit: int) -> list[Run]:
    """Return the project's run with this ID unless its thread is sealed, or without an ID its
    newest runs of listed threads.
    """
    rows = Run.objects.filter(project=project)
    one = without_sealed(rows.filter(pk=run_id), "thread_id")
    found = one if run_id else rows.filter(origin__in=LISTED)
    return list(found.order_by("-pk")[:limit])


def abandoned_runs(*, limit: int = 100) -> list[Run]:
    """Return active runs of all projects that no worker will end."""
    return list(Run.objects.filter(ABANDONED).order_by("pk")[:limit])


def free_threads_with_waiting_runs(*, limit: int = 100) -> list[str]:
    """Return ids of threads, in all projects, whose waiting run could start."""
    busy = Run.objects.filter(
        thread_id=OuterRef("thread_id"), status__in=run_status.ACTIVE, waits__isnull=True
    )
    waiting = Run.objects.filter(
        ~Exists(busy), status=run_status.QUEUED, waits__isnull=False, held=False
    )
    return list(waiting.values_list("thread_id", flat=True)[:limit])


def newest_runs(thread: Thread, *, limit: int = SHOWN_RUNS) -> list[Run]:
    """Return the thread's newest runs, newest first."""
    return list(Run.objects.filter(thread=thread).order_by("-pk")[:limit])


def runs_to_show(thread: Thread) -> list[Run]:
    """Return the thread's newest runs, newest first, among them one that had its turn.

    That is the active one, however many wait for it.
    """
    newest = newest_runs(thread)
    if len(newest) < SHOWN_RUNS or any(run.waits is None for run in newest):
        return newest
    begun = Run.objects.filter(thread=thread, waits__isnull=True).order_by("-pk")
    active = begun.filter(status__in=run_status.ACTIVE).first()
    return [*newest, *filter(None, [active or begun.first()])]


def runs_around(run: Run, *, limit: int = SHOWN_RUNS) -> list[Run]:
    """Return the run and those of its thread before and after it, newest first."""
    rows = Run.objects.filter(thread_id=run.thread_id)
    later = list(rows.filter(pk__gt=run.pk).order_by("pk")[: limit // 2])
    return [*reversed(later), *rows.filter(pk__lte=run.pk).order_by("-pk")[: limit - len(later)]]


def runs_beside(run: Run) -> tuple[str | None, str | None]:
    """Return the ids of the previous and the next run of the run's thread, or None."""
    rows = Run.objects.filter(thread_id=run.thread_id).values_list("pk", flat=True)
    before = rows.filter(pk__lt=run.id).order_by("-pk").first()
    return before, rows.filter(pk__gt=run.id).order_by("pk").first()


def runs_by_id(run_ids: set[str]) -> dict[str, Run]:
    """Return the runs that exist, by id. The caller has checked access to their thread."""
    return {run.id: run for run in Run.objects.filter(pk__in=run_ids)}


def active_run_id(thread: Thread) -> str | None:
    """Return the id of a run that is active or waits for its turn on the thread, or None."""
    rows = Run.objects.filter(thread=thread, status__in=run_status.ACTIVE, held=False)
    # Not `first`, which adds an ORDER BY: every new run asks this.
    return next(iter(rows.values_list("pk", flat=True)[:1]), None)


def kept_events_of(run: Run) -> list[KeptEvent]:
    """Return what is kept of the run's events, which is nothing before the run has ended."""
    kept = KeptEvents.objects.filter(run=run).first()
    return list(kept.listed()) if kept else []
