"""What is done with an experiment as a whole: start, pause, resume, cancel, extend, delete."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError
from assistants_app.domain.money.amounts import read_dollars
from assistants_app.models import Project
from assistants_app.queries.experiments.experiments import get_experiment
from assistants_app.services.experiments import lifecycle
from assistants_app.services.experiments.extending import extend_experiment
from assistants_app.services.experiments.raising import raise_budget
from assistants_app.web.experiments.fields import PLACES
from assistants_app.web.experiments.page import show
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.web.once import done_once

MENU = "#experiment-menu"


def _act(
    request: HttpRequest,
    project: Project,
    experiment_id: str,
    do: Callable[..., Any],
    *,
    place: str = "",
    **given: Any,
) -> HttpResponse:
    """Carry out an act, and go back to the page, which shows why it was refused."""
    get_experiment(project, experiment_id)
    try:
        do(project=project, experiment_id=experiment_id, **given)
    except ApiError as error:
        messages.error(request, error.message)
        return redirect(f"{reverse('experiment', args=[project.id, experiment_id])}{place}")
    return redirect("experiment", project.id, experiment_id)


@project_view("POST", verb="start_experiment")
def start(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Start an experiment that is ready."""
    return _act(request, project, experiment_id, lifecycle.start_experiment)


@project_view("POST", verb="pause_experiment")
def pause(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Start no more cells."""
    return _act(request, project, experiment_id, lifecycle.pause_experiment)


@project_view("POST", verb="resume_experiment")
def resume(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Go on with a paused experiment."""
    return _act(request, project, experiment_id, lifecycle.resume_experiment)


@project_view("POST", verb="cancel_experiment")
def cancel(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """End the experiment, without the cells that wait."""
    return _act(request, project, experiment_id, lifecycle.cancel_experiment)


@project_view("POST", verb="retry_cells")
def retry(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Run the cells without a result once more."""
    return _act(request, project, experiment_id, lifecycle.retry_cells)


@project_view("POST", verb="rename_experiment")
def rename(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Change the name."""
    name = request.POST.get("name", "")
    return _act(request, project, experiment_id, lifecycle.rename_experiment, place=MENU, name=name)


@project_view("POST", verb="delete_experiment")
def delete(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Delete an experiment with its threads, if ``confirm`` is its name."""
    experiment = get_experiment(project, experiment_id)
    typed = " ".join(request.POST.get("confirm", "").split())
    try:
        lifecycle.delete_experiment(project=project, experiment_id=experiment_id, name=typed)
    except ApiError as error:
        messages.error(request, error.message)
        return redirect(f"{reverse('experiment', args=[project.id, experiment_id])}{MENU}")
    messages.success(request, _("Deleted %(name)s.") % {"name": experiment.name})
    return redirect("experiments", project.id)


@project_view("POST", verb="raise_budget")
def raise_(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Raise the budget to ``budget`` dollars, or return the page with the error and a 422."""
    found = get_experiment(project, experiment_id)
    typed = request.POST.get("budget", "")
    most = Decimal(limits.EXPERIMENT_DOLLARS)
    try:
        cap = read_dollars(typed, most=most, places=PLACES, param="budget")
        raise_budget(project=project, experiment_id=experiment_id, cap=cap)
    except ApiError as error:
        return show(request, found, budget=typed, error=error.message, status=422)
    return redirect("experiment", project.id, experiment_id)


@project_view("POST", verb="extend_experiment")
@done_once
def extend(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Add ``repeats`` of each row, and with ``rows`` those that the test set has got since."""
    typed = request.POST.get("repeats", "").strip() or "0"
    return _act(
        request,
        project,
        experiment_id,
        extend_experiment,
        place=MENU,
        user=author_of(request),
        # What isn't a number is refused like one that is too small.
        repeats=-1 if whole_number(typed) is None else int(typed),
        new_rows=bool(request.POST.get("rows")),
    )
