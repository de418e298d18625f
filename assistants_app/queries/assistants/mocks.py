"""Reads of functions' mocks, and of earlier outputs to answer with."""

from collections.abc import Set

from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import ATTENDED, AUTOMATIC
from assistants_app.models import FunctionMock, Project, Run, RunStep
from assistants_app.models.runs import STEP_TOOLS

# Earlier outputs are taken from these only, so finding them takes as long in a large project as in
# a small one.
RECENT_RUNS = 300
RECENT_STEPS = 30


def mocks_of(project: Project, assistant_id: str) -> dict[str, FunctionMock]:
    """Return the assistant's mocks by the names of their functions."""
    rows = FunctionMock.objects.filter(project=project, assistant_id=assistant_id)
    return {row.function: row for row in rows}


def find_mock(project: Project, assistant_id: str, function: str) -> FunctionMock | None:
    """Return the mock of the assistant's function, or None."""
    rows = FunctionMock.objects.filter(project=project, assistant_id=assistant_id)
    return rows.filter(function=function).first()


def mocks_at_once(run: Run) -> dict[str, FunctionMock]:
    """Return the mocks that answer for this run without a person, by the names of functions."""
    # A run of the API must never be answered by a mock (docs/adr/0010).
    if run.origin not in ATTENDED:
        return {}
    rows = FunctionMock.objects.filter(
        project_id=run.project_id, assistant_id=run.assistant_id, at_once=True
    )
    return {row.function: row for row in rows}


def mocks_of_run(run: Run) -> dict[str, FunctionMock]:
    """Return all mocks of the run's assistant, by the names of functions.

    They answer a run on a tape that asks for them. No other run uses them without a person.
    """
    rows = FunctionMock.objects.filter(project_id=run.project_id, assistant_id=run.assistant_id)
    return {row.function: row for row in rows}


def answered_steps(project: Project, functions: Set[str]) -> list[RunStep]:
    """Return recent steps that called one of these functions and have outputs, newest first."""
    # A single experiment would push out everything that people have answered.
    runs = Run.objects.filter(project=project).exclude(origin__in=AUTOMATIC)
    newest = runs.order_by("-created_at")
    run_ids = list(newest.values_list("pk", flat=True)[:RECENT_RUNS])
    # Filtered in Python, because the planner might start from the index of all functions' names.
    called = (
        RunStep.objects.filter(run_id__in=run_ids, type="tool_calls", status=run_status.COMPLETED)
        .order_by("-completed_at")
        .values_list("pk", STEP_TOOLS)
    )
    chosen = [pk for pk, tools in called if not functions.isdisjoint(tools)][:RECENT_STEPS]
    return list(RunStep.objects.filter(pk__in=chosen).order_by("-completed_at"))
