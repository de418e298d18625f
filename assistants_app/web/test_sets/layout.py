"""The order of rows, and the order and names of columns."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.queries.test_sets.sets import get_test_set
from assistants_app.services.test_sets import layout as services
from assistants_app.web.http import author_of, go_to, nothing, project_view, url_with, whole_number


@project_view("POST", verb="move_test_rows")
def move(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Move the rows whose keys the form has as ``id`` to the number ``to``.

    A script's request gets an empty answer, a form's the page it came from.
    """
    get_test_set(project, set_id)
    keys, to = request.POST.getlist("id"), whole_number(request.POST.get("to", ""))
    try:
        if to is None:
            raise InvalidRequest(_("Enter the number of a row."))
        services.move_test_rows(project=project, set_id=set_id, keys=keys, to=to)
    except InvalidRequest as error:
        messages.error(request, error.message)
    if "HX-Request" in request.headers:
        return nothing()
    if len(keys) == 1 and request.POST.get("from") == "row":
        return redirect("test_row", project.id, set_id, keys[0])
    return redirect("test_set", project.id, set_id)


@project_view("POST", verb="order_test_columns")
def order(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Move the ``column`` to the ``side``, left or right."""
    sent = request.POST.get
    try:
        services.order_test_columns(
            project=project, set_id=set_id, column=sent("column", ""), side=sent("side", "")
        )
    except InvalidRequest as error:
        messages.error(request, error.message)
    return _columns_of(request, project, set_id)


@project_view("POST", verb="rename_test_column")
def rename(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Give the ``column`` the ``name``."""
    sent = request.POST.get
    try:
        services.rename_test_column(
            project=project,
            set_id=set_id,
            column=sent("column", ""),
            name=sent("name", ""),
            author=author_of(request),
        )
    except InvalidRequest as error:
        messages.error(request, error.message)
    return _columns_of(request, project, set_id)


@project_view("POST", verb="delete_test_column")
def delete(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Remove the ``column`` from all rows."""
    try:
        services.delete_test_column(
            project=project,
            set_id=set_id,
            column=request.POST.get("column", ""),
            author=author_of(request),
        )
    except InvalidRequest as error:
        messages.error(request, error.message)
    return _columns_of(request, project, set_id)


def _columns_of(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    url = f"{url_with('test_set', project.id, set_id, columns='1')}#columns"
    return go_to(url) if "HX-Request" in request.headers else redirect(url)
