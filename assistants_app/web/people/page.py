"""The settings' page of people: members and invitations."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.errors import Conflict, InvalidRequest
from assistants_app.domain.rights import EDITOR, OWNER, ROLES, VIEWER, can
from assistants_app.models import Project
from assistants_app.queries.people.invitations import list_invitations
from assistants_app.queries.people.members import list_members, name_of
from assistants_app.services.people import members
from assistants_app.services.people.invitations import DAYS, USUAL_DAYS
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.web.people.rows import line_of, role_named, rows_of

# Pages of their own about people: the name of the route, the label, and the right to read it.
PAGES = (
    ("sharing", gettext_lazy("Sharing"), "read_shares"),
    ("activity", gettext_lazy("Activity"), "read_audit"),
    ("account", gettext_lazy("Account"), "read"),
)


@project_view("GET", verb="read_people")
def people(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the members of the project and, to owners, the invitations to it."""
    return render_people(request, project)


def render_people(
    request: HttpRequest, project: Project, *, status: int = 200, **more: Any
) -> HttpResponse:
    """Return the page with what `more` adds to it, such as the errors of a form."""
    user = author_of(request)
    found = rows_of(list_members(project), user)
    my_role = next((item.role.key for item in found if item.is_me), VIEWER)
    manages = can(my_role, "change_role")
    owners = [item for item in found if item.role.key == OWNER]
    context = {
        "project": project,
        "section": "settings",
        "members": found,
        "manages": manages,
        "pages": [(name, label) for name, label, verb in PAGES if can(my_role, verb)],
        "reads_settings": can(my_role, "read_settings"),
        "is_only_owner": my_role == OWNER and len(owners) == 1,
        "invitations": [line_of(item) for item in list_invitations(project)] if manages else [],
        "roles": [role_named(role) for role in reversed(ROLES)],
        "days": DAYS,
        "form": {"role": EDITOR, "days": USUAL_DAYS},
        "sends_mail": bool(settings.EMAIL_HOST),
        **more,
    }
    return render(request, "people/index.html", context, status=status)


@project_view("POST", verb="change_role")
def change_role(request: HttpRequest, project: Project, user_id: str) -> HttpResponse:
    """Give a member the ``role`` of a form."""
    try:
        member = members.change_role(
            project=project,
            user_id=whole_number(user_id) or 0,
            role=request.POST.get("role", ""),
        )
    except (Conflict, InvalidRequest) as error:
        messages.error(request, error.message)
    else:
        values = {"name": name_of(member.user), "role": role_named(member.role).name}
        messages.success(request, _("%(name)s: the role is now %(role)s.") % values)
    return redirect_to_people(project)


@project_view("POST", verb="remove_member")
def remove(request: HttpRequest, project: Project, user_id: str) -> HttpResponse:
    """Remove a member."""
    try:
        member = members.remove_member(project=project, user_id=whole_number(user_id) or 0)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        name = {"name": name_of(member.user)}
        messages.success(request, _("%(name)s is no longer a member.") % name)
    return redirect_to_people(project)


@project_view("POST", verb="leave_project")
def leave(request: HttpRequest, project: Project) -> HttpResponse:
    """Let the user leave the project."""
    try:
        members.leave_project(project=project, user_id=author_of(request).pk)
    except Conflict as error:
        messages.error(request, error.message)
        return redirect_to_people(project)
    return redirect("home")


def redirect_to_people(project: Project, part: str = "members") -> HttpResponse:
    """Return a redirect to a section of the page."""
    return redirect(f"{reverse('people', args=[project.id])}#{part}")
