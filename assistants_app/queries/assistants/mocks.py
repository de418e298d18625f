"""Reads of functions' mocks, and of steps whose functions were answered before."""

from collections.abc import Set

from assistants_app.domain import run_status
from assistants_app.models import FunctionMock, Project, Run, RunStep
from assistants_app.models.runs import STEP_TOOLS

RECENT_RUNS = 300  # of a project, in which earlier outputs are looked for
RECENT_STEPS = 30


def mocks_of(project: Project, assistant_id: str) -> dict[str, FunctionMock]:
    """The mocks of the assistant, by the names of their functions."""
    rows = FunctionMock.objects.filter(project=project, assistant_id=assistant_id)
    return {row.function: row for row in rows}


def find_mock(project: Project, assistant_id: str, function: str) -> FunctionMock | None:
    """The mock of this function of the assistant, if it has one."""
    rows = FunctionMock.objects.filter(project=project, assistant_id=assistant_id)
    return rows.filter(function=function).first()


def mocks_at_once(run: Run) -> dict[str, FunctionMock]:
    """The mocks that answer for this run without being asked: none for a run of the API."""
    if not run.from_page:
        return {}
    rows = FunctionMock.objects.filter(
        project_id=run.project_id, assistant_id=run.assistant_id, at_once=True
    )
    return {row.function: row for row in rows}


def answered_steps(project: Project, functions: Set[str]) -> list[RunStep]:
    """Steps that called one of these functions and were answered, newest first: the newest few of
    the project's newest runs, so that it takes as long however many there are.
    """
    newest = Run.objects.filter(project=project).order_by("-created_at")
    run_ids = list(newest.values_list("pk", flat=True)[:RECENT_RUNS])
    # Chosen here and not by the database, which might begin at the index of all functions' names.
    called = (
        RunStep.objects.filter(run_id__in=run_ids, type="tool_calls", status=run_status.COMPLETED)
        .order_by("-completed_at")
        .values_list("pk", STEP_TOOLS)
    )
    chosen = [pk for pk, tools in called if not functions.isdisjoint(tools)][:RECENT_STEPS]
    return list(RunStep.objects.filter(pk__in=chosen).order_by("-completed_at"))
